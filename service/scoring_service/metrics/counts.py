"""What one worker counts.

    delivered = scored + rejected + absorbed            (counted when acknowledged)
    consumed  = delivered + in flight + abandoned       (abandoned: revoked before delivery; another pod reads them)

Both hold at every moment, because each method below keeps them. Counting is plain arithmetic on the event loop; the
table of families makes series of it when somebody scrapes.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, Protocol

import structlog

from scoring_service.candidate import Candidates
from scoring_service.metrics.distribution import Distribution
from scoring_service.metrics.requests import Requests
from scoring_service.scorers.drift import Drift

log = structlog.get_logger(__name__)

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 1.0, 10.0)
LATENCY = (0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.1, 0.3, 0.5, 1.0, 2.5, 10.0, 30.0, 300.0)
"""With the promised limits: 50 ms at least once, 300 ms exactly once, 30 s for freshness."""
STANDSTILL = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
"""With the promised limits: 2.5 s for a clean stop, the session's 20 s and 5 more for a crash."""
RECORDS = (1, 10, 50, 100, 200, 500, 1500)
BYTES = (4096, 65536, 1048576, 8388608)

STAGES = ("score", "deliver", "commit")
"""`score` is decoding, scoring and encoding; `deliver` ends with the acknowledgement of all outputs."""


class Delivered(NamedTuple):
    """What became of one delivered batch."""

    scored: int
    rejected: Mapping[str, int]
    absorbed: Mapping[str, int]
    duplicates: int
    errors: Mapping[tuple[str, str], int] = MappingProxyType({})
    """What of `rejected` was refused at which stage: by reason and stage."""


class PartitionGauges(NamedTuple):
    """What is known of one assigned partition; None is unknown, and has no series."""

    lag_records: int | None
    lag_seconds: float | None
    position: int | None
    committed: int | None
    is_stalled: bool = False
    held: str = ""
    """Why the lane is held, a `HeldReason`; empty otherwise."""


class Windows(NamedTuple):
    """What the lanes remember of earlier records, at this moment."""

    keys: int
    """Of all lanes together; one that two lanes have counts twice."""
    on_several: int | None
    """Keys that more than one lane has; None if there are too many to be compared in a scrape."""


class CredentialTimes(Protocol):
    """What is told of credentials, by kind: ca, certificate or password. Unix seconds."""

    @property
    def loaded_at(self) -> Mapping[str, float]:
        """When each was read."""
        ...

    @property
    def not_after(self) -> Mapping[str, float]:
        """When the first certificate of each ends; a kind without certificates has no end."""
        ...


def _durations() -> dict[str, Distribution]:
    return {stage: Distribution(SECONDS) for stage in STAGES}


@dataclass
class Metrics:
    """The counts of one worker; gauges of partitions exist only while they are assigned."""

    topic: str = ""
    consumed: int = 0
    consumed_bytes: int = 0
    scored: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Rejected records by reason and stage."""
    absorbed: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    abandoned: int = 0
    expired: int = 0
    rebalances: int = 0
    commit_failures: int = 0
    delivery_retries: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)
    """Dead letters that were written, by reason."""
    dead_letter_failures: Counter[str] = field(default_factory=Counter)
    """Dead letters that were not written, by reason."""
    fenced: int = 0
    transactions_committed: int = 0
    transactions_aborted: int = 0
    in_flight: int = 0
    in_flight_bytes: int = 0
    paused_partitions: int = 0
    partitions: dict[int, PartitionGauges] = field(default_factory=dict)
    durations: dict[str, Distribution] = field(default_factory=_durations)
    latency: Distribution = field(default_factory=lambda: Distribution(LATENCY))
    batch_records: Distribution = field(default_factory=lambda: Distribution(RECORDS))
    batch_bytes: Distribution = field(default_factory=lambda: Distribution(BYTES))
    loop_lag: Distribution = field(default_factory=lambda: Distribution(SECONDS))
    rebalance_durations: Distribution = field(default_factory=lambda: Distribution(STANDSTILL))
    candidates: Candidates | None = None
    """Asked at a scrape for the candidate, if there is one."""
    windows: Callable[[], Windows | None] = lambda: None
    """Asked at a scrape for what lanes remember; None with a scorer that cannot say it."""
    clock_skew: int = 0
    """Records that were written in the future."""
    requests: Requests | None = None
    """Of the api listener; None without one."""
    drift: Callable[[], Mapping[str, Drift]] = dict
    """Asked at a scrape for the drift of each feature; empty while nothing can be said."""
    credentials: Callable[[], CredentialTimes | None] = lambda: None
    """Asked at a scrape for the credentials in use; None before brokers have taken any."""
    drain_seconds: float | None = None
    """Of the drain before the end; None before that."""
    drain_uncommitted: int = 0
    """Offsets that were delivered and could not be committed by the drain before the end: duplicates to come."""
    last_delivered_at: float | None = None
    """Unix seconds of the latest acknowledgement."""
    _rebalancing_since: float | None = None

    @property
    def rejected_total(self) -> int:
        """Records that ended on the failure topic."""
        return self.rejected.total()

    @property
    def delivered(self) -> int:
        """Records that ended: scored, rejected or absorbed."""
        return self.scored + self.rejected.total() + self.absorbed.total()

    @property
    def scoring_seconds_per_record(self) -> float:
        """Seconds of scoring per delivered record, on average; 0 before the first."""
        return self.durations["score"].sum / self.delivered if self.delivered else 0.0

    def expire(self, partition: int, records: int) -> None:
        """Count records of a partition that retention deleted unread; 0 counts nothing."""
        if records:
            self.expired += records
            log.warning("records expired unread", partition=partition, records=records)

    def took(self, records: int, size: int) -> None:
        """Count records that a lane took over."""
        self.consumed += records
        self.consumed_bytes += size
        self.in_flight += records
        self.in_flight_bytes += size

    def gave_up(self, records: int, size: int) -> None:
        """Count records that a lane dropped undelivered."""
        self.abandoned += records
        self.in_flight -= records
        self.in_flight_bytes -= size

    def delivered_batch(self, batch: Delivered, records: int, size: int) -> None:
        """Count an acknowledged batch."""
        self.scored += batch.scored
        self.rejected.update(batch.rejected)
        self.errors.update(batch.errors)
        self.absorbed.update(batch.absorbed)
        self.duplicates += batch.duplicates
        self.in_flight -= records
        self.in_flight_bytes -= size
        self.batch_records.observe(records)
        self.batch_bytes.observe(size)

    def observe_latency(self, written_ms: Sequence[int], now_ms: float) -> None:
        """Count the seconds from input timestamps to acknowledgement; clocks that run ahead count as zero."""
        self.last_delivered_at = now_ms / 1000
        self.clock_skew += self.latency.observe_ages(sorted(written_ms), now_ms)

    def rebalancing(self, now: float) -> None:
        """Note that all partitions go, at `now` in monotonic seconds; the first of several in a row counts."""
        if self._rebalancing_since is None:
            self._rebalancing_since = now

    def rebalanced(self, now: float) -> None:
        """Count a rebalance: every partition that came reads, at `now` in monotonic seconds."""
        if self._rebalancing_since is not None:
            self.rebalance_durations.observe(now - self._rebalancing_since)
            self._rebalancing_since = None
