"""Where a group should go on reading: what is asked for, and the offsets that it comes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from scoring_service.errors import ServiceError
from scoring_service.stream.ports import Bounds


class NoSuchOffset(ServiceError):
    """A partition does not exist, or does not hold the offset that was asked for."""


@dataclass(frozen=True, slots=True)
class ToEarliest:
    """Everything that is still there."""


@dataclass(frozen=True, slots=True)
class ToLatest:
    """Nothing of what is there now."""


@dataclass(frozen=True, slots=True)
class ToMoment:
    """From the first record with this timestamp or a later one; the end, if there is none."""

    unix_ms: int


@dataclass(frozen=True, slots=True)
class ToOffsets:
    """Each partition as written; those that are not stay where they are."""

    offsets: Mapping[int, int]


Target = ToEarliest | ToLatest | ToMoment | ToOffsets


class Move(NamedTuple):
    """One partition of a group."""

    partition: int
    current: int | None
    """None: the group has no offset here."""
    new: int

    @property
    def delta(self) -> int | None:
        """Records to be read again (below 0) or to be left out; None if there is no current offset."""
        return None if self.current is None else self.new - self.current


def moves(
    target: Target,
    current: Mapping[int, int | None],
    bounds: Mapping[int, Bounds],
    at_moment: Mapping[int, int | None],
) -> list[Move]:
    """Return where each partition goes; `at_moment` has the first offset of `ToMoment`, None where there is none.

    Raises:
        NoSuchOffset: A partition of `ToOffsets` does not exist, or does not hold its offset.
    """
    match target:
        case ToEarliest():
            new = {partition: bound.log_start for partition, bound in bounds.items()}
        case ToLatest():
            new = {partition: bound.last_stable for partition, bound in bounds.items()}
        case ToMoment():
            new = {partition: _or_end(at_moment[partition], bound) for partition, bound in bounds.items()}
        case ToOffsets(offsets):
            new = {partition: _checked(partition, offset, bounds) for partition, offset in offsets.items()}
    return [Move(partition, current.get(partition), new[partition]) for partition in sorted(new)]


def _or_end(offset: int | None, bound: Bounds) -> int:
    return bound.last_stable if offset is None else min(offset, bound.last_stable)


def _checked(partition: int, offset: int, bounds: Mapping[int, Bounds]) -> int:
    if partition not in bounds:
        raise NoSuchOffset(f"partition {partition}: expected one of 0 to {max(bounds)}")
    start, end = bounds[partition]
    if not start <= offset <= end:
        raise NoSuchOffset(f"partition {partition}: expected an offset from {start} to {end}, got {offset}")
    return offset
