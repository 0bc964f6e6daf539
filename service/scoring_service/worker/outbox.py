"""Outputs on their way: a batch is delivered when the broker has acknowledged each of its outputs.

Broken infrastructure is retried for ever; a lane whose outputs do not get through says that it is held, and why.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum

from scoring_service.codec import ScoredBatch
from scoring_service.contract.startup import StartupOutput
from scoring_service.errors import MessageTooLarge, ServiceError, StreamMisconfigured, StreamUnavailable
from scoring_service.metrics import Metrics
from scoring_service.scorers.reasons import Reason
from scoring_service.stream.ports import Message, Producer
from scoring_service.worker.buffer import Batch
from scoring_service.worker.routing import Origin, Parcel, cut, parcels, size_of
from scoring_service.worker.timing import Timing
from scoring_service.worker.trouble import Request, Trouble


class HeldReason(StrEnum):
    """Why a lane does not go on."""

    BROKERS_UNREACHABLE = "BrokersUnreachable"
    OUTPUT_UNAVAILABLE = "OutputUnavailable"
    DRAINING = "Draining"


Refuse = Callable[[Message], Message]
"""From an output that no broker takes to the failure that says so."""

Hold = Callable[[HeldReason | None], None]
"""Tells a lane that it is held, or with None that it no longer is."""


class Outbox:
    """Delivers the outputs of all lanes through one producer."""

    def __init__(  # noqa: PLR0913, RUF100 - wired once, in worker.py
        self,
        producer: Producer,
        output: StartupOutput,
        refuse: Refuse,
        metrics: Metrics,
        trouble: Trouble,
        timing: Timing,
    ) -> None:
        self._producer = producer
        self._output = output
        self._refuse = refuse
        self._metrics = metrics
        self._trouble = trouble
        self._timing = timing
        self.brokers_answer = True
        """Whether the brokers answered lately: an output that is not acknowledged then has a trouble of its own."""
        self._most: dict[str, int] = {}
        """Bytes to send in one parcel to a topic that has refused more; never below half of what it takes."""

    async def check(self) -> None:
        """Return if both output topics are there.

        Raises:
            StreamMisconfigured: One is not; the message names it.
            StreamUnavailable: The brokers do not say.
        """
        for topic in (self._output.success_topic, self._output.failure_topic):
            await self._producer.partitions(topic)

    async def deliver(self, batch: Batch, scored: ScoredBatch, origin: Origin, hold: Hold) -> None:
        """Return once every output of a batch is acknowledged, however long that takes."""
        waiting: list[Parcel] | None = None
        problem: BaseException | None
        attempt = 0
        while waiting is None or waiting:
            try:
                if waiting is None:
                    waiting = await self._parcels(batch, scored, origin)
                waiting, problem = await self._send(waiting, scored, hold)
                if problem is not None:
                    raise problem
            except (StreamMisconfigured, StreamUnavailable) as error:
                self._trouble.note(Request.DELIVER, error)
                hold(_reason(error))
                self._metrics.delivery_retries += 1
                await asyncio.sleep(self._timing.retry_s(attempt))
                attempt += 1
        if attempt:
            self._trouble.clear(Request.DELIVER)
        hold(None)

    async def _parcels(self, batch: Batch, scored: ScoredBatch, origin: Origin) -> list[Parcel]:
        found: list[Parcel] = []
        for topic, messages in (
            (self._output.success_topic, scored.success),
            (self._output.failure_topic, scored.failures),
        ):
            if messages:
                partitions = await self._producer.partitions(topic)
                found += parcels(topic, partitions, messages, origin, batch.records)
        return [piece for parcel in found for piece in self._pieces(parcel)] if self._most else found

    def _pieces(self, parcel: Parcel) -> list[Parcel]:
        """Cut a parcel as its topic has taught: a refusal costs a new client."""
        most = self._most.get(parcel.topic)
        return [parcel] if most is None else cut(parcel, most)

    async def _send(
        self, waiting: list[Parcel], scored: ScoredBatch, hold: Hold
    ) -> tuple[list[Parcel], BaseException | None]:
        """Send what waits; return what must be sent (again), and the first error that is worth a pause before."""
        left: list[Parcel] = []
        problem: BaseException | None = None
        now, later = _in_turn(waiting)
        for parcel, error in zip(now, await self._outcomes(now, hold), strict=True):
            if isinstance(error, MessageTooLarge):
                smaller, refusal = self._smaller(parcel, scored)
                left += smaller
                problem = problem or refusal
            elif error is not None:
                left.append(parcel)
                problem = problem or error
        return left + later, problem

    async def _outcomes(self, waiting: list[Parcel], hold: Hold) -> list[BaseException | None]:
        if not waiting:
            return []
        sends = [
            asyncio.ensure_future(self._producer.send(parcel.topic, parcel.partition, parcel.messages))
            for parcel in waiting
        ]
        try:
            _, late = await asyncio.wait(sends, timeout=self._timing.slow_s)
            if late:
                hold(HeldReason.OUTPUT_UNAVAILABLE if self.brokers_answer else HeldReason.BROKERS_UNREACHABLE)
                await asyncio.wait(sends)
        finally:
            for send in sends:
                send.cancel()
        return [send.exception() for send in sends]

    def _smaller(self, parcel: Parcel, scored: ScoredBatch) -> tuple[list[Parcel], StreamMisconfigured | None]:
        """Return smaller parcels for one that its topic refuses for its size: pieces, or a failure for one message."""
        topic, _, messages = parcel
        if len(messages) > 1:
            size = sum(map(size_of, messages))
            self._most[topic] = min(size // 2, self._most.get(topic, size))
            return cut(parcel, self._most[topic]), None
        (message,) = messages
        failure = self._refuse(message)
        if topic == self._output.success_topic:
            scored.success = [other for other in scored.success if other is not message]
            scored.rejected[Reason.OVERSIZE] = scored.rejected.get(Reason.OVERSIZE, 0) + 1
        elif size_of(failure) >= size_of(message):
            return [parcel], StreamMisconfigured(f"topic {topic} takes not even a failure of {size_of(message)} bytes")
        return [Parcel(self._output.failure_topic, 0, [failure])], None


def _in_turn(waiting: list[Parcel]) -> tuple[list[Parcel], list[Parcel]]:
    """Split into the first parcel of each partition, and those that must not overtake it."""
    first: dict[tuple[str, int], Parcel] = {}
    later = [parcel for parcel in waiting if first.setdefault((parcel.topic, parcel.partition), parcel) is not parcel]
    return list(first.values()), later


def _reason(error: ServiceError) -> HeldReason:
    if isinstance(error, StreamMisconfigured):
        return HeldReason.OUTPUT_UNAVAILABLE
    return HeldReason.BROKERS_UNREACHABLE
