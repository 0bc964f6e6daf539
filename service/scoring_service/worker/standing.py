"""Where a lane stands, and why it does not go on: what `/status`, metrics and the watchdog read.

Pure but for the clocks that it is given.
"""

from dataclasses import dataclass

import structlog

from scoring_service.contract.worker_status import HeldReason, LaneState, LaneStatus
from scoring_service.metrics import PartitionGauges

log = structlog.get_logger(__name__)


@dataclass
class Standing:
    """The offsets and the state of one lane. Monotonic seconds unless said otherwise."""

    partition: int
    state: LaneState = LaneState.INITIALISING
    reason: str = ""
    read_position: int | None = None
    """Offset of the next record to take over."""
    position: int | None = None
    """Offset of the next record to deliver: everything before it is durable."""
    start: int = 0
    """Where the lane began."""
    committed: int | None = None
    last_stable: int | None = None
    """Where the partition ends, by the latest that its leader has said or that was read; None is unknown."""
    newest_ms: int | None = None
    """Timestamp of the last delivered record, milliseconds since the epoch."""
    moved_at: float = 0.0
    """When it last took over or delivered something, or had nothing to do."""
    is_leaving: bool = False

    def begin(self, offset: int, committed: int | None, now: float) -> None:
        """Stand at `offset`, ready."""
        self.read_position = self.position = self.start = offset
        self.committed = committed
        self.moved_at = now
        self.hold(None)

    def hold(self, reason: HeldReason | None) -> None:
        """Note that the lane does not go on for now, or with None that it does."""
        if self.is_leaving and reason is not HeldReason.DRAINING:
            return
        text = reason or ""
        if text != self.reason and HeldReason.DRAINING not in (text, self.reason):
            log.info("lane held" if reason else "lane released", partition=self.partition, reason=text or self.reason)
        self.state = LaneState.HELD if reason else LaneState.READY
        self.reason = text

    def read(self, read_position: int, last_stable: int | None, now: float) -> None:
        """Note that records before `read_position` were taken over, of a partition that ended at `last_stable`."""
        self.read_position = read_position
        self.last_stable = max(read_position, last_stable or 0, self.last_stable or 0)
        self.moved_at = now

    def watch(self, last_stable: int | None, now: float, stalled_s: float) -> None:
        """Note where the partition ends; judge whether the lane should have moved by now.

        Args:
            last_stable: Where it ends, as its leader has just said; None if the leader does not answer.
            now: This moment.
            stalled_s: How long a lane may stand still that has work, brokers, and no reason to wait.
        """
        if last_stable is not None:
            last_stable = max(last_stable, self.read_position or 0)  # the answer may be older than what was read since
        self.last_stable = last_stable
        if not self.is_behind or self.state in (LaneState.HELD, LaneState.INITIALISING):
            self.moved_at = now
        stands_still = now - self.moved_at >= stalled_s
        if self.state is LaneState.READY and stands_still:
            log.warning("lane stalled", partition=self.partition, position=self.position, last_stable=last_stable)
            self.state = LaneState.STALLED
        elif self.state is LaneState.STALLED and not stands_still:
            self.state = LaneState.READY

    @property
    def is_behind(self) -> bool:
        """Whether the partition is known to hold records that are not delivered."""
        return self.last_stable is not None and self.position is not None and self.position < self.last_stable

    @property
    def uncommitted(self) -> int:
        """Offsets that are delivered and not committed."""
        committed = self.start if self.committed is None else self.committed
        return 0 if self.position is None else max(0, self.position - committed)

    def status(self) -> LaneStatus:
        """Return what `/status` says of the lane."""
        return LaneStatus(
            partition=self.partition,
            state=self.state,
            reason=self.reason,
            position=self.position,
            last_stable_offset=self.last_stable,
            committed_offset=self.committed,
        )

    def gauges(self, now_ms: float) -> PartitionGauges:
        """Return what the metrics say of the lane, at `now_ms` in milliseconds since the epoch."""
        lag = self.status().lag
        age = None if self.newest_ms is None else max(0.0, (now_ms - self.newest_ms) / 1000)
        return PartitionGauges(
            lag_records=lag,
            lag_seconds=None if lag is None else 0.0 if lag == 0 else age,
            position=self.position,
            committed=self.committed,
            is_stalled=self.state is LaneState.STALLED,
            held=self.reason,
        )
