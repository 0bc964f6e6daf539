"""The loop of one lane: one assigned partition. This is the delivery promise.

A record is consumed for good only when its output is acknowledged: `deliver` returns then, the position moves past
the batch, and the committer makes it durable later. Whoever dies before that leaves the records to the next owner.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from time import perf_counter, time

import structlog

from scoring_service.codec import ScoredBatch
from scoring_service.contract.worker_status import LaneState, LaneStatus
from scoring_service.metrics import Delivered, Metrics, PartitionGauges
from scoring_service.scorers.base import State
from scoring_service.stream.ports import Consumer, Record
from scoring_service.worker.buffer import Batch, Buffer
from scoring_service.worker.outbox import HeldReason, Outbox
from scoring_service.worker.routing import Origin

Score = Callable[[int, Batch, State], Awaitable[ScoredBatch]]

log = structlog.get_logger(__name__)


async def run(lane: "Lane", score: Score) -> None:
    """Score and deliver the records of a lane, batch by batch, until it is closed."""
    async for batch in lane.batches():
        scored = await score(lane.partition, batch, lane.scorer_state)
        await lane.deliver(batch, scored)
        lane.scorer_state = scored.state  # current only when delivered


class Lane:
    """One assigned partition, from its assignment to its revocation."""

    def __init__(self, origin: Origin, buffer: Buffer, consumer: Consumer, outbox: Outbox, metrics: Metrics) -> None:
        self.partition = origin.partition
        self._origin = origin
        self._buffer = buffer
        self._consumer = consumer
        self._outbox = outbox
        self._metrics = metrics
        self._in_flight: Batch | None = None
        self._is_closed = False
        self._newest_ms: int | None = None
        self.scorer_state: State = None
        self.state = LaneState.INITIALISING
        self.reason = ""
        self.is_paused = True
        self.read_position: int | None = None
        """Offset of the next record to take over."""
        self.position: int | None = None
        """Offset of the next record to deliver: everything before it is acknowledged."""
        self.committed: int | None = None
        self.last_stable: int | None = None

    def begin(self, offset: int, committed: int | None) -> None:
        """Become ready to take records from `offset` on."""
        self.read_position = self.position = offset
        self.committed = committed
        self.is_paused = False
        self.hold(None)

    def jump(self, offset: int) -> None:
        """Go on at `offset`: what stood before it is gone."""
        self.read_position = offset
        if self.is_idle:
            self.position = offset

    def offer(self, records: Sequence[Record]) -> None:
        """Take records over; pause the partition when there is no room for more."""
        size = self._buffer.offer(records)
        self.read_position = records[-1].offset + 1
        self._metrics.took(len(records), size)
        if self._buffer.is_full and not self.is_paused:
            self._consumer.pause((self.partition,))
            self.is_paused = True

    async def batches(self) -> AsyncIterator[Batch]:
        """Yield batch after batch; each is in flight until the next is asked for. Ends when the lane is closed."""
        while (batch := await self._buffer.take()) is not None:
            self._in_flight = batch
            self._make_room()
            yield batch
            self._in_flight = None

    async def deliver(self, batch: Batch, scored: ScoredBatch) -> None:
        """Return once every output of `batch` is acknowledged, and move the position past it."""
        began = perf_counter()
        await self._outbox.deliver(batch, scored, self._origin, self.hold)
        self._metrics.durations["deliver"].observe(perf_counter() - began)
        self.position = batch.next_offset
        self._newest_ms = batch.newest_ms
        self._in_flight = None
        outcome = Delivered(len(scored.success), scored.rejected, scored.absorbed, scored.duplicates)
        self._metrics.delivered_batch(outcome, len(batch.records), batch.size)
        self._metrics.observe_latency([record.timestamp for record in batch.records], time() * 1000)

    def close(self) -> None:
        """Take no more records, drop those that wait, and let the loop end after the batch in flight."""
        if self._is_closed:
            return
        self._is_closed = True
        self._metrics.gave_up(self._buffer.records, self._buffer.size)
        self._buffer.close()
        self.hold(HeldReason.DRAINING)

    def abandon(self) -> None:
        """Count the batch in flight as given up: its loop was stopped before the acknowledgement."""
        if self._in_flight is not None:
            self._metrics.gave_up(len(self._in_flight.records), self._in_flight.size)
            self._in_flight = None

    def hold(self, reason: HeldReason | None) -> None:
        """Note that the lane does not go on for now, or with None that it does."""
        if self._is_closed and reason is not HeldReason.DRAINING:
            return
        text = reason or ""
        if text != self.reason and HeldReason.DRAINING not in (text, self.reason):
            log.info("lane held" if reason else "lane released", partition=self.partition, reason=text or self.reason)
        self.state = LaneState.HELD if reason else LaneState.READY
        self.reason = text

    @property
    def takes_records(self) -> bool:
        """Whether the lane knows where it is and is not closed."""
        return self.read_position is not None and not self._is_closed

    @property
    def is_idle(self) -> bool:
        """Whether everything taken over is delivered."""
        return self._in_flight is None and self._buffer.records == 0

    def status(self) -> LaneStatus:
        """Return what `/status` says of this lane."""
        return LaneStatus(
            partition=self.partition,
            state=self.state,
            reason=self.reason,
            position=self.position,
            last_stable_offset=self.last_stable,
        )

    def gauges(self) -> PartitionGauges:
        """Return what the metrics say of this lane."""
        lag = self.status().lag
        if lag is None:
            return PartitionGauges(None, None, self.position, self.committed)
        age = None if self._newest_ms is None else max(0.0, time() - self._newest_ms / 1000)
        return PartitionGauges(lag, 0.0 if lag == 0 else age, self.position, self.committed)

    def _make_room(self) -> None:
        if self.is_paused and self._buffer.is_low and not self._is_closed:
            self._consumer.resume((self.partition,))
            self.is_paused = False
