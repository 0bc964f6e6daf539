"""What the client library says of this process."""

from collections.abc import Iterable
from typing import Final

from prometheus_client import ProcessCollector
from prometheus_client.core import Metric

_PROCESS: Final = ProcessCollector(registry=None)


def process_families() -> Iterable[Metric]:
    """Return the families of this process; none where there is no /proc."""
    return _PROCESS.collect()


def stored_name(metric: Metric) -> str:
    """Return the name under which Prometheus stores a family of the client library, which leaves out `_total`."""
    return f"{metric.name}_total" if metric.type == "counter" else metric.name
