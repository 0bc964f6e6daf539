"""The values of a table of families, counted as things happen or read when scraped. Of one thread."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from scoring_operator.metrics.family import Family, Kind

Labels = tuple[str, ...]
Read = Callable[[], Iterable[tuple[Labels, float]]]
"""Returns the series of a family as they are: the values of the labels, and their own."""

INFINITY: Final = "+Inf"


class Instruments(Collector):
    """What is exported of a table of families: all of them, in order, and nothing else."""

    def __init__(self, families: Sequence[Family]) -> None:
        self._families = families
        self._counts: dict[str, Counter[Labels]] = {f.name: Counter() for f in families if f.kind is Kind.COUNTER}
        self._spreads: dict[str, dict[Labels, _Spread]] = {f.name: {} for f in families if f.kind is Kind.HISTOGRAM}
        self._reads: dict[str, Read] = {}

    def count(self, family: Family, *labels: str, by: int = 1) -> None:
        """Add to one series of a counter; `by` 0 only shows it."""
        self._counts[family.name][labels] += by

    def observe(self, family: Family, value: float, *labels: str) -> None:
        """Add a value to one series of a histogram."""
        spreads = self._spreads[family.name]
        if labels not in spreads:
            spreads[labels] = _Spread(family.edges)
        spreads[labels].add(value)

    def read(self, family: Family, read: Read) -> None:
        """Let the series of a gauge or a counter be read at each scrape."""
        self._reads[family.name] = read

    def collect(self) -> Iterator[Metric]:
        """Return every family with its series."""
        for family in self._families:
            if family.kind is Kind.HISTOGRAM:
                yield self._histogram(family)
            elif family.kind is Kind.COUNTER:
                yield self._simple(CounterMetricFamily(family.name, family.meaning, labels=family.labels), family)
            else:
                yield self._simple(GaugeMetricFamily(family.name, family.meaning, labels=family.labels), family)

    def _simple(self, metric: CounterMetricFamily | GaugeMetricFamily, family: Family) -> Metric:
        read = self._reads.get(family.name)
        for labels, value in read() if read else self._counts.get(family.name, {}).items():
            metric.add_metric(labels, value)
        return metric

    def _histogram(self, family: Family) -> Metric:
        metric = HistogramMetricFamily(family.name, family.meaning, labels=family.labels)
        for labels, spread in self._spreads[family.name].items():
            metric.add_metric(labels, buckets=list(spread.buckets()), sum_value=spread.sum)
        return metric


class _Spread:
    """A histogram."""

    def __init__(self, edges: tuple[float, ...]) -> None:
        self.sum = 0.0
        self._edges = edges
        self._counts = [0] * (len(edges) + 1)

    def add(self, value: float) -> None:
        self.sum += value
        self._counts[bisect_left(self._edges, value)] += 1

    def buckets(self) -> Iterator[tuple[str, float]]:
        """Return how many values were at or below each edge."""
        return zip([*map(str, self._edges), INFINITY], map(float, accumulate(self._counts)), strict=True)
