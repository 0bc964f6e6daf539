"""Whether this process should be restarted, and whether it does its work: pure functions of a few facts.

Live: the watchdog ticked within 30 s. Ready: a scorer is loaded and the group is joined; having no partition is fine,
and an outage of the brokers changes neither.
"""

from dataclasses import dataclass
from typing import NamedTuple

LIVENESS_S = 30.0


class Verdict(NamedTuple):
    """An answer to a probe."""

    is_well: bool
    reason: str
    """One sentence; empty when well."""


@dataclass
class Health:
    """The facts, as the worker last knew them."""

    ticked_at: float
    """Monotonic seconds of the watchdog's last tick."""
    has_scorer: bool = False
    has_joined: bool = False
    is_draining: bool = False

    def liveness(self, now: float) -> Verdict:
        """Judge whether the event loop still runs, at `now` in monotonic seconds."""
        silent_s = now - self.ticked_at
        if silent_s > LIVENESS_S:
            return Verdict(is_well=False, reason=f"the watchdog has not ticked for {silent_s:.0f} s")
        return Verdict(is_well=True, reason="")

    def readiness(self) -> Verdict:
        """Judge whether records are scored here."""
        if self.is_draining:
            return Verdict(is_well=False, reason="draining before it stops")
        if not self.has_scorer:
            return Verdict(is_well=False, reason="no revision of the scorer builds and passes its golden cases")
        if not self.has_joined:
            return Verdict(is_well=False, reason="has not joined the consumer group yet")
        return Verdict(is_well=True, reason="")
