"""Whether what a scorer sees is still like what it was made for: two measures of a feature against a reference. Pure.

Both take independent values. Windows that overlap are not: they tell drift where there is none, so thin them first.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import log, sqrt
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

BINS: Final = 10
CHANCE: Final = 0.001
"""How seldom equal distributions may look different."""
AT_LEAST: Final = 20
"""Values on each side: of fewer nothing can be said."""

_HALF: Final = 0.5
"""Added to every count, so that an empty bin is rare and not impossible."""

Values = Sequence[float] | npt.NDArray[np.float64]


class Drift(NamedTuple):
    """How far one feature has moved."""

    psi: float
    """Population stability index: by custom, above 0.25 is a large shift. Of few values it is large by chance."""
    ks: float
    """Kolmogorov-Smirnov distance as a multiple of what chance exceeds once in a thousand: above 1 is no chance."""


@runtime_checkable
class Drifting(Protocol):
    """What a scorer that folds a state may say of it: how far what it sees is from what it was made for."""

    def drift(self, states: Iterable[Any]) -> Mapping[str, Drift]:
        """Return the drift of each feature over the states of several partitions; empty while nothing can be said."""
        ...


def drift(reference: Values, values: Values) -> Drift | None:
    """Return how far `values` are from `reference`; None if there are too few of either."""
    if min(len(reference), len(values)) < AT_LEAST:
        return None
    return Drift(psi(reference, values), ks_distance(reference, values) / critical(len(reference), len(values)))


def psi(reference: Values, values: Values) -> float:
    """Return the sum of (p - q) · ln(p / q) over ten bins with an equal share of the reference each."""
    inner = np.unique(np.quantile(reference, np.linspace(0, 1, BINS + 1)[1:-1]))
    p, q = _shares(values, inner), _shares(reference, inner)
    return float(((p - q) * np.log(p / q)).sum())


def ks_distance(reference: Values, values: Values) -> float:
    """Return the largest difference of the two empirical distribution functions, 0 to 1."""
    one, other = np.sort(reference), np.sort(values)
    places = np.concatenate([one, other])
    share = np.searchsorted(one, places, "right") / len(one) - np.searchsorted(other, places, "right") / len(other)
    return float(np.abs(share).max())


def critical(n: int, m: int) -> float:
    """Return the distance that samples of one distribution exceed once in a thousand times, for large n and m."""
    return sqrt(-log(CHANCE / 2) / 2 * (n + m) / (n * m))


def _shares(values: Values, inner: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    counts = np.bincount(np.searchsorted(inner, values, "right"), minlength=len(inner) + 1) + _HALF
    shares: npt.NDArray[np.float64] = counts / counts.sum()
    return shares
