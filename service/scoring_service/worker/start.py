"""Where a lane begins to read. Offsets are ours: the client's own reset policy is off.

committed                → there; if retention overtook it, at the log's start, and the gap has expired
nothing, and all that have are below → the partition was added later: everything in it is new, the earliest
nothing, otherwise       → a new group, whose other members may be quicker: as `input.startFrom` says
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from scoring_service.stream.ports import Bounds

StartFrom = Literal["earliest", "latest"]


class Start(NamedTuple):
    """A decision on one partition."""

    offset: int
    expired: int
    """Records that retention deleted before they were read."""
    is_new: bool
    """Whether the group had committed nothing here: the decision itself is worth committing."""


def start_of(partition: int, committed: Mapping[int, int | None], bounds: Bounds, start_from: StartFrom) -> Start:
    """Return where `partition` begins, given the group's offsets on all partitions of the topic."""
    offset = committed.get(partition)
    if offset is not None:
        return Start(max(offset, bounds.log_start), max(0, bounds.log_start - offset), is_new=False)
    others = [other for other, known in committed.items() if known is not None]
    was_added = bool(others) and partition > max(others)  # partitions are only ever added at the end
    if not was_added and start_from == "latest":
        return Start(bounds.last_stable, 0, is_new=True)
    return Start(bounds.log_start, 0, is_new=True)
