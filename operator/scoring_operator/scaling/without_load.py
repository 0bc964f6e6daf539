"""What is decided without looking at a pod: who decides at all, by the partitions alone, and the bounds."""

import math
from collections.abc import Callable
from typing import Final

from scoring_operator.scaling.decision import Decision
from scoring_operator.scaling.reasons import Limit, Reason
from scoring_operator.scaling.situation import Situation


def without_load(situation: Situation) -> Decision | None:
    """Return what is decided whatever the pods do; None if the load is to decide."""
    return next((decision for check in CHECKS if (decision := check(situation)) is not None), None)


def clamps(situation: Situation, replicas: int) -> tuple[Limit, ...]:
    """Return what keeps `replicas` from being asked for."""
    if replicas < situation.low:
        return (Limit.MIN_REPLICAS,)
    if replicas <= situation.high:
        return ()
    return (Limit.PARTITIONS if situation.high == situation.partitions else Limit.MAX_REPLICAS,)


def _disabled(situation: Situation) -> Decision | None:
    if situation.asked.mode != "Disabled":
        return None
    return Decision(None, Reason.AUTOSCALING_DISABLED, "spec.autoscaling.mode is Disabled")


def _suspended(situation: Situation) -> Decision | None:
    if not situation.suspended:
        return None
    return Decision(situation.replicas, Reason.SUSPENDED, "spec.suspend is true: replicas stay what they are")


def _foreign(situation: Situation) -> Decision | None:
    """Step back for another autoscaler; whoever only advises has nothing to step back from."""
    if not situation.other or situation.asked.mode == "Advise":
        return None
    told = (
        f"{situation.other} writes the scale subresource as well: delete it and set another number with kubectl scale, "
        "or set spec.autoscaling.mode to Disabled"
    )
    return Decision(situation.replicas, Reason.FOREIGN_AUTOSCALER, told)


def _per_partition(situation: Situation) -> Decision | None:
    """Ask for one pod for each so many partitions; before they are known, for one, without which they never would."""
    if situation.asked.mode != "PerPartition":
        return None
    if not situation.partitions:
        told = "no pod knows the partitions of the input topic yet"
        return Decision(situation.replicas or 1, Reason.PARTITIONS_UNKNOWN, told)
    per_replica = situation.asked.partitions_per_replica
    wanted = math.ceil(situation.partitions / per_replica)
    told = f"{situation.partitions} partitions, {per_replica} for each pod"
    return Decision(situation.bounded(wanted), Reason.PARTITIONS_PER_REPLICA, told, limits=clamps(situation, wanted))


def _outside(situation: Situation) -> Decision | None:
    """Ask for a number that may be; before the partitions are known for no more than there is, or than one."""
    nearest = situation.bounded(situation.replicas)
    if not situation.partitions:
        nearest = min(nearest, max(situation.replicas, 1))
    if nearest == situation.replicas:
        return None
    told = f"spec.replicas is {situation.replicas}, and {situation.low} to {situation.high} may be asked for"
    return Decision(nearest, Reason.OUTSIDE_BOUNDS, told, limits=clamps(situation, situation.replicas))


CHECKS: Final[tuple[Callable[[Situation], Decision | None], ...]] = (
    _disabled,
    _suspended,
    _foreign,
    _per_partition,
    _outside,
)
