"""One lane: an assigned partition, from its assignment to its revocation. lane_loop.py has what it does all day."""

from collections import deque
from collections.abc import AsyncIterator, Sequence
from time import monotonic, perf_counter, time

import structlog

from scoring_service.codec import ScoredBatch, reason_of
from scoring_service.contract.worker_status import HeldReason
from scoring_service.metrics import Delivered, Metrics
from scoring_service.scorers.base import State
from scoring_service.stream.ports import Consumer, Record
from scoring_service.worker.budget import FailureBudget
from scoring_service.worker.buffer import Batch, Buffer
from scoring_service.worker.delivery import Delivery
from scoring_service.worker.rewind import Rewind
from scoring_service.worker.standing import Standing

log = structlog.get_logger(__name__)


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
        self._in_flight: deque[Batch] = deque()
        """Taken and not delivered, the oldest first: one that is delivered, and one that is scored meanwhile."""
        self._rewind: Rewind | None = None
        self.scorer_state: State = None
        self.is_paused = True
        self.keeps_batch = False
        """Whether it waits for a person or another revision, with a batch that is not delivered until then."""

    def begin(self, offset: int, committed: int | None) -> None:
        """Become ready to take records from `offset` on."""
        self.standing.begin(offset, committed, monotonic())
        self.is_paused = False

    def rewind(self, rewind: Rewind) -> None:
        """Read records before the position first, for the state's sake."""
        self._rewind = rewind
        self.standing.read_position = rewind.first
        self.standing.hold(HeldReason.WARMING)

    async def rewound(self) -> AsyncIterator[Batch]:
        """Yield the records before the position; then the lane goes on from there."""
        if self._rewind is None:
            return
        async for batch in self._rewind.batches():
            yield batch
            self._make_room()
        self._rewind = None
        if self.takes_records:
            self._skip_to_position()
        self._make_room()
        self.standing.hold(None)

    def jump(self, offset: int) -> int:
        """Go on at `offset`: what stood before it is gone. Return how many of the lane's own records that were."""
        standing, unread = self.standing, self.standing.read_position or 0
        standing.read_position = offset
        if self.is_warming:
            unread = max(unread, standing.position or 0)
            if offset < unread:
                return 0
        if self.is_idle:
            standing.position = offset
        return max(0, offset - unread)

    def offer(self, records: Sequence[Record], last_stable: int | None) -> None:
        """Take records over, of a partition that ended at `last_stable`; pause it when there is no room for more."""
        own = records if self._rewind is None else self._rewind.offer(records)
        size = self._buffer.offer(own)
        self.standing.read(records[-1].offset + 1, last_stable, monotonic())
        self._metrics.took(len(own), size)
        if self._is_full and not self.is_paused:
            self._consumer.pause((self.partition,))
            self.is_paused = True

    async def take(self) -> Batch | None:
        """Return the next batch, in flight from now on; None once the lane is closed."""
        batch = await self._buffer.take(lambda: self.delivery.gather_s)
        if batch is not None:
            self._in_flight.append(batch)
            self._make_room()
        return batch

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
        self._in_flight.popleft()
        self._count(batch, scored)

    def _count(self, batch: Batch, scored: ScoredBatch) -> None:
        self._budget.spend(len(batch.records), scored.rejected, monotonic())
        outcome = Delivered(len(scored.success), scored.rejected, scored.absorbed, scored.duplicates, scored.refused_at)
        self._metrics.delivered_batch(outcome, len(batch.records), batch.size)
        if scored.tally is not None:
            scored.tally.settle()
        self._metrics.dead_letters.update(map(reason_of, scored.dead_letters))
        self._metrics.observe_latency([record.timestamp for record in batch.records], time() * 1000)

    def close(self) -> None:
        """Take no more records, drop those that wait, and let the loop end after what is in flight."""
        if self.standing.is_leaving:
            return
        self.standing.is_leaving = True
        self._metrics.gave_up(self._buffer.records, self._buffer.size)
        self._buffer.close()
        if self._rewind is not None:
            self._rewind.close()
        self.standing.hold(HeldReason.DRAINING)

    def abandon(self) -> None:
        """Count what is in flight as given up: the loop was stopped before the acknowledgement."""
        for batch in self._in_flight:
            self._metrics.gave_up(len(batch.records), batch.size)
        self._in_flight.clear()

    @property
    def takes_records(self) -> bool:
        """Whether the lane knows where it is and is not closed."""
        return self.standing.read_position is not None and not self.standing.is_leaving

    @property
    def is_warming(self) -> bool:
        """Whether records before the position are read again."""
        return self._rewind is not None

    @property
    def is_idle(self) -> bool:
        """Whether everything taken over is delivered."""
        return not self._in_flight and self._buffer.records == 0

    @property
    def to_commit(self) -> int | None:
        """The offset that the worker should commit for this lane; None if there is nothing new, or delivery does it."""
        standing = self.standing
        return None if self.delivery.commits or standing.position == standing.committed else standing.position

    @property
    def uncommitted(self) -> int:
        """Offsets that are delivered and not committed."""
        return 0 if self.delivery.commits else self.standing.uncommitted

    def _skip_to_position(self) -> None:
        """Leave out what is still to be read again: there was no time for it."""
        standing = self.standing
        if standing.position is not None and (standing.read_position or 0) < standing.position:
            standing.read_position = standing.position
            self._consumer.seek(self.partition, standing.position)

    @property
    def _is_full(self) -> bool:
        return self._buffer.is_full or (self._rewind is not None and self._rewind.is_full)

    def _make_room(self) -> None:
        is_low = self._buffer.is_low and (self._rewind is None or self._rewind.is_low)
        if self.is_paused and is_low and not self.standing.is_leaving:
            self._consumer.resume((self.partition,))
            self.is_paused = False
