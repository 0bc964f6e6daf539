"""Where a lane begins to read. Offsets are ours: the client's own reset policy is off.

committed → there; if retention overtook it, at the log's start, and the gap has expired
nothing anywhere, but the group had committed before → the offsets are lost: as `input.onOffsetsLost` says
nothing, and all that have are below → the partition was added later: everything in it is new, the earliest
nothing, otherwise → a new group, whose other members may be quicker: as `input.startFrom` says
"""

from collections.abc import Mapping
from typing import NamedTuple

from scoring_service.contract.startup import StartupInput
from scoring_service.stream.ports import Bounds


class Start(NamedTuple):
    """A decision on one partition."""

    offset: int
    expired: int
    """Records that retention deleted before they were read."""
    is_new: bool
    """Whether the group had committed nothing here: the decision itself is worth committing."""


def start_of(
    partition: int, committed: Mapping[int, int | None], bounds: Bounds, source: StartupInput, *, has_started: bool
) -> Start | None:
    """Return where `partition` begins; None if only a person can say, because its group has lost its offsets.

    Args:
        partition: Of the input topic.
        committed: The group's offsets on all partitions of the topic; a committed one is enough for itself.
        bounds: What of the partition can be read.
        source: What the pipeline says about beginnings.
        has_started: Whether the group is known to have committed before.
    """
    offset = committed.get(partition)
    if offset is not None:
        return Start(max(offset, bounds.log_start), max(0, bounds.log_start - offset), is_new=False)
    others = [other for other, known in committed.items() if known is not None]
    if has_started and not others:
        return _after_a_loss(bounds, source)
    was_added = bool(others) and partition > max(others)  # partitions are only ever added at the end
    if not was_added and source.start_from == "latest":
        return Start(bounds.last_stable, 0, is_new=True)
    return Start(bounds.log_start, 0, is_new=True)


def _after_a_loss(bounds: Bounds, source: StartupInput) -> Start | None:
    if source.on_offsets_lost == "Hold":
        return None
    offset = bounds.log_start if source.on_offsets_lost == "Earliest" else bounds.last_stable
    return Start(offset, 0, is_new=True)
