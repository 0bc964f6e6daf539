"""One metric family: what it means, and how it is read. The scrape and `docs/metrics.md` are made of the same values.

Counters of a worker carry neither topic nor partition. A counter must not vanish or begin anew when its partition goes
to another pod, so its series would have to stay for every partition that a pod ever had: more with each rebalance, and
without a bound. The topic is one for all, and whoever needs one partition reads its gauges, or the log that names it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from scoring_service.metrics.counts import Metrics
from scoring_service.metrics.distribution import Distribution


class Kind(StrEnum):
    """What Prometheus calls a family's type."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Scrape(NamedTuple):
    """What one scrape is made of."""

    metrics: Metrics
    version: str = ""
    """Of the worker package."""
    serving: str = ""
    """Revision that scores; empty while none builds."""
    refused: str = ""
    """Revision that does not build; empty if there is none."""


class Buckets(NamedTuple):
    """A histogram of one moment."""

    at_most: tuple[tuple[float, int], ...]
    """Upper edges, each with the number of values at or below it."""
    total: int
    sum: float


class Reading(NamedTuple):
    """One series: the values of its labels, and its own."""

    labels: tuple[str, ...]
    value: float | Buckets


@dataclass(frozen=True, slots=True)
class Family:
    """A metric family as Prometheus stores it."""

    name: str
    """With prefix, unit and, of a counter, `_total`."""
    kind: Kind
    unit: str
    """What one of it is: seconds, bytes, records, …"""
    meaning: str
    """One phrase, without a full stop: the help text of the scrape."""
    answers: str
    """The question that it answers."""
    read: Callable[[Scrape], Iterable[Reading]]
    labels: tuple[str, ...] = ()
    absent: str = ""
    """When it has no series; empty: it always has."""


def of(value: float | None) -> Iterable[Reading]:
    """Return the one series of a family without labels; what is unknown has none."""
    return () if value is None else (Reading((), value),)


def by(values: Iterable[tuple[str, float]]) -> Iterable[Reading]:
    """Return one series for each value of a family's only label."""
    return [Reading((label,), value) for label, value in values]


def spread(distribution: Distribution) -> Buckets:
    """Return a histogram of this moment, which later values leave alone."""
    return Buckets(tuple(distribution.buckets()), distribution.total, distribution.sum)
