"""A scrape in two steps: read on the event loop, where nothing counts meanwhile; written as text beside it.

So one scrape shows one moment, in which the accounts add up, and the loop is not kept from its heartbeats by text.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from scoring_service.metrics.family import Buckets, Family, Kind, Reading, Scrape
from scoring_service.metrics.table import FAMILIES

Readings = Sequence[tuple[Family, Sequence[Reading]]]

_PROCESS: Final = ProcessCollector(registry=None)


def collect(scrape: Scrape) -> Readings:
    """Return every series of this moment; to be called where the counting is done."""
    return [(family, tuple(family.read(scrape))) for family in FAMILIES]


def text(readings: Readings) -> bytes:
    """Return the exposition of what was collected, and of this process; it may run in any thread."""
    registry = CollectorRegistry()
    registry.register(_Read(readings))
    return generate_latest(registry)


def process_families() -> Iterable[Metric]:
    """Return what the client library says of this process; nothing where there is no /proc."""
    return _PROCESS.collect()


def edge_label(edge: float) -> str:
    """Return an edge as the label `le` has it: exact, without the zeros that say nothing."""
    return f"{edge:.15g}"


def stored_name(metric: Metric) -> str:
    """Return the name under which Prometheus stores a family of the client library, which leaves out `_total`."""
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


class _Read(Collector):
    """What was collected, in the client library's terms."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        """Return all families, those without series as well."""
        for family, readings in self._readings:
            yield _metric(family, readings)
        yield from process_families()


def _metric(family: Family, readings: Sequence[Reading]) -> Metric:
    if family.kind is Kind.HISTOGRAM:
        return _histogram(family, readings)
    make = CounterMetricFamily if family.kind is Kind.COUNTER else GaugeMetricFamily
    metric = make(family.name, family.meaning, labels=family.labels)
    for labels, value in readings:
        assert not isinstance(value, Buckets)  # noqa: S101 - the table's kinds and readings agree, as a test shows
        metric.add_metric(labels, value)
    return metric


def _histogram(family: Family, readings: Sequence[Reading]) -> Metric:
    metric = HistogramMetricFamily(family.name, family.meaning, labels=family.labels)
    for labels, value in readings:
        assert isinstance(value, Buckets)  # noqa: S101 - the same
        edges = [(edge_label(edge), float(count)) for edge, count in value.at_most]
        metric.add_metric(labels, [*edges, ("+Inf", float(value.total))], value.sum)
    return metric
