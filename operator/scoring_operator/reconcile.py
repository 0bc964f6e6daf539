"""Observe → plan → apply in order → prune → nudge → status, for one pipeline. Knows no Kubernetes client.

Level-based: whatever happened, it looks at what is there and writes what is missing, and nothing if nothing is.
"""

import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, NamedTuple

import structlog

from scoring_operator import conditions, drift, history, live_file, plan, revisions, status
from scoring_operator.cluster.port import Cluster
from scoring_operator.conditions import Held, Reason
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired import naming
from scoring_operator.desired.children import children, reference, superfluous
from scoring_operator.errors import Conflict, InvalidManifest
from scoring_operator.facts import Key, Manifest, Observed, Pod, PodReport
from scoring_operator.revisions import Nudge
from scoring_operator.trouble import Trouble
from scoring_service.contract.names import NUDGE_ANNOTATION
from scoring_service.contract.pipeline import InvalidPipeline, Pipeline
from scoring_service.contract.scorer_file import ScorerFile

CONVERGING_S: Final = (1.0, 2.0)
STEADY_S: Final = (25.0, 35.0)
"""Seconds until pods are asked again, from and to: while something is under way, and when nothing is."""

log = structlog.get_logger(__name__)

ReadFleet = Callable[[Sequence[Pod]], Awaitable[tuple[PodReport, ...]]]
"""Asks pods for their status; one report per pod."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """Time and chance, as arguments."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    uniform: Callable[[float, float], float] = random.uniform


@dataclass(slots=True)
class Memory:
    """What is remembered of one pipeline between two reconciles; all of it may be lost at any time."""

    uid: str
    file: ScorerFile | None = None
    """`scorer.json` as last written: wins over a ConfigMap that somebody edited. None: not written yet."""
    applied: dict[tuple[str, str], drift.Applied] = field(default_factory=dict)
    nudges: dict[str, Nudge] = field(default_factory=dict)
    held: Held = field(default_factory=Held)
    status_at: float = float("-inf")


class Look(NamedTuple):
    """One reconcile of one pipeline."""

    key: Key
    manifest: Manifest
    """The pipeline as it was when the reconcile began: all decisions are made from it."""
    memory: Memory


class Reconciler:
    """Brings pipelines closer to their specs, one key at a time."""

    def __init__(
        self,
        cluster: Cluster,
        fleet: ReadFleet,
        workers: WorkerDefaults,
        clocks: Clocks | None = None,
        *,
        live_refresh: bool = True,
    ) -> None:
        """Keep what all reconciles share; without `live_refresh` pods are never patched."""
        self._cluster = cluster
        self._fleet = fleet
        self._workers = workers
        self._clocks = clocks or Clocks()
        self._live_refresh = live_refresh
        self._memories: dict[Key, Memory] = {}

    async def __call__(self, key: Key) -> float | None:
        """Reconcile one pipeline; return the seconds until the next look, None if it is gone.

        Raises:
            ClusterUnavailable: Something could not be written for now; everything else was, status included.
            Conflict: The pipeline changed, or went, under way.
        """
        manifest = _living(self._cluster.observe(key))
        if manifest is None:
            self._memories.pop(key, None)
            return None
        memory = self._remember(key, manifest["metadata"]["uid"])
        look = Look(key, manifest, memory)
        try:
            pipeline = plan.understand(manifest)
        except InvalidPipeline as error:
            trouble = Trouble(problem=(Reason.INVALID_SPEC, str(error)))
            return await self._report(look, None, await self._ask(look), trouble)
        await self._realise(look, pipeline, ())  # before pods are asked: a slow pod must not delay a repair
        reports = await self._ask(look)
        trouble = await self._realise(look, pipeline, reports)
        await self._nudge(look, reports, trouble)
        after_s = await self._report(look, pipeline, reports, trouble)
        if trouble.delay is not None:
            raise trouble.delay
        return after_s

    def _remember(self, key: Key, uid: str) -> Memory:
        memory = self._memories.get(key)
        if memory is None or memory.uid != uid:
            memory = self._memories[key] = Memory(uid)
        return memory

    def _observe(self, look: Look) -> Observed:
        """Return the present state, to be asked before every write: what is deleted must not get children again.

        Raises:
            Conflict: The pipeline is gone, is going, or is another one by now.
        """
        observed = self._cluster.observe(look.key)
        living = _living(observed)
        if living is None or living["metadata"]["uid"] != look.memory.uid:
            raise Conflict(f"{look.key} was deleted under way")
        return observed

    async def _ask(self, look: Look) -> tuple[PodReport, ...]:
        return await self._fleet(self._observe(look).pods)

    async def _realise(self, look: Look, pipeline: Pipeline, reports: Sequence[PodReport]) -> Trouble:
        """Write the children that are not as decided, delete those that must go; return what went wrong first."""
        observed, memory = self._observe(look), look.memory
        decisions = plan.decide(pipeline, observed, _file(look, observed, pipeline), reports, self._workers)
        desired = children(pipeline, self._workers, decisions)
        trouble = Trouble()
        for child in desired:
            observed = self._observe(look)
            with trouble.noted():
                await self._write(memory, observed, child)
                if reference(child) == ("ConfigMap", naming.live_name(pipeline.name)):
                    memory.file = decisions.file
        observed = self._observe(look)
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

    async def _nudge(self, look: Look, reports: Sequence[PodReport], trouble: Trouble) -> None:
        """Make the kubelet look: only after the ConfigMap's write was acknowledged."""
        memory = look.memory
        if memory.file is None or not self._live_refresh:
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

    async def _report(
        self, look: Look, pipeline: Pipeline | None, reports: Sequence[PodReport], trouble: Trouble
    ) -> float:
        """Write status and, in mode PerPartition, replicas: both only onto the version that was decided on."""
        observed, memory, manifest = self._observe(look), look.memory, look.manifest
        former = observed.former_status
        file = _file(look, observed, pipeline)
        facts = replace(
            plan.facts(pipeline, observed, reports, file),
            problem=trouble.problem,
            delay=str(trouble.delay or ""),
        )
        now = self._clocks.monotonic()
        verdicts, memory.held = conditions.judge(facts, status.statuses(former), memory.held, now)
        identity = plan.identity(pipeline, observed, self._workers)
        told = status.status(identity, facts, verdicts, former, self._clocks.wall())
        told |= history.told(former, file.serving, manifest, self._clocks.wall())
        if status.is_worth_writing(told, former, now - memory.status_at):
            manifest = await self._cluster.apply_status(manifest, told)
            memory.status_at = now
        replicas = plan.replicas_to_write(pipeline, facts.partitions) if pipeline else None
        if replicas is not None:
            await self._cluster.scale(manifest, replicas)
            log.info("scaled", replicas=replicas)
        is_untold = "firstCommitTime" in told and memory.file is not None and not memory.file.started
        under_way = (
            verdicts["Reconciling"].status == "True"
            or revisions.is_under_way(facts.revisions, memory.nudges)
            or is_untold
        )
        return self._clocks.uniform(*(CONVERGING_S if under_way else STEADY_S))


def _living(observed: Observed) -> Manifest | None:
    """Return the pipeline unless it is gone or going."""
    if observed.pipeline is None or observed.pipeline["metadata"].get("deletionTimestamp"):
        return None
    return observed.pipeline


def _file(look: Look, observed: Observed, pipeline: Pipeline | None) -> ScorerFile:
    """Return `scorer.json` as last written; what a former operator wrote is read back."""
    if look.memory.file is not None:
        return look.memory.file
    return live_file.written(observed, look.key.name, pipeline.block if pipeline else None)
