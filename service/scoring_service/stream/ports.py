"""The seam to a stream: what the worker needs of a consumer group and of a producer, and no more.

A partition is an `int`: a pipeline reads one topic. Adapters raise `StreamUnavailable` for what a retry may
mend and `StreamMisconfigured` for what only a person can; nothing of their library crosses the seam.
"""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol


class Record(Protocol):
    """One record as a client hands it out."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int:
        """Milliseconds since the epoch, or -1."""
        ...

    @property
    def timestamp_type(self) -> int:
        """0 is CreateTime (the producer's), 1 is LogAppendTime (the broker's)."""
        ...

    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...


class Bounds(NamedTuple):
    """What of a partition can be read."""

    log_start: int
    last_stable: int


class Message(NamedTuple):
    """One record to write."""

    key: bytes | None
    value: bytes
    headers: Sequence[tuple[str, bytes]]


class GroupListener(Protocol):
    """Told of every change of assignment. Both calls are short: neither reads nor waits for reads."""

    async def on_revoked(self, partitions: Iterable[int]) -> None:
        """Drain: returns once nothing of `partitions` is in flight, or the deadline has passed."""
        ...

    def on_assigned(self, partitions: Iterable[int]) -> None:
        """Begin a new epoch: `partitions` is all that is assigned now."""
        ...


class Consumer(Protocol):
    """One member of a consumer group on one topic."""

    async def join(self, listener: GroupListener) -> None:
        """Connect and join the group."""
        ...

    async def poll(self, timeout_s: float, max_records: int) -> Mapping[int, Sequence[Record]]:
        """Return the next records by partition; empty after `timeout_s` without any."""
        ...

    def pause(self, partitions: Iterable[int]) -> None: ...

    def resume(self, partitions: Iterable[int]) -> None: ...

    def seek(self, partition: int, offset: int) -> None: ...

    async def committed(self, partitions: Iterable[int]) -> Mapping[int, int | None]:
        """Return the group's committed offsets; None where it has none."""
        ...

    async def commit(self, offsets: Mapping[int, int]) -> None: ...

    async def bounds(self, partitions: Iterable[int]) -> Mapping[int, Bounds]: ...

    async def close(self) -> None:
        """Leave the group; bounded in time."""
        ...


class Producer(Protocol):
    """A producer that acknowledges only what is durable."""

    async def start(self) -> None: ...

    async def partitions(self, topic: str) -> int:
        """Return the number of a topic's partitions."""
        ...

    def send(self, topic: str, partition: int, messages: Sequence[Message]) -> Awaitable[None]:
        """Write messages in order to one partition; the awaitable ends when all are acknowledged."""
        ...

    async def close(self) -> None: ...
