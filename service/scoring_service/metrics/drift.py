"""How far what a scorer sees is from what it was made for, for scorers that can say it."""

from collections.abc import Callable, Iterable
from typing import Final

from scoring_service.metrics.family import Family, Kind, Reading, Scrape, by
from scoring_service.scorers.drift import Drift

_ABSENT: Final = "without a reference for drift, and below 20 windows that do not overlap"


def _of(read: Callable[[Drift], float]) -> Callable[[Scrape], Iterable[Reading]]:
    return lambda scrape: by((name, read(drift)) for name, drift in sorted(scrape.metrics.drift().items()))


DRIFT: Final = (
    Family(
        "scorer_drift_psi",
        Kind.GAUGE,
        "index",
        "Population stability index of a feature: the latest windows that do not overlap against the reference",
        "How large is the change of what the scorer sees?",
        _of(lambda drift: drift.psi),
        ("feature",),
        _ABSENT,
    ),
    Family(
        "scorer_drift_ks",
        Kind.GAUGE,
        "ratio",
        "Kolmogorov-Smirnov distance of the same, as a multiple of what chance exceeds once in a thousand",
        "Is the change more than chance? Above 1 it is",
        _of(lambda drift: drift.ks),
        ("feature",),
        _ABSENT,
    ),
)
