"""Plan → apply in order → prune: brings the children of one pipeline to where they should be."""

from collections.abc import Sequence

import structlog

from scoring_operator import drift, plan
from scoring_operator.cluster.port import Cluster
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired import naming
from scoring_operator.desired.children import children, reference, superfluous
from scoring_operator.facts import Manifest, Observed, PodReport
from scoring_operator.look import Look, Memory
from scoring_operator.trouble import Trouble
from scoring_service.contract.pipeline import Pipeline

log = structlog.get_logger(__name__)


class Realiser:
    """Writes the children that are not as decided, and nothing if all are."""

    def __init__(self, cluster: Cluster, workers: WorkerDefaults) -> None:
        self._cluster = cluster
        self._workers = workers

    async def realise(self, look: Look, pipeline: Pipeline, reports: Sequence[PodReport]) -> Trouble:
        """Write what is not as decided, delete what must go; return what went wrong.

        Args:
            look: At the pipeline.
            pipeline: As understood.
            reports: What the pods say; empty if they have not been asked yet.

        Raises:
            ClusterUnavailable: The cluster answers nothing at all.
            Conflict: The pipeline went under way.
        """
        observed, memory = look.observe(self._cluster), look.memory
        decisions = plan.decide(pipeline, observed, look.file(observed, pipeline), reports, self._workers)
        desired = children(pipeline, self._workers, decisions)
        trouble = Trouble()
        for child in desired:
            observed = look.observe(self._cluster)
            with trouble.noted():
                await self._write(memory, observed, child)
                if reference(child) == ("ConfigMap", naming.live_name(pipeline.name)):
                    memory.file = decisions.file
        observed = look.observe(self._cluster)
        if trouble == Trouble():
            with trouble.noted():
                await self._prune(memory, observed, desired)
        return trouble

    async def _write(self, memory: Memory, observed: Observed, child: Manifest) -> None:
        name, applied = reference(child), memory.applied
        seen = plan.child(observed, *name)
        if drift.is_current(child, seen, applied.get(name)):
            return
        applied[name] = drift.applied(child, await self._cluster.apply(child))
        log.info("applied", child="/".join(name), existed=seen is not None)

    async def _prune(self, memory: Memory, observed: Observed, desired: Sequence[Manifest]) -> None:
        if not plan.is_rolled_out(observed):
            return
        for child in superfluous(desired, observed.children, observed.startups):
            await self._cluster.delete(child)
            memory.applied.pop(reference(child), None)
            log.info("deleted", child="/".join(reference(child)))
