"""How likely two samples of one distribution are as far apart as they are."""

from math import exp, sqrt
from typing import Final

_TERMS: Final = 100


def ks_probability(distance: float, n: int, m: int) -> float:
    """Return how likely samples of one distribution are so far apart: Kolmogorov's series, as Stephens corrects it."""
    size = sqrt(n * m / (n + m))
    scaled = (size + 0.12 + 0.11 / size) * distance
    terms = (2 * (-1) ** (k - 1) * exp(-2 * (k * scaled) ** 2) for k in range(1, _TERMS + 1))
    return min(1.0, max(0.0, sum(terms))) if scaled > 0.2 else 1.0  # below, the series only says 1 slowly
