"""Pure: which Event may be written now, and which one only repeats another. What is remembered is bounded."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Generic, NamedTuple, TypeVar

from scoring_operator.events.event import Event
from scoring_operator.facts import Key

BURST: Final = 25
"""Events of one severity about one pipeline at once; after them one every `REFILL_S`."""
REFILL_S: Final = 300.0
REPEAT_S: Final = 60.0
"""Seconds between two writes about the same thing: what repeats meanwhile is counted with the next."""
FORGET_S: Final = 3000.0
"""Seconds after which the same thing is news again: API servers keep an Event for an hour."""
REMEMBERED: Final = 1024
"""Events, and pipelines, that are remembered: the least recent go first."""

K = TypeVar("K")
V = TypeVar("V")


class About(NamedTuple):
    """The pipeline that an Event is about."""

    key: Key
    uid: str


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An Event that has happened, perhaps more than once."""

    about: About
    event: Event
    first: datetime
    last: datetime
    count: int = 1

    @property
    def is_repeated(self) -> bool:
        """Whether it was written before, so that only its series changes."""
        return self.count > 1


class _Recent(OrderedDict[K, V], Generic[K, V]):
    """What was touched last, no more than `REMEMBERED` entries."""

    def put(self, key: K, value: V) -> None:
        """Set, and forget what was touched least recently."""
        self[key] = value
        self.move_to_end(key)
        if len(self) > REMEMBERED:
            self.popitem(last=False)


class _Bucket(NamedTuple):
    tokens: float
    at: float


class _Series(NamedTuple):
    occurrence: Occurrence
    written_at: float


class Limits:
    """Decides for one operator process; forgets what it must."""

    def __init__(self) -> None:
        self._buckets = _Recent[tuple[str, str], _Bucket]()
        self._series = _Recent[tuple[About, Event], _Series]()

    def admit(self, about: About, event: Event, now: float, wall: datetime) -> Occurrence | None:
        """Return what to write; None: nothing now.

        Args:
            about: The pipeline.
            event: What happened to it.
            now: Monotonic seconds.
            wall: The same moment on the wall clock.
        """
        known = self._series.get((about, event))
        if known is None or now - known.written_at >= FORGET_S:
            occurrence = Occurrence(about, event, wall, wall)
        else:
            past = known.occurrence
            occurrence = replace(past, last=wall, count=past.count + 1)
        is_due = not occurrence.is_repeated or known is None or now - known.written_at >= REPEAT_S
        if not is_due or not self._spend((about.uid, event.severity), now):
            if known is not None:
                self._series.put((about, event), known._replace(occurrence=occurrence))
            return None
        self._series.put((about, event), _Series(occurrence, now))
        return occurrence

    def _spend(self, whose: tuple[str, str], now: float) -> bool:
        bucket = self._buckets.get(whose, _Bucket(BURST, now))
        tokens = min(float(BURST), bucket.tokens + (now - bucket.at) / REFILL_S)
        self._buckets.put(whose, _Bucket(max(0.0, tokens - 1) if tokens >= 1 else tokens, now))
        return tokens >= 1
