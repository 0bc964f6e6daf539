"""The broker of the in-process stream: append-only partitions, and whatever fault a test asks for."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from scoring_service.errors import ServiceError, StreamMisconfigured, StreamUnavailable
from scoring_service.stream.memory.group import MemoryGroup

Headers = Sequence[tuple[str, bytes]]

CREATE_TIME = 0


class StoredRecord(NamedTuple):
    """One record as stored."""

    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass
class Partition:
    """A log: records from `log_start` on."""

    records: list[StoredRecord] = field(default_factory=list)
    log_start: int = 0

    @property
    def end(self) -> int:
        """Offset of the next record to be appended."""
        return self.log_start + len(self.records)

    def read(self, offset: int, limit: int) -> list[StoredRecord]:
        """Return at most `limit` records from `offset` on."""
        first = offset - self.log_start
        return self.records[first : first + limit]


class MemoryBroker:
    """Topics, groups and faults. Everything happens in one event loop."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._topics: dict[str, list[Partition]] = {}
        self._groups: dict[tuple[str, str], MemoryGroup] = {}
        self._changed = asyncio.Event()
        self._refusals: dict[str, list[ServiceError]] = {}
        self._withheld: dict[str, asyncio.Event] = {}
        self.is_down = False
        """While true, every request is refused with `StreamUnavailable`."""
        self.leaderless: set[int] = set()
        """Partitions of any topic whose bounds nobody tells."""
        self.max_message_bytes = 1024 * 1024
        """Of all messages of one write together: the brokers' usual limit."""

    def create(self, topic: str, partitions: int) -> None:
        """Create a topic, or add partitions to it."""
        log = self._topics.setdefault(topic, [])
        log.extend(Partition() for _ in range(partitions - len(log)))
        self.notify()

    def delete(self, topic: str) -> None:
        """Delete a topic with everything in it."""
        del self._topics[topic]
        self.notify()

    def partitions(self, topic: str) -> list[Partition]:
        """Return the logs of a topic.

        Raises:
            StreamMisconfigured: There is no such topic.
        """
        if topic not in self._topics:
            raise StreamMisconfigured(f"topic {topic} does not exist")
        return self._topics[topic]

    def append(  # noqa: PLR0913, RUF100 - the members of a record
        self,
        topic: str,
        partition: int,
        value: bytes | None,
        key: bytes | None = None,
        *,
        timestamp: int | None = None,
        headers: Headers = (),
    ) -> int:
        """Append one record and return its offset; `timestamp` is in milliseconds, now by default."""
        log = self.partitions(topic)[partition]
        stamp = int(self._now() * 1000) if timestamp is None else timestamp
        log.records.append(StoredRecord(log.end, stamp, CREATE_TIME, key, value, headers))
        self.notify()
        return log.end - 1

    def expire(self, topic: str, partition: int, log_start: int) -> None:
        """Drop all records before `log_start`, as retention does."""
        log = self.partitions(topic)[partition]
        del log.records[: log_start - log.log_start]
        log.log_start = log_start

    def records(self, topic: str) -> list[StoredRecord]:
        """Return everything that a topic holds, partition by partition."""
        return [record for log in self.partitions(topic) for record in log.records]

    def group(self, topic: str, name: str) -> MemoryGroup:
        """Return a consumer group on a topic; it exists as soon as somebody asks."""
        return self._groups.setdefault((topic, name), MemoryGroup(self, topic))

    def refuse(self, what: str, *errors: ServiceError) -> None:
        """Answer the next requests of kind `what` with `errors`: `commit`, or the name of a topic to write."""
        self._refusals.setdefault(what, []).extend(errors)

    def withhold(self, topic: str) -> asyncio.Event:
        """Acknowledge no write to `topic` until the event that is returned is set."""
        self._withheld[topic] = asyncio.Event()
        return self._withheld[topic]

    async def acknowledgement(self, topic: str) -> None:
        """Wait until writes to `topic` are acknowledged."""
        if topic in self._withheld:
            await self._withheld[topic].wait()

    def check(self, what: str) -> None:
        """Let a request pass, or refuse it as asked.

        Raises:
            ServiceError: The fault that was asked for.
        """
        if self.is_down:
            raise StreamUnavailable("the brokers do not answer")
        if refusals := self._refusals.get(what):
            raise refusals.pop(0)

    def notify(self) -> None:
        """Wake everybody who waits for a change."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self) -> None:
        """Wait for the next change of any topic or group."""
        await self._changed.wait()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds; it is asked again after every change."""
        while not condition():
            await self.changed()
