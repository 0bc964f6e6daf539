"""The control plane's Prometheus instruments, named as controller-runtime names them, as one value passed in."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Requests = Callable[[], dict[tuple[str, int], int]]
"""Answers of the API server so far, by verb and status code."""


class Metrics:
    """Instruments of one operator process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.reconciles = Counter(
            "controller_runtime_reconcile",
            "Reconciles by result: success, error (retried), crash (a fault of ours, retried).",
            ["result"],
            registry=self.registry,
        )
        self.reconcile_seconds = Histogram(
            "controller_runtime_reconcile_time_seconds", "Duration of a reconcile.", registry=self.registry
        )

    def reconciled(self, result: str, seconds: float) -> None:
        """Count one reconcile."""
        self.reconciles.labels(result).inc()
        self.reconcile_seconds.observe(seconds)

    def watch(self, depth: Callable[[], int], longest_running_s: Callable[[], float], requests: Requests) -> None:
        """Export what others count anyway, read when scraped."""
        self.registry.register(_Read(depth, longest_running_s, requests))

    def watch_pipelines(self, paused: Callable[[], int], foreign: Callable[[], int]) -> None:
        """Export how many pipelines this operator leaves alone, and why."""
        self.registry.register(_LeftAlone(paused, foreign))


class _LeftAlone(Collector):
    def __init__(self, paused: Callable[[], int], foreign: Callable[[], int]) -> None:
        self._paused, self._foreign = paused, foreign

    def collect(self) -> Iterator[Metric]:
        """Return the present values."""
        yield GaugeMetricFamily(
            "scoring_operator_paused_pipelines",
            "Pipelines whose reconciliation a person has paused: nothing of them is repaired.",
            self._paused(),
        )
        yield GaugeMetricFamily(
            "scoring_operator_foreign_pipelines",
            "Pipelines that this operator sees and leaves to another release.",
            self._foreign(),
        )


class _Read(Collector):
    def __init__(self, depth: Callable[[], int], longest: Callable[[], float], requests: Requests) -> None:
        self._depth, self._longest, self._requests = depth, longest, requests

    def collect(self) -> Iterator[Metric]:
        """Return the present values."""
        yield GaugeMetricFamily("workqueue_depth", "Pipelines that wait for a reconcile.", self._depth())
        yield GaugeMetricFamily(
            "workqueue_longest_running_processor_seconds", "Age of the oldest running reconcile.", self._longest()
        )
        calls = CounterMetricFamily(
            "rest_client_requests", "Answers of the API server; code 0 is no answer.", labels=["verb", "code"]
        )
        for (verb, code), count in sorted(self._requests().items()):
            calls.add_metric([verb, str(code)], count)
        yield calls
