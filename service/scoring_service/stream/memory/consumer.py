"""A member of a group on the in-process stream."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from scoring_service.errors import PositionOutOfRange, StreamUnavailable
from scoring_service.stream.memory.broker import MemoryBroker
from scoring_service.stream.ports import Bounds, Consumer, GroupListener, Record


class MemoryConsumer(Consumer):
    """One member; after `vanish` it is dead to the group without having left it cleanly."""

    def __init__(self, broker: MemoryBroker, topic: str, group: str) -> None:
        self._broker = broker
        self._topic = topic
        self._group = broker.group(topic, group)
        self._listener: GroupListener | None = None
        self._assigned = asyncio.Event()
        self._positions: dict[int, int | None] = {}
        self._paused: set[int] = set()
        self._last_stable: dict[int, int] = {}

    async def join(self, listener: GroupListener) -> None:
        self._broker.check("join")
        self._broker.partitions(self._topic)
        self._listener = listener
        self._group.join(self)

    async def partitions(self) -> int:
        return len(self._broker.partitions(self._topic))

    async def poll(self, timeout_s: float, max_records: int) -> Mapping[int, Sequence[Record]]:
        try:
            async with asyncio.timeout(timeout_s):
                while not (polled := await self._read(max_records)):
                    await self._broker.changed()
        except TimeoutError:
            return {}
        return polled

    async def _read(self, max_records: int) -> dict[int, Sequence[Record]]:
        await self._assigned.wait()
        if self._broker.is_down:
            return {}
        polled: dict[int, Sequence[Record]] = {}
        for partition, position in self._positions.items():
            if position is None or partition in self._paused:
                continue
            log = self._broker.partitions(self._topic)[partition]
            if not log.log_start <= position <= log.end:
                raise PositionOutOfRange([partition])
            if records := log.read(position, max_records):
                polled[partition] = records
                self._positions[partition] = records[-1].offset + 1
                self._last_stable[partition] = log.end
                max_records -= len(records)
        return polled

    def pause(self, partitions: Iterable[int]) -> None:
        self._paused.update(partitions)

    def resume(self, partitions: Iterable[int]) -> None:
        self._paused.difference_update(partitions)
        self._broker.notify()

    def seek(self, partition: int, offset: int) -> None:
        if partition in self._positions:
            self._positions[partition] = offset
            self._broker.notify()

    async def position(self, partition: int) -> int:
        position = self._positions.get(partition)
        if position is None:
            raise StreamUnavailable(f"partition {partition} has no position")
        return position

    def last_stable(self, partition: int) -> int | None:
        return self._last_stable.get(partition)

    async def committed(self, partitions: Iterable[int]) -> Mapping[int, int | None]:
        self._broker.check("committed")
        return {partition: self._group.committed.get(partition) for partition in partitions}

    async def commit(self, offsets: Mapping[int, int]) -> None:
        self._group.commit(self, offsets)

    async def bounds(self, partitions: Iterable[int]) -> Mapping[int, Bounds]:
        self._broker.check("bounds")
        logs = self._broker.partitions(self._topic)
        led = [partition for partition in partitions if partition not in self._broker.leaderless]
        return {partition: Bounds(logs[partition].log_start, logs[partition].end) for partition in led}

    async def close(self) -> None:
        self._group.leave(self)
        self._positions.clear()

    def vanish(self) -> None:
        """Die without a word, as after SIGKILL: the group goes on without this member, and it hears nothing."""
        self._listener = None
        self._group.leave(self)

    @property
    def assigned(self) -> Iterable[int]:
        """The partitions that the group has given to this member."""
        return self._positions.keys()

    async def revoke(self) -> None:
        """Stop handing out records and let the listener drain."""
        self._assigned.clear()
        if self._listener is not None:
            await self._listener.on_revoked(tuple(self._positions))

    def assign(self, partitions: Iterable[int]) -> None:
        """Take a new assignment; it is readable at once, from the committed offsets."""
        self._positions = {partition: self._group.committed.get(partition) for partition in partitions}
        self._paused.clear()
        self._last_stable.clear()
        self._assigned.set()
        self._broker.notify()

    def announce(self) -> None:
        """Tell the listener of the assignment."""
        if self._listener is not None:
            self._listener.on_assigned(tuple(self._positions))
