"""The counts as Prometheus sees them: names and labels are a public contract.

Series are made at a scrape, beside the event loop. Counters carry no partition, because a pod keeps counting when a
partition leaves; gauges of a partition vanish with it.
"""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from scoring_service.metrics.counts import Metrics, PartitionGauges
from scoring_service.metrics.distribution import Distribution


def render(metrics: Metrics, serving: str = "", refused: str = "") -> bytes:
    """Return the exposition of a worker's counts, revisions and process; it may run in any thread."""
    registry = CollectorRegistry()
    registry.register(Exposition(metrics, serving, refused))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class Exposition(Collector):
    """A worker's counts as metric families."""

    def __init__(self, metrics: Metrics, serving: str, refused: str) -> None:
        self._metrics = metrics
        self._revisions = (("serving", serving), ("refused", refused))

    def collect(self) -> Iterator[Metric]:
        """Return every series of this moment."""
        yield from self._counters()
        yield from self._gauges()
        yield from self._histograms()
        yield from self._by_partition()

    def _counters(self) -> Iterator[Metric]:
        yield _counter("records_consumed", "Records taken over from the input", self._metrics.consumed)
        yield _counter(
            "bytes_consumed", "Bytes of the keys and values of consumed records", self._metrics.consumed_bytes
        )
        outcomes = {
            "scored": self._metrics.scored,
            "rejected": self._metrics.rejected.total(),
            "absorbed": self._metrics.absorbed.total(),
        }
        yield _labelled("records", "Delivered records by outcome", "outcome", outcomes)
        yield _labelled("record_errors", "Failures by reason", "reason", self._metrics.rejected)
        yield _counter(
            "records_abandoned", "Records revoked before delivery; another pod reads them", self._metrics.abandoned
        )
        yield _counter(
            "records_expired_unread", "Records that retention deleted before they were read", self._metrics.expired
        )
        yield _counter(
            "duplicate_transactions", "Transactions that came twice inside a record", self._metrics.duplicates
        )
        yield _counter("rebalances", "Assignments received from the group", self._metrics.rebalances)
        yield _counter("commit_failures", "Offset commits that failed", self._metrics.commit_failures)
        yield _counter("delivery_retries", "Deliveries that were tried again", self._metrics.delivery_retries)
        yield _counter("fenced", "Times that a newer owner shut this pod out of a partition", self._metrics.fenced)

    def _gauges(self) -> Iterator[Metric]:
        yield _gauge("in_flight_records", "Records consumed and not yet delivered", self._metrics.in_flight)
        yield _gauge("in_flight_bytes", "Bytes consumed and not yet delivered", self._metrics.in_flight_bytes)
        yield _gauge(
            "assigned_partitions", "Partitions that the group has given to this pod", len(self._metrics.partitions)
        )
        yield _gauge(
            "paused_partitions", "Assigned partitions that are not read for now", self._metrics.paused_partitions
        )
        info = GaugeMetricFamily(
            "scorer_revision_info", "1 for each revision and its role", labels=["revision", "role"]
        )
        for role, revision in self._revisions:
            if revision:
                info.add_metric([revision, role], 1)
        yield info

    def _histograms(self) -> Iterator[Metric]:
        stages = HistogramMetricFamily(
            "scorer_process_duration_seconds", "Seconds that one batch spent in a stage", labels=["stage"]
        )
        for stage, durations in self._metrics.durations.items():
            _fill(stages, durations, [stage])
        yield stages
        for name, help_text, distribution in (
            ("end_to_end_latency_seconds", "From the input's timestamp to acknowledgement", self._metrics.latency),
            ("batch_records", "Records of a delivered batch", self._metrics.batch_records),
            ("batch_bytes", "Bytes of the keys and values of a delivered batch", self._metrics.batch_bytes),
            ("event_loop_lag_seconds", "How late the event loop ran a timer", self._metrics.loop_lag),
        ):
            family = HistogramMetricFamily(f"scorer_{name}", help_text, labels=[])
            _fill(family, distribution, [])
            yield family

    def _by_partition(self) -> Iterator[Metric]:
        known = self._metrics.partitions.copy()
        for name, help_text, read in _PARTITION_GAUGES:
            family = GaugeMetricFamily(f"scorer_{name}", help_text, labels=["topic", "partition"])
            for partition, gauges in known.items():
                if (value := read(gauges)) is not None:
                    family.add_metric([self._metrics.topic, str(partition)], value)
            yield family


_PARTITION_GAUGES: tuple[tuple[str, str, Callable[[PartitionGauges], float | None]], ...] = (
    ("partition_lag_records", "Records up to the last stable offset not yet delivered", lambda g: g.lag_records),
    (
        "partition_lag_seconds",
        "Age of the last delivered record; 0 without lag, absent before the first",
        lambda g: g.lag_seconds,
    ),
    ("position", "Offset of the next record to deliver", lambda g: g.position),
    ("committed_offset", "Offset that the group would resume from", lambda g: g.committed),
)


def _counter(name: str, help_text: str, value: float) -> Metric:
    return CounterMetricFamily(f"scorer_{name}", help_text, value=value)


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"scorer_{name}", help_text, value=value)


def _labelled(name: str, help_text: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(f"scorer_{name}", help_text, labels=[label])
    for value, count in dict(values).items():
        family.add_metric([value], count)
    return family


def _fill(family: HistogramMetricFamily, distribution: Distribution, labels: list[str]) -> None:
    buckets = [(f"{edge:g}", float(count)) for edge, count in distribution.buckets()]
    family.add_metric(labels, [*buckets, ("+Inf", float(distribution.total))], distribution.sum)
