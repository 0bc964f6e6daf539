"""The loop of one lane: one assigned partition. This is the delivery promise.

A record is consumed for good only when its output is durable: `deliver` returns then, and the position moves past the
batch. Whoever dies before that leaves the records to the next owner.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from time import monotonic, perf_counter, time
from typing import Protocol

import structlog

from scoring_service.codec import ScoredBatch, reason_of
from scoring_service.contract.worker_status import HeldReason
from scoring_service.metrics import Delivered, Metrics
from scoring_service.revision import Seen
from scoring_service.scorers.base import State
from scoring_service.stream.ports import Consumer, Record
from scoring_service.worker.budget import FailureBudget
from scoring_service.worker.buffer import Batch, Buffer
from scoring_service.worker.delivery import Delivery
from scoring_service.worker.standing import Standing

Score = Callable[[int, Batch, State], Awaitable[ScoredBatch]]

log = structlog.get_logger(__name__)


class Releases(Protocol):
    """What may make a kept batch affordable."""

    def seen(self) -> Seen:
        """Return what there is to be scored by now: taken before a batch is scored, so that nothing is missed."""
        ...

    async def until_release(self, seen: Seen) -> bool:
        """Return once another revision serves than `seen` (False), or a person says to go on (True)."""
        ...


async def run(lane: "Lane", score: Score, releases: Releases) -> None:
    """Score and deliver the records of a lane, batch by batch, until it is closed."""
    async for batch in lane.batches():
        seen = releases.seen()
        scored = await score(lane.partition, batch, lane.scorer_state)
        while not lane.affords(batch, scored):
            if lane.standing.is_leaving:
                return  # the next owner will have the batch
            if await releases.until_release(seen):
                lane.forgive()
            seen = releases.seen()
            scored = await score(lane.partition, batch, lane.scorer_state)
        await lane.deliver(batch, scored)
        lane.scorer_state = scored.state  # current only when delivered


class Lane:
    """One assigned partition, from its assignment to its revocation."""

    def __init__(  # noqa: PLR0913, RUF100 - wired once, in worker.py
        self,
        partition: int,
        buffer: Buffer,
        consumer: Consumer,
        delivery: Delivery,
        budget: FailureBudget,
        metrics: Metrics,
    ) -> None:
        self.partition = partition
        self.delivery = delivery
        self.standing = Standing(partition)
        self._buffer = buffer
        self._consumer = consumer
        self._budget = budget
        self._metrics = metrics
        self._in_flight: Batch | None = None
        self.scorer_state: State = None
        self.is_paused = True
        self.keeps_batch = False
        """Whether it waits for a person or another revision, with a batch that is not delivered until then."""

    def begin(self, offset: int, committed: int | None) -> None:
        """Become ready to take records from `offset` on."""
        self.standing.begin(offset, committed, monotonic())
        self.is_paused = False

    def jump(self, offset: int) -> None:
        """Go on at `offset`: what stood before it is gone."""
        self.standing.read_position = offset
        if self.is_idle:
            self.standing.position = offset

    def offer(self, records: Sequence[Record], last_stable: int | None) -> None:
        """Take records over, of a partition that ended at `last_stable`; pause it when there is no room for more."""
        size = self._buffer.offer(records)
        self.standing.read(records[-1].offset + 1, last_stable, monotonic())
        self._metrics.took(len(records), size)
        if self._buffer.is_full and not self.is_paused:
            self._consumer.pause((self.partition,))
            self.is_paused = True

    async def batches(self) -> AsyncIterator[Batch]:
        """Yield batch after batch; each is in flight until the next is asked for. Ends when the lane is closed."""
        while (batch := await self._buffer.take(lambda: self.delivery.gather_s)) is not None:
            self._in_flight = batch
            self._make_room()
            yield batch
            self._in_flight = None

    def affords(self, batch: Batch, scored: ScoredBatch) -> bool:
        """Tell whether the failures of a batch may be written; if not, the lane is held with it."""
        refusal = self._budget.refusal(len(batch.records), scored.rejected, monotonic())
        if refusal and not self.keeps_batch:
            log.warning("failure budget exceeded", partition=self.partition, why=refusal)
        self.keeps_batch = bool(refusal)
        if refusal:
            self.standing.hold(HeldReason.FAILURE_BUDGET_EXCEEDED)
        return not refusal

    def forgive(self) -> None:
        """Let the kept batch pass, whatever its failures: a person says so."""
        self._budget.forgive()

    async def deliver(self, batch: Batch, scored: ScoredBatch) -> None:
        """Return once every output of `batch` is durable, and move the position past it."""
        began = perf_counter()
        await self.delivery.deliver(batch, scored, self.standing.committed, self.standing.hold)
        self._metrics.durations["deliver"].observe(perf_counter() - began)
        self.standing.position = batch.next_offset
        if self.delivery.commits:
            self.standing.committed = batch.next_offset
        self.standing.newest_ms = batch.newest_ms
        self.standing.moved_at = monotonic()
        self._in_flight = None
        self._count(batch, scored)

    def _count(self, batch: Batch, scored: ScoredBatch) -> None:
        self._budget.spend(len(batch.records), scored.rejected, monotonic())
        outcome = Delivered(len(scored.success), scored.rejected, scored.absorbed, scored.duplicates, scored.refused_at)
        self._metrics.delivered_batch(outcome, len(batch.records), batch.size)
        self._metrics.dead_letters.update(map(reason_of, scored.dead_letters))
        self._metrics.observe_latency([record.timestamp for record in batch.records], time() * 1000)

    def close(self) -> None:
        """Take no more records, drop those that wait, and let the loop end after the batch in flight."""
        if self.standing.is_leaving:
            return
        self.standing.is_leaving = True
        self._metrics.gave_up(self._buffer.records, self._buffer.size)
        self._buffer.close()
        self.standing.hold(HeldReason.DRAINING)

    def abandon(self) -> None:
        """Count the batch in flight as given up: its loop was stopped before the acknowledgement."""
        if self._in_flight is not None:
            self._metrics.gave_up(len(self._in_flight.records), self._in_flight.size)
            self._in_flight = None

    @property
    def takes_records(self) -> bool:
        """Whether the lane knows where it is and is not closed."""
        return self.standing.read_position is not None and not self.standing.is_leaving

    @property
    def is_idle(self) -> bool:
        """Whether everything taken over is delivered."""
        return self._in_flight is None and self._buffer.records == 0

    @property
    def to_commit(self) -> int | None:
        """The offset that the worker should commit for this lane; None if there is nothing new, or delivery does it."""
        standing = self.standing
        return None if self.delivery.commits or standing.position == standing.committed else standing.position

    @property
    def uncommitted(self) -> int:
        """Offsets that are delivered and not committed."""
        return 0 if self.delivery.commits else self.standing.uncommitted

    def _make_room(self) -> None:
        if self.is_paused and self._buffer.is_low and not self.standing.is_leaving:
            self._consumer.resume((self.partition,))
            self.is_paused = False
