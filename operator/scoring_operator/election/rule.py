"""Pure: observed Leases and monotonic time → what a candidate does next, and until when it leads.

A Lease runs out by what was seen of it here, never by what is written in it: its seconds count from when its record
was first seen as it is. Why that leaves one leader says the package's docstring; `test_election_rule.py` tries it.
"""

from dataclasses import dataclass
from datetime import datetime
from math import inf

from scoring_operator.election.record import Record, Seen, Terms


@dataclass(frozen=True, slots=True)
class Rest:
    """Wait until `until`, or until something is seen."""

    until: float


@dataclass(frozen=True, slots=True)
class Read:
    """Read the Lease."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Write the Lease, onto `version` alone; None: create it."""

    record: Record
    version: int | None


class Election:
    """What one candidate knows. The present is an argument, in seconds of its own monotonic clock."""

    def __init__(self, identity: str, terms: Terms) -> None:
        self.identity = identity
        self.terms = terms
        self.record = Record()
        """The latest seen, that of a deleted Lease as well: its holder may not know yet."""
        self._version: int | None = None
        """Of the latest Lease; None while there is none."""
        self._is_known = False
        """Whether `record` and `_version` are believed to be the present ones."""
        self._seen_at = -inf
        self._next_at = -inf
        self._leads_until = -inf

    def leads_until(self, now: float) -> float:
        """Return until when this candidate leads; minus infinity if it does not. A time that ran out is over."""
        if now >= self._leads_until:
            self._leads_until = -inf
        return self._leads_until

    def patience_s(self, now: float) -> float:
        """Return how long the next request may take: a leader must not wait beyond its own time."""
        until = self.leads_until(now)
        return self.terms.answer_s if until == -inf else min(self.terms.answer_s, until - now)

    def step(self, now: float, wall: datetime) -> Rest | Read | Claim:
        """Return what to do next; `wall` is for those who read the Lease."""
        until = self.leads_until(now)
        if now < (due := self._due()):
            return Rest(due if until == -inf else min(due, until))
        if self._is_known and now >= self._claimable_at():
            return Claim(self.record.claimed(self.identity, self.terms.duration_s, wall), self._version)
        return Read()

    def read(self, seen: Seen | None, now: float) -> None:
        """Take note of what was read; None: there is no Lease."""
        if seen is None:
            self._version, self._leads_until = None, -inf
        elif not self._is_known or self._is_news(seen):
            self._take(seen, now)
        self._is_known = True
        if self._leads_until == -inf:
            self._next_at = now + self.terms.retry_s

    def watched(self, seen: Seen, now: float) -> None:
        """Take note of what a watch shows, which may lag behind what was read."""
        if self._is_news(seen):
            self._take(seen, now)

    def gone(self, now: float) -> None:
        """Look at once: a watch has shown that the Lease was deleted."""
        self._is_known, self._next_at = False, now

    def won(self, seen: Seen, sent_at: float) -> None:
        """Take note that a claim got through which was sent at `sent_at`."""
        self._take(seen, sent_at)
        self._is_known = True
        self._leads_until = sent_at + self.terms.renew_deadline_s
        self._next_at = sent_at + self.terms.retry_s

    def refused(self, now: float) -> None:
        """Take note that a claim met another version than it named: look at it at once."""
        self._is_known, self._next_at = False, now

    def failed(self, now: float) -> None:
        """Take note that nobody knows what became of a request; a leader tries again, others look again, in a while."""
        self._is_known = self._is_known and self._leads_until != -inf
        self._next_at = now + self.terms.retry_s

    def released(self, wall: datetime) -> Claim | None:
        """Stop leading; return what to write so that a successor need not wait, None if the Lease is not held."""
        self._leads_until = -inf
        if self.record.holder != self.identity or self._version is None:
            return None
        return Claim(self.record.released(wall), self._version)

    def _is_news(self, seen: Seen) -> bool:
        return self._version is None or seen.version > self._version

    def _take(self, seen: Seen, now: float) -> None:
        if seen.record != self.record:
            self.record, self._seen_at = seen.record, now
        self._version = seen.version
        if self.record.holder != self.identity:
            self._leads_until = -inf

    def _due(self) -> float:
        """Return when to turn to the API server next: a Lease that runs out is claimed at that moment."""
        if self._is_known and self._leads_until == -inf:
            return min(self._next_at, self._claimable_at())
        return self._next_at

    def _claimable_at(self) -> float:
        if self.record.holder in ("", self.identity):
            return -inf
        return self._seen_at + self.record.duration_s
