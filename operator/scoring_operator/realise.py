"""Plan → apply in order → prune → nudge: brings the children of one pipeline to where they should be."""

from collections.abc import Callable, Sequence

import structlog

from scoring_operator import drift, plan, revisions
from scoring_operator.cluster.port import Cluster
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired import naming
from scoring_operator.desired.children import children, reference, superfluous
from scoring_operator.errors import InvalidManifest
from scoring_operator.events.event import Note, Told, normal
from scoring_operator.facts import Manifest, Observed, PodReport
from scoring_operator.look import Clocks, Look, Memory
from scoring_operator.trouble import Trouble
from scoring_service.contract.names import NUDGE_ANNOTATION
from scoring_service.contract.pipeline import Pipeline

Drifted = Callable[[str, str], None]
"""Told the kind of a child that somebody else had changed or deleted, and `repaired` or `recreated`."""

log = structlog.get_logger(__name__)


class Realiser:
    """Writes the children that are not as decided, and nothing if all are."""

    def __init__(self, cluster: Cluster, workers: WorkerDefaults, clocks: Clocks, note: Note, drifted: Drifted) -> None:
        self._cluster = cluster
        self._workers = workers
        self._clocks = clocks
        self._note = note
        self._drifted = drifted

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
        decided_on = {reference(child): child for child in observed.children}
        trouble = Trouble()
        for child in desired:
            observed = look.observe(self._cluster)
            with trouble.noted():
                await self._write(look, observed, child, decided_on.get(reference(child)))
                if reference(child) == ("ConfigMap", naming.live_name(pipeline.name)):
                    memory.file = decisions.file
        observed = look.observe(self._cluster)
        if trouble == Trouble():
            with trouble.noted():
                await self._prune(memory, observed, desired)
        return trouble

    async def nudge(self, look: Look, reports: Sequence[PodReport], trouble: Trouble) -> None:
        """Make the kubelet look: only after the ConfigMap's write was acknowledged."""
        memory = look.memory
        if memory.file is None:
            return
        memory.nudges = revisions.unanswered(memory.file, reports, memory.nudges)
        due = revisions.nudges(memory.file, reports, memory.nudges, self._clocks.monotonic())
        for uid, (report, nudge) in due.items():
            annotations = {NUDGE_ANNOTATION: nudge.annotation(self._clocks.wall())}
            with trouble.noted():
                try:
                    await self._cluster.annotate_pod(report.pod, annotations)
                except InvalidManifest as error:  # the kubelet comes round without a nudge as well, only later
                    log.warning("nudge refused", pod=report.pod.name, error=str(error))
                else:
                    log.info("nudged", pod=report.pod.name, count=nudge.count)
                memory.nudges[uid] = nudge  # one that did not get through does not count

    async def _write(self, look: Look, observed: Observed, child: Manifest, decided_on: Manifest | None) -> None:
        name, applied = reference(child), look.memory.applied
        child = drift.marked(child, look.controller)
        seen, last = plan.child(observed, *name), applied.get(name)
        if seen is not None and drift.is_current(child, seen, last):
            applied.setdefault(name, drift.applied(child, seen))
            return
        stored = await self._cluster.apply(child, decided_on)
        applied[name] = drift.applied(child, stored)
        log.info("applied", child="/".join(name), existed=seen is not None)
        if drift.is_touched(child, seen, stored, last):
            self._drifted(child["kind"], "recreated" if seen is None else "repaired")
            done = "changed" if seen is not None else "deleted"
            self._note(look.manifest, normal(Told.DRIFT_REPAIRED, f"somebody {done} {' '.join(name)}: it was put back"))

    async def _prune(self, memory: Memory, observed: Observed, desired: Sequence[Manifest]) -> None:
        if not plan.is_rolled_out(observed):
            return
        for child in superfluous(desired, observed.children, observed.startups):
            await self._cluster.delete(child)
            memory.applied.pop(reference(child), None)
            log.info("deleted", child="/".join(reference(child)))
