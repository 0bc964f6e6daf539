"""What an autoscaler says at one look, and all that a person needs to check it."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from scoring_operator.scaling.reasons import Limit, Reason

WORDS: Final = {
    Reason.ABOVE_TARGET: "what waits takes longer than targetDrainTime, and more pods are needed",
    Reason.BACKLOG_UNEVEN: "what waits takes longer than targetDrainTime, and waits for some pods alone",
    Reason.FEWER_SUFFICE: "fewer pods have been enough for all of scaleDownDelay, with room to spare",
    Reason.MEASURING: "the pods have not been looked at for long enough since something changed",
    Reason.NO_PROGRESS: "records wait and none is scored: more pods would do the same",
    Reason.WITHIN_TARGET: "what waits is scored within targetDrainTime",
}
"""Of reasons that follow from figures: these are in `inputs`, so that the words stay while they move."""


class Inputs(NamedTuple):
    """What was measured; rates in offsets a second."""

    lag: int
    drain_s: float | None
    """None: nothing is delivered, and something waits."""
    arrivals: float
    deliveries: float
    needed: int | None
    """Pods, before any limit; None while unknown."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The replicas that are wanted, and why."""

    desired: int | None
    """None: nobody asks."""
    reason: Reason
    message: str
    """One sentence."""
    limits: tuple[Limit, ...] = ()
    inputs: Inputs | None = None
    """None: nothing could be measured, or nothing had to be."""
    per_pod: float | None = None
    """Offsets a second that one pod can do; None before it is known."""
