"""One worker: waits for a scorer, joins the group, works until it is told to stop, drains and leaves."""

import asyncio
from time import monotonic, time

import msgspec
import structlog

from scoring_service.contract.startup import Startup
from scoring_service.contract.worker_status import LaneState, WorkerStatus
from scoring_service.errors import StreamMisconfigured, StreamUnavailable
from scoring_service.health import Health, Verdict
from scoring_service.metrics import Metrics
from scoring_service.revision import Kept, Revisions, Serving
from scoring_service.scorers.base import Rejection, Versioned
from scoring_service.scorers.reasons import Reason
from scoring_service.stream.ports import Streams
from scoring_service.worker.admission import Admission
from scoring_service.worker.commits import Commits
from scoring_service.worker.drift import drift
from scoring_service.worker.forever import forever
from scoring_service.worker.identity import Identity
from scoring_service.worker.lane_maker import LaneMaker
from scoring_service.worker.lane_states import LaneStates
from scoring_service.worker.membership import Membership
from scoring_service.worker.observing import Observer, Watchdog
from scoring_service.worker.packing import Packing
from scoring_service.worker.permissions import Permissions
from scoring_service.worker.reading import Reader
from scoring_service.worker.rejoining import Rejoining
from scoring_service.worker.scoring import ScoringThread
from scoring_service.worker.session import Session
from scoring_service.worker.starting import Starter
from scoring_service.worker.timing import Timing
from scoring_service.worker.trouble import Request, Trouble
from scoring_service.worker.windows import windows

log = structlog.get_logger(__name__)


class Worker:
    """Everything between two topics, in one process."""

    def __init__(
        self,
        identity: Identity,
        startup: Startup,
        streams: Streams,
        revisions: Revisions,
        timing: Timing = Timing(),  # noqa: B008 - immutable
    ) -> None:
        self.identity = identity
        self.startup = startup
        self.revisions = revisions
        self.metrics = Metrics(startup.input.topic)
        self.metrics.candidates = revisions.candidates
        revisions.states = self._states
        self.metrics.windows = lambda: windows(revisions.current, self._states())
        self.health = Health(ticked_at=monotonic())
        self.trouble = Trouble()
        self.metrics.drift = lambda: drift(revisions.current, self._states())
        self.watchdog = Watchdog(self.health, self.metrics, timing, self.is_busy)
        self._timing = timing
        self._streams = streams
        self.api_port: int | None = None
        """Where requests are scored; None while nowhere."""
        self.stopping = asyncio.Event()
        """Set once somebody has asked for the drain."""
        self._scoring = ScoringThread(startup.input.topic, self._serving, self.metrics)
        self._packing = Packing(streams.producer, startup.output, self._oversize, self.metrics)
        self._commits = Commits(streams.consumer, self.metrics, self.trouble, timing)
        self.rejoining = Rejoining(timing.patience_s)
        self.admission = Admission(self.trouble, self.rejoining)
        self._permissions = Permissions(streams.inspector, startup, self.trouble, timing)
        states = LaneStates(streams.consumer, startup.input.warming, lambda: self._serving().scorer.stateful)
        self.membership = Membership(
            streams.consumer,
            LaneMaker(startup, streams, self._packing, self.metrics, self.trouble, timing),
            Starter(
                streams.consumer,
                startup.input,
                lambda: revisions.has_started,
                states,
                self.metrics,
                self.trouble,
                timing,
            ),
            states,
            self._scoring.score,
            revisions,
            self._commits,
            self.rejoining,
            self.metrics,
            self.trouble,
            timing,
        )
        max_latency_s = startup.delivery.max_latency_ms / 1000
        reader = Reader(streams.consumer, self.membership, self.rejoining, self.trouble, timing, max_latency_s)
        self._session = Session(
            streams.consumer, streams.producer, self.membership, reader, self.rejoining, self.trouble, timing
        )

    async def run(self) -> None:
        """Work until `stop`; then drain, commit and leave the group."""
        async with asyncio.TaskGroup() as tasks:
            working = tasks.create_task(self._work())
            watching = [tasks.create_task(self.watchdog.run()), tasks.create_task(self.membership.crash())]
            await self.stopping.wait()
            self.health.is_draining = True
            log.info("draining")
            working.cancel()
            await self._leave()
            for task in watching:
                task.cancel()
        log.info(
            "stopped",
            scored=self.metrics.scored,
            rejected=self.metrics.rejected_total,
            uncommitted=self.metrics.drain_uncommitted,
            drain_s=round(self.metrics.drain_seconds or 0.0, 3),
        )

    def stop(self) -> None:
        """Ask for a drain; `run` returns when it is done."""
        self.stopping.set()

    def status(self) -> WorkerStatus:
        """Return what `/status` says."""
        startup, revisions, metrics = self.startup, self.revisions, self.metrics
        lanes = sorted(self.membership.lanes.items())
        held, held_message = self._held()
        variant, model_version = _model(revisions.current)
        return WorkerStatus(
            version=self.identity.version,
            pipeline=f"{startup.namespace}/{startup.pipeline}",
            pod=self.identity.pod,
            config_digest=revisions.config_digest,
            serving=revisions.current.revision if revisions.current else "",
            model_variant=variant,
            model_version=model_version,
            refused=revisions.refused,
            model_problem=revisions.model_problem,
            warming=revisions.warming,
            candidate=revisions.candidates.status(),
            ready=self.readiness().is_well,
            held=held,
            held_message=held_message,
            input_topic=startup.input.topic,
            group=startup.input.group,
            partitions=self.membership.partitions,
            lanes=tuple(lane.standing.status() for _, lane in lanes),
            scored_total=metrics.scored,
            rejected_total=metrics.rejected_total,
            rejected_by_reason=dict(metrics.rejected),
            duplicates_total=metrics.duplicates,
            records_per_second=round(self.watchdog.records_per_second, 3),
            busy_ratio=self.watchdog.busy_ratio,
            api_port=self.api_port,
            uptime_seconds=round(monotonic() - self.identity.started_at, 3),
            last_error=self.trouble.latest or revisions.problem,
        )

    def is_busy(self) -> bool:
        """Return whether any record of the stream is taken over and not delivered."""
        return not all(lane.is_idle for lane in self.membership.lanes.values())

    def is_behind(self) -> bool:
        """Return whether the stream has records to score, in hand or still at its brokers, and nothing holds them."""
        lanes = [lane for lane in self.membership.lanes.values() if lane.standing.state is LaneState.READY]
        return any(lane.standing.is_behind or not lane.is_idle for lane in lanes)

    def _held(self) -> tuple[str, str]:
        if refused := self.admission.held() or self._permissions.held():
            return refused
        return (self._session.held, self.trouble.latest) if self._session.held else ("", "")

    def liveness(self) -> Verdict:
        """Judge whether this process should be restarted."""
        return self.health.liveness(monotonic())

    def readiness(self) -> Verdict:
        """Judge whether records are scored here."""
        self.health.has_scorer = self.revisions.current is not None
        self.health.has_joined = self.membership.has_joined
        return self.health.readiness()

    async def _work(self) -> None:
        await self.revisions.until_serving()
        await self._permissions.granted()
        await self._start_producer()
        observer = Observer(
            self._streams.consumer,
            self.membership,
            self._packing,
            self.rejoining,
            self.metrics,
            self.trouble,
            self._timing,
        )
        async with asyncio.TaskGroup() as tasks:
            for part in (self._session.run(), observer.run(), self._commits.run(self.membership.current)):
                tasks.create_task(forever(part))

    async def _start_producer(self) -> None:
        """Connect, and name an output topic that is missing: its lanes will be held until it exists."""
        attempt = 0
        while True:
            try:
                await self._streams.producer.start()
                await self._packing.check()
            except StreamUnavailable as error:
                self.trouble.note(Request.OUTPUTS, error)
            except StreamMisconfigured as error:
                self.trouble.note(Request.OUTPUTS, error)
                return
            else:
                self.trouble.clear(Request.OUTPUTS)
                return
            await asyncio.sleep(self._timing.retry_s(attempt))
            attempt += 1

    async def _leave(self) -> None:
        began = monotonic()
        await self.membership.leave()
        self.metrics.drain_uncommitted = self.membership.uncommitted
        self.metrics.drain_seconds = monotonic() - began
        try:
            async with asyncio.timeout(self._timing.close_s):
                await asyncio.gather(self._streams.consumer.close(), self._streams.producer.close())
        except TimeoutError:
            log.warning("closing took too long", deadline_s=self._timing.close_s)
        self._scoring.close()

    def _states(self) -> list[Kept | None]:
        return [lane.scorer_state for lane in self.membership.lanes.values()]

    def _serving(self) -> Serving:
        serving = self.revisions.current
        assert serving is not None, "no worker joins before a revision serves"  # noqa: S101 - an invariant
        return serving

    def _oversize(self, detail: str) -> bytes:
        """Return the body of a failure for what no topic takes."""
        failure = self._serving().scorer.failure(Rejection(Reason.OVERSIZE, detail))
        failure.timestamp = int(time())
        return msgspec.json.encode(failure)


def _model(serving: Serving | None) -> tuple[str, str]:
    """Return what makes the scores, variant and version, if the scorer that serves says it."""
    if serving is None or not isinstance(serving.scorer, Versioned):
        return "", ""
    return serving.scorer.model_variant, serving.scorer.model_version
