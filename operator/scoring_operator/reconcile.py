"""Observe → plan → apply in order → prune → nudge → status, for one pipeline. Knows no Kubernetes client.

Level-based: whatever happened, it looks at what is there and writes what is missing, and nothing if nothing is.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

import structlog

from scoring_operator import conditions, history, plan, replicas, revisions, scope, skew, status
from scoring_operator.cluster.port import Cluster
from scoring_operator.conditions import PAUSED, Condition, Reason
from scoring_operator.config import DEFAULT_CONTROLLER, WorkerDefaults
from scoring_operator.events import transitions
from scoring_operator.events.event import Note, Told, normal, warning
from scoring_operator.facts import Key, Manifest, Pod, PodReport
from scoring_operator.look import Clocks, Look, Memory, living
from scoring_operator.pace import paced
from scoring_operator.realise import Drifted, Realiser
from scoring_operator.scaling import Decision
from scoring_operator.trouble import Trouble
from scoring_service.contract.names import CONTROLLER_ANNOTATION
from scoring_service.contract.pipeline import InvalidPipeline, Pipeline

CONVERGING_S: Final = (1.0, 2.0)
MEASURING_S: Final = (9.0, 11.0)
STEADY_S: Final = (25.0, 35.0)
"""Seconds until pods are asked again, from and to: while something is under way, while their load decides on replicas
(which takes four looks a minute), and otherwise."""

log = structlog.get_logger(__name__)

ReadFleet = Callable[[Sequence[Pod]], Awaitable[tuple[PodReport, ...]]]
"""Asks pods for their status; one report per pod."""
Scaled = Callable[[int, int], None]
"""Told what `spec.replicas` was, and what was written."""


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
        controller: str = DEFAULT_CONTROLLER,
        note: Note = lambda _pipeline, _event: None,
        drifted: Drifted = lambda _kind, _action: None,
        scaled: Scaled = lambda _before, _after: None,
    ) -> None:
        """Keep what all reconciles share.

        Args:
            cluster: Where pipelines run.
            fleet: Asks their pods.
            workers: What all workers have in common.
            clocks: Time and chance.
            live_refresh: Whether pods may be patched.
            controller: Name of this release.
            note: Takes what should be told of a pipeline as Events.
            drifted: Told of each child that somebody else had changed or deleted.
            scaled: Told of each write of replicas.
        """
        self._cluster = cluster
        self._fleet = fleet
        self._workers = workers
        self._note = note
        self._clocks = clocks or Clocks()
        self._realiser = Realiser(cluster, workers, self._clocks, note, drifted)
        self._live_refresh = live_refresh
        self._controller = controller
        self._scaled = scaled
        self._memories: dict[Key, Memory] = {}
        self._others: dict[Key, str] = {}

    async def __call__(self, key: Key) -> float | None:
        """Reconcile one pipeline; return the seconds until the next look, None if it is gone.

        Raises:
            ClusterUnavailable: Something could not be written for now; everything else was, status included.
            Conflict: The pipeline changed, or went, under way.
        """
        manifest = living(self._cluster.observe(key))
        if manifest is None:
            self._forget(key)
            return None
        manifest = skew.as_told(manifest, self._told(key, manifest))
        structlog.contextvars.bind_contextvars(generation=manifest["metadata"]["generation"])
        standing = scope.standing(manifest, self._controller)
        if not standing.acts:
            self._stand_back(key, manifest, standing.holder)
            return None
        self._others.pop(key, None)
        if not standing.claimed:
            manifest = await self._claim(manifest)
        look = Look(key, manifest, self._remember(key, manifest["metadata"]["uid"]), self._controller)
        look.memory.paused = look.reconcile == PAUSED
        known, unknown = skew.known(manifest)
        try:
            pipeline = plan.understand(known)
        except InvalidPipeline as error:
            trouble = Trouble(refusal=(Reason.INVALID_SPEC, str(error)))
            return await self._report(look, None, await self._ask(look), trouble)
        if look.memory.paused:
            return await self._report(look, pipeline, await self._ask(look), Trouble(unknown=unknown))
        await self._realiser.realise(look, pipeline, ())  # before pods are asked: a slow pod must not delay a repair
        reports = await self._ask(look)
        trouble = await self._realiser.realise(look, pipeline, reports)
        trouble.unknown = unknown
        if self._live_refresh:
            await self._realiser.nudge(look, reports, trouble)
        after_s = await self._report(look, pipeline, reports, trouble)
        if trouble.delay is not None:
            raise trouble.delay
        return after_s

    def paused(self) -> int:
        """Return how many pipelines a person has paused."""
        return sum(memory.paused for memory in self._memories.values())

    def foreign(self) -> int:
        """Return how many pipelines are left to another release."""
        return len(self._others)

    def _stand_back(self, key: Key, manifest: Manifest, holder: str) -> None:
        """Leave a pipeline to another release; whatever changes that is a change of the pipeline."""
        self._memories.pop(key, None)
        if self._others.get(key) != holder:
            log.warning("another release acts on this pipeline", controller=holder)
        self._others[key] = holder
        move = f"to move it here, annotate it with {CONTROLLER_ANNOTATION}={self._controller}"
        told = f"release {holder} acts on this pipeline, release {self._controller} leaves it alone; {move}"
        self._note(manifest, warning(Told.SCOPE_CONFLICT, told))

    async def _claim(self, manifest: Manifest) -> Manifest:
        """Say in status who acts, before acting; return the pipeline as stored.

        Raises:
            Conflict: It is not what was observed: another release may have come first.
        """
        status = manifest.get("status") or {}
        former = status.get("controller", "")
        claimed = await self._cluster.apply_status(manifest, {**status, "controller": self._controller})
        log.info("claimed", former=former)
        if former:
            self._note(claimed, normal(Told.ADOPTED, f"taken over from release {former} by {self._controller}"))
        return claimed

    def _forget(self, key: Key) -> None:
        self._memories.pop(key, None)
        self._others.pop(key, None)

    def _told(self, key: Key, manifest: Manifest) -> skew.Told | None:
        memory = self._memories.get(key)
        return memory.told if memory is not None and memory.uid == manifest["metadata"]["uid"] else None

    def _remember(self, key: Key, uid: str) -> Memory:
        memory = self._memories.get(key)
        if memory is None or memory.uid != uid:
            memory = self._memories[key] = Memory(uid)
        return memory

    async def _ask(self, look: Look) -> tuple[PodReport, ...]:
        return await self._fleet(look.observe(self._cluster).pods)

    async def _report(
        self, look: Look, pipeline: Pipeline | None, reports: Sequence[PodReport], trouble: Trouble
    ) -> float:
        """Write status and, if it is ours to decide on, replicas: both only onto the version that was decided on."""
        observed, memory, manifest = look.observe(self._cluster), look.memory, look.manifest
        former = observed.former_status
        file = look.file(observed, pipeline)
        decision = replicas.decided(look, pipeline, observed, reports, self._clocks)
        facts = replace(
            plan.facts(pipeline, observed, reports, file),
            decision=decision,
            reconcile=look.reconcile,
            problem=trouble.problem,
            delay=str(trouble.delay or ""),
        )
        now = self._clocks.monotonic()
        verdicts, memory.held = conditions.judge(facts, status.statuses(former), memory.held, now)
        identity = plan.identity(pipeline, observed, self._workers)
        told = status.status(identity, facts, verdicts, former, self._clocks.wall())
        told |= {"controller": self._controller} | replicas.told(decision, former, memory.scaled)
        told |= history.told(former, file.serving, manifest, self._clocks.wall())
        if (pace := paced(told, former, memory.pace, now)) is not None:
            manifest = await self._cluster.apply_status(manifest, told)
            memory.pace, memory.told = pace, skew.Told(told, manifest.get("status") or {})
            for event in transitions.between(former, told):
                self._note(manifest, event)
        self._warn_of_expiry(look, told)
        await self._scale(manifest, pipeline, decision)
        is_untold = "firstCommitTime" in told and memory.file is not None and not memory.file.started
        under_way = not facts.paused and (
            verdicts[Condition.RECONCILING].status == "True"
            or revisions.is_under_way(facts.revisions, memory.nudges)
            or is_untold
            or manifest["spec"] != look.manifest["spec"]  # of one version: read by a definition that is another by now
        )
        measures = pipeline is not None and plan.is_measured(pipeline)
        return self._clocks.uniform(*(CONVERGING_S if under_way else MEASURING_S if measures else STEADY_S))

    async def _scale(self, manifest: Manifest, pipeline: Pipeline | None, decision: Decision | None) -> None:
        wanted = plan.replicas_to_write(pipeline, decision)
        if pipeline is None or decision is None or wanted is None:
            return
        await self._cluster.scale(manifest, wanted)
        before = pipeline.spec.replicas
        log.info("scaled", replicas=wanted, reason=str(decision.reason))
        self._scaled(before, wanted)
        self._note(manifest, normal(Told.SCALED, f"spec.replicas {before} → {wanted}: {decision.message}"))

    def _warn_of_expiry(self, look: Look, told: Manifest) -> None:
        days, event = transitions.expiring(told, self._clocks.wall())
        if event is not None and days != look.memory.idle_days:
            self._note(look.manifest, event)
        look.memory.idle_days = days
