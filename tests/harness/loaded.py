"""A pipeline with a load, on the cluster in memory: pods that score so many records a second, and time that flies."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from harness.flow import Flow
from harness.pipelines import KEY, Workers, a_manifest
from scoring_operator.cluster.memory import MemoryCluster
from scoring_operator.config import WorkerDefaults
from scoring_operator.errors import OperatorError
from scoring_operator.facts import Manifest, Pod, PodReport
from scoring_operator.look import Clocks
from scoring_operator.reconcile import Reconciler
from scoring_service.contract.worker_status import LaneState, LaneStatus

STEP_S = 2.5
BACK_S = 1.0
"""Until a reconcile comes back after a failure, or after a write that a watch shows and its own answer did not."""


class LoadedWorkers(Workers):
    """Workers that score what flows."""

    def __init__(self, cluster: MemoryCluster, flow: Flow) -> None:
        super().__init__(cluster, flow.partitions)
        self.flow = flow
        self.unknown: set[int] = set()
        """Partitions whose end no pod knows."""
        self.markers = 0
        """Offsets at the end of each partition that are no records."""

    def _report(self, number: int, count: int, pod: Pod) -> PodReport:
        report = super()._report(number, count, pod)
        if report.status is None:
            return report
        status = msgspec.structs.replace(
            report.status,
            lanes=tuple(self._lane(partition) for partition in self.flow.dealt(number, count)),
            busy_ratio=self.flow.busy.get(pod.uid),
            uptime_seconds=self.flow.uptime_s(pod.uid),
        )
        return PodReport(pod, status)

    def _lane(self, partition: int) -> LaneStatus:
        return LaneStatus(
            partition=partition,
            state=LaneState.READY,
            position=self.flow.position(partition),
            last_stable_offset=None if partition in self.unknown else self.flow.end(partition) + self.markers,
        )


class Action(NamedTuple):
    """A change of `spec.replicas`."""

    at: float
    before: int
    after: int


class LoadedWorld:
    """An operator that looks when it said it would, and after each write; a clock that moves meanwhile."""

    def __init__(self, *, partitions: int = 12, per_pod: float = 100.0, replicas: int = 1, **autoscaling: Any) -> None:
        self.now = 1_000_000.0
        self.cluster = MemoryCluster()
        self.flow = Flow(partitions, per_pod, self.now)
        self.workers = LoadedWorkers(self.cluster, self.flow)
        self.actions: list[Action] = []
        self.operator = self.start()
        asked = {"mode": "Auto"} | autoscaling
        self.cluster.create(a_manifest(replicas=replicas, autoscaling=asked))

    def start(self) -> Reconciler:
        """Start an operator that knows nothing, in place of the present one."""
        clocks = Clocks(lambda: self.now, lambda: datetime.fromtimestamp(self.now, UTC), lambda least, most: least)
        self.operator = Reconciler(self.cluster, self.workers, WorkerDefaults(image="scoring/service:1"), clocks)
        return self.operator

    async def run(self, seconds: float, load: Callable[[], float] | None = None) -> None:
        """Let so much time pass; `load` says at each look how many records a second arrive."""
        end = self.now + seconds
        while self.now < end:
            self.flow.rate = self.flow.rate if load is None else load()
            before = self.replicas
            after_s: float | None = None
            with suppress(OperatorError):
                after_s = await self.operator(KEY)
            if self.replicas != before:
                self.actions.append(Action(self.now, before, self.replicas))
            self.workers.run_pods()
            self.workers.refresh()
            is_back = after_s is None or self.replicas != before
            self._pass(BACK_S if is_back else min(after_s or BACK_S, end - self.now))

    def _pass(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            step = min(STEP_S, end - self.now)
            self.now += step
            self.flow.advance(self.now, list(self.cluster.pods))

    @property
    def pipeline(self) -> Manifest:
        """The resource as it is stored."""
        return self.cluster.objects[("ScoringPipeline", *KEY)]

    @property
    def replicas(self) -> int:
        """As `spec.replicas` says."""
        replicas: int = self.pipeline["spec"]["replicas"]
        return replicas

    @property
    def scaling(self) -> Manifest:
        """What status says of the autoscaler; empty if nothing."""
        said: Manifest = self.pipeline["status"].get("scaling", {})
        return said

    def condition(self, kind: str) -> tuple[str, str]:
        """Return status and reason of a condition."""
        found = next(one for one in self.pipeline["status"]["conditions"] if one["type"] == kind)
        return found["status"], found["reason"]

    def write(self, manager: str, replicas: int, subresource: str = "scale") -> None:
        """Write replicas as somebody else, as the API server would note it."""
        entry = {"manager": manager, "operation": "Update", "fieldsV1": {"f:spec": {"f:replicas": {}}}}
        kept = {"metadata": {**self.pipeline["metadata"], "managedFields": [entry | {"subresource": subresource}]}}
        self.cluster.edit("ScoringPipeline", KEY, spec={**self.pipeline["spec"], "replicas": replicas}, **kept)


def counted(actions: Sequence[Action]) -> list[tuple[int, int]]:
    """Return the changes without their moments."""
    return [(action.before, action.after) for action in actions]
