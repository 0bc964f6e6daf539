"""Exactly once: a batch is delivered when one transaction has made its outputs and its offset durable together.

An attempt whose end nobody knows is decided by starting anew, which also shuts out everybody else; what is committed
then says whether it happened. If neither that offset nor the one before stands there, somebody else has gone on.
"""

import asyncio
from time import monotonic

from scoring_service.codec import ScoredBatch
from scoring_service.contract.worker_status import HeldReason
from scoring_service.errors import Fenced, MessageTooLarge, StreamMisconfigured, StreamUnavailable
from scoring_service.metrics import Metrics
from scoring_service.stream.ports import Consumer, Parcel, TransactionalProducer
from scoring_service.worker.buffer import Batch
from scoring_service.worker.delivery import Delivery, Hold
from scoring_service.worker.packing import Packing
from scoring_service.worker.routing import Origin
from scoring_service.worker.timing import Timing
from scoring_service.worker.trouble import Request, Trouble

MAX_RECORDS = 1500
"""Of one transaction, which takes 20–40 ms whatever it holds. As many as one call scores: worker/scoring.py."""


class Transactions(Delivery):
    """Delivers the batches of one lane, each in a transaction of its own."""

    commits = True
    max_records = MAX_RECORDS

    def __init__(  # noqa: PLR0913, RUF100 - wired once, in lane_maker.py
        self,
        origin: Origin,
        producer: TransactionalProducer,
        consumer: Consumer,
        packing: Packing,
        interval_s: float,
        metrics: Metrics,
        trouble: Trouble,
        timing: Timing,
    ) -> None:
        self._origin = origin
        self._producer = producer
        self._consumer = consumer
        self._packing = packing
        self._interval_s = interval_s
        self._metrics = metrics
        self._trouble = trouble
        self._timing = timing
        self._began_at = 0.0
        self._is_begun = False

    @property
    def gather_s(self) -> float:
        """Seconds until the next transaction may begin with less than a full batch."""
        return max(0.0, self._began_at + self._interval_s - monotonic())

    async def begin(self) -> None:
        """Shut out whoever owned the partition before; all of theirs is decided then."""
        if not self._is_begun:
            await self._producer.start()
            self._is_begun = True

    async def settle(self, offset: int) -> None:
        """Commit where the lane begins: a restart before the first record must not decide otherwise."""
        self._is_begun = False
        await self._producer.write((), offset)
        self._is_begun = True

    async def deliver(self, batch: Batch, scored: ScoredBatch, committed: int | None, hold: Hold) -> None:
        """Return once outputs and offset are durable, however long that takes."""
        self._began_at = monotonic()
        attempt = 0
        while not await self._is_delivered(batch, scored, committed, hold, begin_again=attempt > 0):
            self._metrics.delivery_retries += 1
            self._metrics.transactions_aborted += 1
            await asyncio.sleep(self._timing.retry_s(attempt))
            attempt += 1
        self._metrics.transactions_committed += 1
        if attempt:
            self._trouble.clear(Request.DELIVER)
        hold(None)

    async def close(self) -> None:
        """Disconnect; what is open is aborted."""
        await self._producer.close()

    async def _is_delivered(
        self, batch: Batch, scored: ScoredBatch, committed: int | None, hold: Hold, *, begin_again: bool
    ) -> bool:
        """Try once; return False if it is to be tried again."""
        try:
            if begin_again:
                await self._has_happened(batch, committed)  # whoever has gone on is not to be shut out
                await self._producer.start()
                if await self._has_happened(batch, committed):
                    return True
            return await self._write(batch, scored)
        except (StreamUnavailable, StreamMisconfigured) as error:
            self._trouble.note(Request.DELIVER, error)
            hold(HeldReason.OUTPUT_UNAVAILABLE if self._trouble.brokers_answer else HeldReason.BROKERS_UNREACHABLE)
            return False

    async def _has_happened(self, batch: Batch, before: int | None) -> bool:
        """Tell whether the group stands behind the batch, as far as its transactions are decided.

        Raises:
            Fenced: It stands neither there nor before the batch: somebody else has gone on.
        """
        partition = self._origin.partition
        committed = (await self._consumer.committed([partition]))[partition]
        if committed not in (before, batch.next_offset):
            raise Fenced(f"partition {partition} is committed at {committed}: somebody else has gone on")
        return committed == batch.next_offset

    async def _write(self, batch: Batch, scored: ScoredBatch) -> bool:
        """Write the batch; return False if it must be packed otherwise first."""
        parcels: list[Parcel] = [
            *await self._packing.dead_letters(batch, scored, self._origin),
            *await self._packing.outputs(batch, scored, self._origin),
        ]
        try:
            await self._producer.write(parcels, batch.next_offset)
        except MessageTooLarge as error:
            self._packing.smaller(parcels[error.place], scored)
            return False
        return True
