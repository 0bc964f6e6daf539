"""Pure: what the pods' reports say together about the input topic. Unknown is not zero."""

from collections.abc import Iterable, Sequence

from scoring_operator.facts import PodReport
from scoring_service.contract.worker_status import LaneState, LaneStatus, WorkerStatus


def present(reports: Iterable[PodReport]) -> list[PodReport]:
    """Return the reports of pods that are not terminating: the others no longer count."""
    return [report for report in reports if not report.pod.terminating]


def partitions(reports: Sequence[PodReport]) -> int | None:
    """Return the number of partitions of the input topic; None while no pod knows it."""
    known = (report.status.partitions for report in present(reports) if report.status is not None)
    return max((count for count in known if count is not None), default=None)


def assigned_lanes(reports: Sequence[PodReport]) -> dict[int, LaneStatus]:
    """Return the lanes by partition; of two claims to one partition, the one that is further."""
    lanes: dict[int, LaneStatus] = {}
    for report in present(reports):
        for lane in report.status.lanes if report.status is not None else ():
            other = lanes.get(lane.partition)
            if other is None or (lane.position or -1) > (other.position or -1):
                lanes[lane.partition] = lane
    return lanes


def held(reports: Sequence[PodReport]) -> dict[int, str]:
    """Return why partitions are held, by partition."""
    lanes = sorted(assigned_lanes(reports).items())
    return {partition: lane.reason for partition, lane in lanes if lane.state is LaneState.HELD}


def outside(reports: Iterable[PodReport]) -> list[tuple[str, WorkerStatus]]:
    """Return name and status of the pods that have not joined the group for something outside of them."""
    found = ((report.pod.name, report.status) for report in present(reports))
    return [(name, status) for name, status in found if status is not None and status.held]


def has_committed(reports: Iterable[PodReport]) -> bool:
    """Tell whether a pod knows an offset that the group has committed."""
    lanes = (lane for report in reports if report.status is not None for lane in report.status.lanes)
    return any(lane.committed_offset is not None for lane in lanes)


def silent(reports: Sequence[PodReport]) -> list[str]:
    """Return the names of pods that are ready and yet did not answer."""
    return [report.pod.name for report in present(reports) if report.pod.ready and report.status is None]


def assigned(reports: Sequence[PodReport], count: int | None) -> int | None:
    """Return how many of `count` partitions some pod holds; None while a pod that may hold one is silent."""
    held = len(assigned_lanes(reports))
    if count is None or (silent(reports) and held < count):
        return None
    return held


def lag(reports: Sequence[PodReport], count: int | None) -> int | None:
    """Return the records that wait in all `count` partitions; None while one of them is unknown."""
    lanes = assigned_lanes(reports)
    if count is None or len(lanes) < count:
        return None
    total = 0
    for lane in lanes.values():
        if lane.lag is None:
            return None
        total += lane.lag
    return total
