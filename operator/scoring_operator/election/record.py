"""What a Lease says, and the terms on which it is held."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

RELEASED_S: Final = 1
"""Duration that a free Lease names: the API server takes no 0."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a Lease is held, in seconds; the defaults are those of Kubernetes' own components.

    Raises:
        ValueError: They do not keep two holders apart, or leave no time for a second try.
    """

    duration_s: int = 15
    """How long the others wait after the last renewal that they have seen."""
    renew_deadline_s: float = 10.0
    """How long the holder leads after it sent the last renewal that got through."""
    retry_s: float = 2.0
    """Between two renewals, and between two looks of those who wait."""
    answer_s: float = 5.0
    """How long one request may take."""

    def __post_init__(self) -> None:
        if min(self.retry_s, self.answer_s) <= 0:
            raise ValueError(f"expected retry and answer above 0, got {self}")
        if not max(self.retry_s, self.answer_s) < self.renew_deadline_s < self.duration_s:
            raise ValueError(f"expected retry and answer < renew deadline < duration, got {self}")


@dataclass(frozen=True, slots=True)
class Record:
    """What a Lease says. Its times are of the holder's wall clock, and for people: no decision reads them."""

    holder: str = ""
    """Identity of the holder; empty: free."""
    duration_s: int = RELEASED_S
    """How long the others wait for this holder."""
    transitions: int = 0
    """How often the holder has changed."""
    acquired_at: datetime | None = None
    renewed_at: datetime | None = None

    def claimed(self, identity: str, duration_s: int, wall: datetime) -> "Record":
        """Return the record of `identity` as holder: renewed, or acquired.

        It differs from this one even if the wall clock stands still: an equal one would be no renewal to those who see
        it.
        """
        if self.renewed_at is not None and wall == self.renewed_at:
            wall += timedelta(microseconds=1)
        if self.holder == identity:
            return replace(self, duration_s=duration_s, renewed_at=wall)
        transitions = 0 if self.acquired_at is None else self.transitions + 1
        return Record(identity, duration_s, transitions, acquired_at=wall, renewed_at=wall)

    def released(self, wall: datetime) -> "Record":
        """Return the record of a free Lease."""
        return replace(self, holder="", duration_s=RELEASED_S, renewed_at=wall)


class Seen(NamedTuple):
    """A Lease at one version."""

    record: Record
    version: int
