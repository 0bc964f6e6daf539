"""At least once: a batch is delivered when the broker has acknowledged each of its outputs.

Broken infrastructure is retried for ever; a lane whose outputs do not get through says that it is held, and why.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from scoring_service.codec import ScoredBatch
from scoring_service.contract.worker_status import HeldReason
from scoring_service.errors import MessageTooLarge, ServiceError, StreamMisconfigured, StreamUnavailable
from scoring_service.metrics import Metrics
from scoring_service.stream.ports import Parcel, Producer
from scoring_service.worker.buffer import MAX_RECORDS, Batch
from scoring_service.worker.delivery import Delivery, Hold
from scoring_service.worker.packing import Packing
from scoring_service.worker.routing import Origin
from scoring_service.worker.timing import Timing
from scoring_service.worker.trouble import Request, Trouble

Pack = Callable[[Batch, ScoredBatch, Origin], Awaitable[list[Parcel]]]


class Outbox(Delivery):
    """Delivers the outputs of one lane through the worker's producer."""

    commits = False
    max_records = MAX_RECORDS
    gather_s = 0.0

    def __init__(  # noqa: PLR0913, RUF100 - wired once, in lane_maker.py
        self,
        origin: Origin,
        producer: Producer,
        packing: Packing,
        metrics: Metrics,
        trouble: Trouble,
        timing: Timing,
    ) -> None:
        self._origin = origin
        self._producer = producer
        self._packing = packing
        self._metrics = metrics
        self._trouble = trouble
        self._timing = timing

    async def begin(self) -> None:
        """Do nothing: another owner may deliver the same once more."""

    async def settle(self, offset: int) -> None:
        """Do nothing: the worker commits it with what is delivered."""

    async def close(self) -> None:
        """Do nothing: the producer is everybody's."""

    async def deliver(self, batch: Batch, scored: ScoredBatch, committed: int | None, hold: Hold) -> None:
        """Return once every output of a batch is acknowledged, however long that takes."""
        if scored.dead_letters:
            await self._deliver(self._packing.dead_letters, batch, scored, hold)
        await self._deliver(self._packing.outputs, batch, scored, hold)

    async def _deliver(self, pack: Pack, batch: Batch, scored: ScoredBatch, hold: Hold) -> None:
        waiting: list[Parcel] | None = None
        attempt = 0
        while waiting is None or waiting:
            try:
                if waiting is None:
                    waiting = await pack(batch, scored, self._origin)
                waiting, problem = await self._send(waiting, scored, hold)
                if problem is not None:
                    raise problem
            except (StreamMisconfigured, StreamUnavailable) as error:
                self._trouble.note(Request.DELIVER, error)
                hold(_held_by(error))
                self._metrics.delivery_retries += 1
                await asyncio.sleep(self._timing.retry_s(attempt))
                attempt += 1
        if attempt:
            self._trouble.clear(Request.DELIVER)
        hold(None)

    async def _send(
        self, waiting: Sequence[Parcel], scored: ScoredBatch, hold: Hold
    ) -> tuple[list[Parcel], BaseException | None]:
        """Send what waits; return what must be sent (again), and the first error that is worth a pause before."""
        left: list[Parcel] = []
        problem: BaseException | None = None
        now, later = _in_turn(waiting)
        for parcel, error in zip(now, await self._outcomes(now, hold), strict=True):
            if isinstance(error, MessageTooLarge):
                try:
                    left += self._packing.smaller(parcel, scored)
                except StreamMisconfigured as refusal:
                    left.append(parcel)
                    problem = problem or refusal
            elif error is not None:
                left.append(parcel)
                problem = problem or error
        return left + later, problem

    async def _outcomes(self, waiting: Sequence[Parcel], hold: Hold) -> list[BaseException | None]:
        if not waiting:
            return []
        sends = [
            asyncio.ensure_future(self._producer.send(parcel.topic, parcel.partition, parcel.messages))
            for parcel in waiting
        ]
        try:
            _, late = await asyncio.wait(sends, timeout=self._timing.slow_s)
            if late:
                answered = self._trouble.brokers_answer
                hold(HeldReason.OUTPUT_UNAVAILABLE if answered else HeldReason.BROKERS_UNREACHABLE)
                _, late = await asyncio.wait(late, timeout=self._timing.give_up_s)
            return [self._gave_up() if send in late else send.exception() for send in sends]
        finally:
            for send in sends:
                send.cancel()

    def _gave_up(self) -> StreamUnavailable:
        """Write through a new client: this one may be what does not answer, and then never would."""
        self._producer.renew()
        return StreamUnavailable(f"no acknowledgement within {self._timing.give_up_s:.0f} s")


def _in_turn(waiting: Sequence[Parcel]) -> tuple[list[Parcel], list[Parcel]]:
    """Split into the first parcel of each partition, and those that must not overtake it."""
    first: dict[tuple[str, int], Parcel] = {}
    later = [parcel for parcel in waiting if first.setdefault((parcel.topic, parcel.partition), parcel) is not parcel]
    return list(first.values()), later


def _held_by(error: ServiceError) -> HeldReason:
    return HeldReason.OUTPUT_UNAVAILABLE if isinstance(error, StreamMisconfigured) else HeldReason.BROKERS_UNREACHABLE
