"""How assigned partitions become lanes that read: each as soon as the brokers have said where it begins.

The order matters: first the delivery begins (exactly once: it shuts out the former owner), then the committed offset is
read, then the lane seeks. An offset read before would miss what the former owner still commits.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from scoring_service.contract.startup import StartupInput
from scoring_service.contract.worker_status import HeldReason
from scoring_service.errors import ServiceError, StreamMisconfigured, StreamUnavailable
from scoring_service.metrics import Metrics
from scoring_service.stream.ports import Bounds, Consumer
from scoring_service.worker.lane import Lane
from scoring_service.worker.lane_states import LaneStates
from scoring_service.worker.start import Start, start_of
from scoring_service.worker.timing import Timing
from scoring_service.worker.trouble import Request, Trouble

Offsets = Mapping[int, int | None]


class Starter:
    """Starts the lanes of one assignment."""

    def __init__(  # noqa: PLR0913, RUF100 - wired once, in worker.py
        self,
        consumer: Consumer,
        source: StartupInput,
        has_started: Callable[[], bool],
        states: LaneStates,
        metrics: Metrics,
        trouble: Trouble,
        timing: Timing,
    ) -> None:
        self._consumer = consumer
        self._source = source
        self._states = states
        self._has_started = has_started
        self._metrics = metrics
        self._trouble = trouble
        self._timing = timing

    async def run(self, lanes: Mapping[int, Lane], partitions: int, go: Callable[[Lane], None]) -> None:
        """Start all lanes, however long that takes; `go` is told of each that knows where it is.

        Raises:
            Fenced: A partition has a newer owner already.
        """
        waiting, attempt = list(lanes.values()), 0
        while waiting:
            for lane in await self._ready(waiting, partitions):
                waiting.remove(lane)
                go(lane)
            if waiting:
                await asyncio.sleep(self._timing.retry_s(attempt))
            attempt += 1

    async def _ready(self, waiting: Sequence[Lane], partitions: int) -> list[Lane]:
        """Return the lanes that know where they begin; the others are held, and say why."""
        begun = await self._begun(waiting)
        try:
            committed = await self._committed(begun, partitions) if begun else {}
            bounds = await self._consumer.bounds([lane.partition for lane in begun])
        except (StreamUnavailable, StreamMisconfigured) as error:
            self._hold(begun, Request.START, error)
            return []
        silent = [lane for lane in begun if lane.partition not in bounds]
        for lane in silent:
            lane.standing.hold(HeldReason.BROKERS_UNREACHABLE)
        self._trouble.without_leader(Request.START, [lane.partition for lane in silent], self._source.topic)
        return [lane for lane in begun if lane not in silent and await self._places(lane, committed, bounds)]

    async def _begun(self, waiting: Sequence[Lane]) -> list[Lane]:
        """Return the lanes whose delivery is theirs now."""
        outcomes = await asyncio.gather(*(lane.delivery.begin() for lane in waiting), return_exceptions=True)
        begun: list[Lane] = []
        for lane, outcome in zip(waiting, outcomes, strict=True):
            if isinstance(outcome, StreamUnavailable | StreamMisconfigured):
                self._cannot_fence(lane, outcome)
            elif isinstance(outcome, BaseException):
                raise outcome
            else:
                begun.append(lane)
        if len(begun) == len(waiting):
            self._trouble.clear(Request.FENCE)
        return begun

    async def _committed(self, begun: Sequence[Lane], partitions: int) -> Offsets:
        own = await self._consumer.committed([lane.partition for lane in begun])
        return await self._consumer.committed(range(partitions)) if None in own.values() else own

    async def _places(self, lane: Lane, committed: Offsets, bounds: Mapping[int, Bounds]) -> bool:
        """Let a lane know where it begins, if it can be told."""
        partition = lane.partition
        start = start_of(partition, committed, bounds[partition], self._source, has_started=self._has_started())
        if start is None:
            lost = StreamMisconfigured(
                f"the offsets of group {self._source.group} are lost: set input.onOffsetsLost, or "
                "suspend the pipeline and reset them"
            )
            self._hold([lane], Request.START, lost, HeldReason.OFFSETS_LOST)
            return False
        return await self._settle(lane, start, bounds[partition])

    async def _settle(self, lane: Lane, start: Start, bounds: Bounds) -> bool:
        is_known = not start.is_new and not start.expired
        try:
            if not is_known and lane.delivery.commits:
                await lane.delivery.settle(start.offset)
                is_known = True
        except (StreamUnavailable, StreamMisconfigured) as error:
            self._cannot_fence(lane, error)
            return False
        self._metrics.expire(lane.partition, start.expired)
        self._states.begin(lane, start.offset, bounds.log_start, start.offset if is_known else None)
        return True

    def _cannot_fence(self, lane: Lane, error: ServiceError) -> None:
        """Hold a lane. Brokers that answer cannot end its former transaction: its outputs lack replicas, say."""
        is_theirs = isinstance(error, StreamUnavailable) and self._trouble.brokers_answer
        self._hold([lane], Request.FENCE, error, HeldReason.OUTPUT_UNAVAILABLE if is_theirs else None)

    def _hold(
        self, lanes: Sequence[Lane], request: Request, error: ServiceError, reason: HeldReason | None = None
    ) -> None:
        self._trouble.note(request, error)
        refused = isinstance(error, StreamMisconfigured)
        for lane in lanes:
            lane.standing.hold(reason or (HeldReason.NOT_AUTHORISED if refused else HeldReason.BROKERS_UNREACHABLE))
