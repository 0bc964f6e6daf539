"""The seam to a stream: what the worker needs of a consumer group and of a producer, and no more.

A partition is an `int`: a pipeline reads one topic. Adapters raise `StreamUnavailable` for what a retry may
mend and `StreamMisconfigured` for what only a person can; nothing of their library crosses the seam.
Neither side creates topics.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from scoring_service.contract.acls import Acl, Missing


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
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class Bounds(NamedTuple):
    """What of a partition can be read."""

    log_start: int
    last_stable: int


class Message(msgspec.Struct, frozen=True, gc=False):
    """One record to write."""

    key: bytes | None
    value: bytes
    headers: Sequence[tuple[str, bytes]]
    timestamp: int | None = None
    """Milliseconds since the epoch; None is the moment of writing."""


class Parcel(NamedTuple):
    """Messages for one partition, in order."""

    topic: str
    partition: int
    messages: Sequence[Message]


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
        """Connect and join the group; once closed, it may join again as a new member."""
        ...

    async def partitions(self) -> int:
        """Return the number of the topic's partitions, as far as this client knows by now."""
        ...

    async def poll(self, timeout_s: float, max_records: int) -> Mapping[int, Sequence[Record]]:
        """Return the next records by partition; empty after `timeout_s` without any.

        During a rebalance it may take longer, and it may return records of the new assignment before the
        listener has heard of it. What is returned is not returned again, unless its partition is sought.
        A poll that raises may have moved past records that it did not return: seek before the next one.

        Raises:
            PositionOutOfRange: The stream no longer holds the next record of a partition.
        """
        ...

    def pause(self, partitions: Iterable[int]) -> None:
        """Return nothing of `partitions` until they are resumed; the next assignment forgets it."""
        ...

    def resume(self, partitions: Iterable[int]) -> None: ...

    def seek(self, partition: int, offset: int) -> None:
        """Continue at `offset`, whatever was read or fetched before."""
        ...

    async def position(self, partition: int) -> int:
        """Return the offset at which the next poll continues; the partition has been sought before."""
        ...

    def last_stable(self, partition: int) -> int | None:
        """Return where a partition of ours ended when its leader last sent records; None if it has not yet."""
        ...

    async def committed(self, partitions: Iterable[int]) -> Mapping[int, int | None]:
        """Return the group's committed offsets; None where it has none."""
        ...

    async def commit(self, offsets: Mapping[int, int]) -> None:
        """Make `offsets` the group's; refused with `StreamUnavailable` if a partition is no longer ours."""
        ...

    async def bounds(self, partitions: Iterable[int]) -> Mapping[int, Bounds]:
        """Ask the brokers what can be read now; a partition without an answer is left out.

        Raises:
            StreamMisconfigured: The topic is gone.
            StreamUnavailable: There is no answer for any partition.
        """
        ...

    async def close(self) -> None:
        """Leave the group; bounded in time."""
        ...


class Producer(Protocol):
    """A producer that acknowledges only what is durable."""

    async def start(self) -> None: ...

    async def partitions(self, topic: str) -> int:
        """Return the number of a topic's partitions, as far as this client knows by now.

        Raises:
            StreamMisconfigured: There is no such topic, or it may not be described; the message names it.
        """
        ...

    def send(self, topic: str, partition: int, messages: Sequence[Message]) -> Awaitable[None]:
        """Write messages in order to one partition; the awaitable ends when all are acknowledged.

        After an error none, some or all of them may have been written.

        Raises:
            MessageTooLarge: One message, or all of them together, is more than the topic takes.
        """
        ...

    def renew(self) -> None:
        """Use a new client from the next write on; writes under way finish on the old one."""
        ...

    async def close(self) -> None:
        """Flush and disconnect; bounded in time."""
        ...


class TransactionalProducer(Protocol):
    """Writes for one input partition: outputs and the offset after their input, all or nothing.

    Of all that were started for a partition only the latest can write: `start` fences the others.
    """

    async def start(self) -> None:
        """Fence whoever wrote for this partition before; returns once all of theirs is decided.

        It may be called again, and must be after any error of `write`.
        """
        ...

    async def write(self, parcels: Sequence[Parcel], next_offset: int) -> None:
        """Write `parcels` and commit `next_offset` for the group in one transaction.

        After `StreamUnavailable` it may have happened or not: start again, then read what is committed.

        Raises:
            Fenced: A newer owner has started.
            MessageTooLarge: A parcel is more than its topic takes; `place` says which. Nothing was written.
        """
        ...

    async def close(self) -> None:
        """Disconnect; an open transaction is aborted. Bounded in time."""
        ...


class Inspector(Protocol):
    """Asks what this client may do, without doing it."""

    async def missing(self, needed: Sequence[Acl]) -> tuple[Missing, ...]:
        """Return what of `needed` is not allowed, or about a topic that does not exist, in the order of `needed`.

        Raises:
            StreamUnavailable: The brokers do not answer.
        """
        ...


class Streams(NamedTuple):
    """Both ends of a stream; nothing connects yet."""

    consumer: Consumer
    producer: Producer
    transactional: Callable[[int], TransactionalProducer]
    """From an input partition to the producer of its transactions."""
    inspector: Inspector
