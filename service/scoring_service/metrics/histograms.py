"""How values are spread: their edges lie where a promise has a limit."""

from collections.abc import Callable, Iterable
from typing import Final

from scoring_service.metrics.counts import Metrics
from scoring_service.metrics.distribution import Distribution
from scoring_service.metrics.family import Family, Kind, Reading, Scrape, spread


def _one(distribution: Callable[[Metrics], Distribution]) -> Callable[[Scrape], Iterable[Reading]]:
    return lambda scrape: [Reading((), spread(distribution(scrape.metrics)))]


HISTOGRAMS: Final = (
    Family(
        "scorer_process_duration_seconds",
        Kind.HISTOGRAM,
        "seconds",
        "Duration of one step, by stage: score (decoding, scoring and encoding of one call, which may hold batches of "
        "several partitions), deliver (of one batch, until all of it is acknowledged), commit (at least once alone: "
        "exactly once commits in deliver)",
        "Which step takes the time?",
        lambda s: [Reading((stage,), spread(found)) for stage, found in s.metrics.durations.items()],
        ("stage",),
    ),
    Family(
        "scorer_end_to_end_latency_seconds",
        Kind.HISTOGRAM,
        "seconds",
        "From a record's timestamp to the acknowledgement of its output, on this pod's clock; never below 0",
        "Are scores fresh?",
        _one(lambda m: m.latency),
    ),
    Family(
        "scorer_batch_records",
        Kind.HISTOGRAM,
        "records",
        "Records of a delivered batch",
        "Are batches large enough to be cheap?",
        _one(lambda m: m.batch_records),
    ),
    Family(
        "scorer_batch_bytes",
        Kind.HISTOGRAM,
        "bytes",
        "Bytes of the keys and values of a delivered batch",
        "Are batches small enough for the memory?",
        _one(lambda m: m.batch_bytes),
    ),
    Family(
        "scorer_event_loop_lag_seconds",
        Kind.HISTOGRAM,
        "seconds",
        "How late the event loop ran a timer that is due once a second",
        "Does something block heartbeats and probes?",
        _one(lambda m: m.loop_lag),
    ),
    Family(
        "scorer_rebalance_duration_seconds",
        Kind.HISTOGRAM,
        "seconds",
        "From the loss of all partitions, or the first joining, until every assigned one reads again",
        "How long do rebalances stop the work?",
        _one(lambda m: m.rebalance_durations),
    ),
)
