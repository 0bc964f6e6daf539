"""Pure: whether a change of status is worth a write now. Each write is seen by everybody who watches.

What a change is about decides:

    asked        a generation, an upgrade: at once, and it fills the bucket, for somebody waits for what comes of it
    at once      a revision, a name: whatever does not move by itself
    restless     statuses of conditions, numbers of pods, why the autoscaler wants what it wants: at once as well, but
                 they may flap, so out of a bucket that holds `BURST` writes and gains one every `REFILL_S`
    volatile     the lag, the autoscaler's figures, and the words of messages: with another write, or `VOLATILE_S`
                 after the last one

So a status that stays is never written, one of which only the lag moves four times a minute at most, and whatever
flaps no more than `BURST` times and then six times a minute, until something else is asked. What was held back is
written by a later look.
"""

from typing import Final, NamedTuple

from scoring_operator.facts import Manifest

VOLATILE_S: Final = 15.0
BURST: Final = 10.0
REFILL_S: Final = 10.0
VOLATILE: Final = ("lag",)
ASKED: Final = ("observedGeneration", "upgrade")
"""What changes only when somebody changes the pipeline: their writes bound ours."""
FIGURES: Final = ("capacityPerPod", "inputs", "message")
"""Of `scaling`: volatile."""
GROUNDS: Final = ("reason", "limitedBy")
"""Of `scaling`: restless. What is left of it, the replicas that are wanted, is neither."""
COUNTS: Final = ("replicas", "readyReplicas", "assignedPartitions")


class Pace(NamedTuple):
    """What is remembered of the writes of one status."""

    tokens: float = BURST
    at: float = float("-inf")
    """The last write, monotonic seconds."""


def paced(new: Manifest, former: Manifest, pace: Pace, now: float) -> Pace | None:
    """Return what to remember if `new` is to be written over `former` now; None if not.

    Args:
        new: The whole status as it is.
        former: The status as stored.
        pace: What the last write returned.
        now: Monotonic seconds.
    """
    if new == former:
        return None
    if any(new.get(name) != former.get(name) for name in ASKED):
        return Pace(BURST, now)
    tokens = min(BURST, pace.tokens + (now - pace.at) / REFILL_S)
    if _without(new, restless=True) != _without(former, restless=True):
        return Pace(tokens, now)
    if _without(new) != _without(former):
        return Pace(tokens - 1, now) if tokens >= 1 else None
    return Pace(tokens, now) if now - pace.at >= VOLATILE_S else None


def _without(status: Manifest, *, restless: bool = False) -> Manifest:
    """Return a status without what is volatile, and if asked without what is restless as well."""
    left_out = (*VOLATILE, *COUNTS) if restless else VOLATILE
    kept = {name: value for name, value in status.items() if name not in left_out}
    moves = (*FIGURES, *GROUNDS) if restless else FIGURES
    kept["scaling"] = {name: value for name, value in (status.get("scaling") or {}).items() if name not in moves}
    parts = ("type", "observedGeneration") if restless else ("type", "observedGeneration", "status", "reason")
    return kept | {"conditions": [[said.get(part) for part in parts] for said in status.get("conditions") or ()]}
