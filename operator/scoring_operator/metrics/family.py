"""One metric family: what it means. A scrape and `docs/operator-metrics.md` are made of the same values."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What Prometheus calls a family's type."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Family:
    """A metric family as Prometheus stores it."""

    name: str
    """With prefix, unit and, of a counter, `_total`."""
    kind: Kind
    unit: str
    """What one of it is: seconds, reconciles, pipelines, …"""
    meaning: str
    """One phrase, without a full stop: the help text of the scrape."""
    answers: str
    """The question that it answers."""
    labels: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    """Upper edges of a histogram's buckets."""
    absent: str = ""
    """When it has no series; empty: it always has."""
