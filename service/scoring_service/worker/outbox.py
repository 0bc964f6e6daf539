"""Outputs on their way: a batch is delivered when the broker has acknowledged each of its outputs.

Broken infrastructure is retried for ever; a lane whose outputs do not get through says that it is held, and why.
"""

import asyncio
from collections.abc import Callable, Sequence
from enum import StrEnum

from scoring_service.codec import ScoredBatch
from scoring_service.contract.startup import StartupOutput
from scoring_service.errors import ServiceError, StreamMisconfigured, StreamUnavailable
from scoring_service.metrics import Metrics
from scoring_service.stream.ports import Producer
from scoring_service.worker.buffer import Batch
from scoring_service.worker.routing import Origin, Parcel, parcels
from scoring_service.worker.timing import Timing
from scoring_service.worker.trouble import Trouble


class HeldReason(StrEnum):
    """Why a lane does not go on."""

    BROKERS_UNREACHABLE = "BrokersUnreachable"
    OUTPUT_UNAVAILABLE = "OutputUnavailable"
    DRAINING = "Draining"


Hold = Callable[[HeldReason | None], None]
"""Tells a lane that it is held, or with None that it no longer is."""


class Outbox:
    """Delivers the outputs of all lanes through one producer."""

    def __init__(
        self, producer: Producer, output: StartupOutput, metrics: Metrics, trouble: Trouble, timing: Timing
    ) -> None:
        self._producer = producer
        self._output = output
        self._metrics = metrics
        self._trouble = trouble
        self._timing = timing
        self.brokers_answer = True
        """Whether the brokers answered lately: an output that is not acknowledged then has a trouble of its own."""

    async def deliver(self, batch: Batch, scored: ScoredBatch, origin: Origin, hold: Hold) -> None:
        """Return once every output of a batch is acknowledged, however long that takes."""
        waiting: list[Parcel] | None = None
        attempt = 0
        while True:
            try:
                if waiting is None:
                    waiting = await self._parcels(batch, scored, origin)
                await self._send(waiting, hold)
                break
            except (StreamMisconfigured, StreamUnavailable) as error:
                self._trouble.note(error)
                hold(_reason(error))
            self._metrics.delivery_retries += 1
            await asyncio.sleep(self._timing.retry_s(attempt))
            attempt += 1
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
        return found

    async def _send(self, waiting: list[Parcel], hold: Hold) -> None:
        """Send what waits, and take from it what was acknowledged; raise the first error of what was not."""
        if not waiting:
            return
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
        errors = [send.exception() for send in sends]
        waiting[:] = [parcel for parcel, error in zip(waiting, errors, strict=True) if error is not None]
        _raise_first(errors)


def _raise_first(errors: Sequence[BaseException | None]) -> None:
    for error in errors:
        if error is not None:
            raise error


def _reason(error: ServiceError) -> HeldReason:
    if isinstance(error, StreamMisconfigured):
        return HeldReason.OUTPUT_UNAVAILABLE
    return HeldReason.BROKERS_UNREACHABLE
