"""How much one pod can do: measured when it has a backlog, bounded from below when it has not.

    bound = delivered / seconds in which there was something to do

A pod is never believed to be able to do more than ten times what it has been seen to do.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

from scoring_operator.scaling.window import Load

FORGET_S: Final = 600.0
"""Time constant of what the bound is averaged over: one look at a pod's minute is a rough measure of a share."""
LEAST_S: Final = 300.0
"""Of looks, before the bound says anything."""
LEAST_BUSY: Final = 0.1


@dataclass(frozen=True, slots=True)
class Capacity:
    """What is known of it."""

    per_pod: float | None = None
    """Offsets a second; None before it is known."""
    delivered: float = 0.0
    """Offsets, the older the less they weigh."""
    busy_s: float = 0.0
    """Seconds of pods, weighed the same."""
    span_s: float = 0.0
    """Seconds, weighed the same."""

    def measured(self, load: Load, seconds: float) -> "Capacity":
        """Return what is known after a look: pods that are behind tell it, others can only raise it.

        Args:
            load: Of the minute before this look.
            seconds: Since the look before, for which this minute stands.
        """
        kept = math.exp(-seconds / FORGET_S)
        busy = sum(max(LEAST_BUSY, 1.0 if pod.busy is None else pod.busy) for pod in load.pods)
        known = Capacity(
            per_pod=self.per_pod,
            delivered=self.delivered * kept + load.deliveries * seconds,
            busy_s=self.busy_s * kept + busy * seconds,
            span_s=self.span_s * kept + seconds,
        )
        behind = [pod.rate for pod in load.pods if pod.is_behind and pod.rate > 0]
        if behind:
            return replace(known, per_pod=sum(behind) / len(behind))
        if known.span_s < LEAST_S or not known.delivered:
            return known
        return replace(known, per_pod=max(self.per_pod or 0.0, known.delivered / known.busy_s))
