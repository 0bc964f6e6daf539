"""The port of a consumer group: one member of it, and who is told of its partitions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from scoring_service.stream.ports.records import Record


class Bounds(NamedTuple):
    """What of a partition can be read."""

    log_start: int
    last_stable: int


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
