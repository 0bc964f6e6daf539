"""A producer on the in-process stream."""

from collections.abc import Sequence

from scoring_service.stream.memory.broker import MemoryBroker
from scoring_service.stream.ports import Message, Producer


class MemoryProducer(Producer):
    """Writes at once; acknowledges when the broker is allowed to."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker

    async def start(self) -> None:
        self._broker.check("start")

    async def partitions(self, topic: str) -> int:
        self._broker.check("partitions")
        return len(self._broker.partitions(topic))

    async def send(self, topic: str, partition: int, messages: Sequence[Message]) -> None:
        self._broker.check(topic)
        await self._broker.acknowledgement(topic)
        for message in messages:
            self._broker.append(topic, partition, message.value, message.key, headers=message.headers)

    async def close(self) -> None:
        return
