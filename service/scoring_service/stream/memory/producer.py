"""A producer on the in-process stream."""

from collections.abc import Iterator, Sequence

from scoring_service.errors import MessageTooLarge
from scoring_service.stream.memory.broker import MemoryBroker
from scoring_service.stream.ports import Message, Producer

BATCH_BYTES = 900 * 1024
"""Messages are written in batches of so many bytes, and refused with their batch, as the real client's are."""


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
        for batch in _batches(messages):
            if sum(map(_size, batch)) > self._broker.max_message_bytes:
                raise MessageTooLarge(f"cannot write {topic}: more bytes than it takes")
            for message in batch:
                write(self._broker, topic, partition, message)

    def renew(self) -> None:
        return

    async def close(self) -> None:
        return


def write(broker: MemoryBroker, topic: str, partition: int, message: Message) -> None:
    """Append one message."""
    broker.append(topic, partition, message.value, message.key, timestamp=message.timestamp, headers=message.headers)


def check_sizes(broker: MemoryBroker, topic: str, messages: Sequence[Message], place: int = 0) -> None:
    """Refuse messages of which a batch is more than the broker takes.

    Raises:
        MessageTooLarge: It is; `place` is passed on.
    """
    if any(sum(map(_size, batch)) > broker.max_message_bytes for batch in _batches(messages)):
        raise MessageTooLarge(f"cannot write {topic}: more bytes than it takes", place)


def _batches(messages: Sequence[Message]) -> Iterator[list[Message]]:
    batch: list[Message] = []
    size = 0
    for message in messages:
        if batch and size + _size(message) > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += _size(message)
    yield batch


def _size(message: Message) -> int:
    return len(message.value) + len(message.key or b"")
