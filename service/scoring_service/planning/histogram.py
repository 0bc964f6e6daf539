"""Bins that people can read: as wide as 1, 2 or 5 times a power of ten, over all that is there."""

from math import ceil, floor, log10
from typing import Final

MOST_BINS: Final = 20
NOTHING: Final = 1e-6
"""A narrower bin shows noise: one bin of width 1 then holds all."""


def edges(low: float, high: float) -> list[float]:
    """Return the edges of at most `MOST_BINS` equal bins that hold everything from `low` to `high`."""
    width = _width((high - low) / (MOST_BINS - 1))
    first, last = floor(low / width), max(ceil(high / width), floor(low / width) + 1)
    return [number * width for number in range(first, last + 1)]


def _width(least: float) -> float:
    """Return the smallest readable width that is not below `least`."""
    if least < NOTHING:
        return 1.0
    power = 10.0 ** floor(log10(least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least)
