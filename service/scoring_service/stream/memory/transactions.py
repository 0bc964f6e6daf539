"""Transactions on the in-process stream: at once, whole, fenced by the latest start, and in doubt when a test asks."""

from collections.abc import Sequence

from scoring_service.errors import Fenced, StreamUnavailable
from scoring_service.stream.memory.broker import MemoryBroker
from scoring_service.stream.memory.group import MemoryGroup
from scoring_service.stream.memory.producer import check_sizes, write
from scoring_service.stream.ports import Parcel, TransactionalProducer


class MemoryTransactions(TransactionalProducer):
    """The owner of one partition of a group's topic, until the next one starts.

    A broker refuses `transaction-start`, `transaction` (nothing happens) and `transaction-answer` (it has happened).
    """

    def __init__(self, broker: MemoryBroker, group: MemoryGroup, partition: int) -> None:
        self._broker = broker
        self._group = group
        self._partition = partition
        self._epoch: int | None = None

    async def start(self) -> None:
        self._epoch = None
        self._broker.check("transaction-start")
        self._epoch = self._group.fence(self._partition)

    async def write(self, parcels: Sequence[Parcel], next_offset: int) -> None:
        epoch, self._epoch = self._epoch, None
        if epoch is None:
            raise StreamUnavailable("the transactions have not been started")
        for topic in dict.fromkeys(parcel.topic for parcel in parcels):
            await self._broker.acknowledgement(topic)
        self._broker.check("transaction")
        if epoch != self._group.epochs[self._partition]:
            raise Fenced("somebody else has begun since")
        for place, parcel in enumerate(parcels):
            self._broker.check(parcel.topic)
            check_sizes(self._broker, parcel.topic, parcel.messages, place)
        for topic, partition, messages in parcels:
            for message in messages:
                write(self._broker, topic, partition, message)
        self._group.committed[self._partition] = next_offset
        self._broker.notify()
        self._broker.check("transaction-answer")
        self._epoch = epoch

    async def close(self) -> None:
        self._epoch = None
