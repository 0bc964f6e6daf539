"""The facts of a worker as `/status` tells them."""

from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from scoring_service.contract.worker_status import WorkerStatus

if TYPE_CHECKING:
    from scoring_service.worker.worker import Worker


class Identity(NamedTuple):
    """Who this worker is."""

    version: str
    pod: str
    started_at: float
    """Monotonic seconds."""


def report(worker: "Worker") -> WorkerStatus:
    """Return the state of `worker` now."""
    startup, revisions, metrics = worker.startup, worker.revisions, worker.metrics
    lanes = sorted(worker.membership.lanes.items())
    return WorkerStatus(
        version=worker.identity.version,
        pipeline=f"{startup.namespace}/{startup.pipeline}",
        pod=worker.identity.pod,
        config_digest=revisions.config_digest,
        serving=revisions.current.revision if revisions.current else "",
        refused=revisions.refused,
        ready=worker.readiness().is_well,
        input_topic=startup.input.topic,
        group=startup.input.group,
        partitions=worker.membership.partitions,
        lanes=tuple(lane.status() for _, lane in lanes),
        scored_total=metrics.scored,
        rejected_total=metrics.rejected_total,
        rejected_by_reason=dict(metrics.rejected),
        duplicates_total=metrics.duplicates,
        records_per_second=round(worker.watchdog.records_per_second, 3),
        uptime_seconds=round(monotonic() - worker.identity.started_at, 3),
        last_error=worker.trouble.latest or revisions.problem,
    )
