"""Why nothing can be measured at this look: whatever is found here, replicas stay what they are."""

from collections.abc import Callable, Iterator
from typing import Final

from scoring_operator import lanes
from scoring_operator.scaling.reasons import Reason
from scoring_operator.scaling.situation import Situation
from scoring_service.contract.worker_status import HeldReason, LaneState, LaneStatus, WorkerStatus

WARM_UP_S: Final = 30.0
"""Seconds after its start before a worker counts: until then it loads, joins, and is dealt its partitions."""

Obstacle = tuple[Reason, str]
"""A reason, and a sentence."""


def first(situation: Situation) -> Obstacle | None:
    """Return the first obstacle; None if every partition is scored by a warm pod that answers and knows its lag."""
    return next((found for check in CHECKS if (found := check(situation)) is not None), None)


def _rolling_out(situation: Situation) -> Obstacle | None:
    if situation.rolled_out:
        return None
    return Reason.ROLLOUT_IN_PROGRESS, "pods of the former template still run"


def _partitions_unknown(situation: Situation) -> Obstacle | None:
    if situation.partitions:
        return None
    return Reason.PARTITIONS_UNKNOWN, "no pod knows the partitions of the input topic yet"


def _brokers_unreachable(situation: Situation) -> Obstacle | None:
    cut_off = [
        status.pod
        for status in _answers(situation)
        if HeldReason.BROKERS_UNREACHABLE in (status.held, *(lane.reason for lane in status.lanes))
    ]
    if not cut_off:
        return None
    return Reason.BROKERS_UNREACHABLE, f"{len(cut_off)} pods get no answer from the brokers"


def _pods_not_ready(situation: Situation) -> Obstacle | None:
    present = lanes.present(situation.reports)
    warm = sum(
        report.pod.ready and report.status is not None and report.status.uptime_seconds >= WARM_UP_S
        for report in present
    )
    wanted = min(situation.replicas, situation.partitions or situation.replicas)
    if warm == len(present) == wanted:
        return None
    told = f"{warm} of {wanted} pods are ready, answer, and have run for {WARM_UP_S:.0f} s"
    return Reason.PODS_NOT_READY, told if len(present) <= wanted else f"{told}; {len(present)} exist"


def _lanes_not_ready(situation: Situation) -> Obstacle | None:
    held = list(_lanes(situation))
    for lane in held:
        if lane.state is not LaneState.READY:
            why = f" ({lane.reason})" if lane.reason else ""
            return Reason.LANES_NOT_READY, f"partition {lane.partition} is {lane.state}{why}"
    if sorted(lane.partition for lane in held) != list(range(situation.partitions or 0)):
        return Reason.LANES_NOT_READY, "the partitions are being dealt to the pods"
    return None


def _lag_unknown(situation: Situation) -> Obstacle | None:
    unknown = [lane.partition for lane in _lanes(situation) if lane.lag is None]
    if not unknown:
        return None
    return Reason.LAG_UNKNOWN, f"the lag of {len(unknown)} partitions is unknown, e.g. of {unknown[0]}"


CHECKS: Final[tuple[Callable[[Situation], Obstacle | None], ...]] = (
    _rolling_out,
    _partitions_unknown,
    _brokers_unreachable,
    _pods_not_ready,
    _lanes_not_ready,
    _lag_unknown,
)


def _answers(situation: Situation) -> Iterator[WorkerStatus]:
    return (report.status for report in lanes.present(situation.reports) if report.status is not None)


def _lanes(situation: Situation) -> Iterator[LaneStatus]:
    return (lane for status in _answers(situation) for lane in status.lanes)
