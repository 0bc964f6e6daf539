"""Whether two revisions order the same records alike: Spearman's rank correlation, ties sharing their mean rank."""

from collections.abc import Sequence
from itertools import groupby
from math import sqrt


def rank_correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Return the correlation of the ranks, in [-1, 1]; None while one side has no two different values."""
    first, second = _centred([first for first, _ in pairs]), _centred([second for _, second in pairs])
    spread = sqrt(_product(first, first) * _product(second, second))
    return max(-1.0, min(1.0, _product(first, second) / spread)) if spread else None


def _product(left: Sequence[float], right: Sequence[float]) -> float:
    return sum([one * other for one, other in zip(left, right, strict=True)])


def _centred(values: Sequence[float]) -> list[float]:
    """Return the rank of each value, counted from the mean of all ranks."""
    ranks = [0.0] * len(values)
    order = sorted(range(len(values)), key=values.__getitem__)
    before = 0
    for _, tied in groupby(order, key=values.__getitem__):
        places = list(tied)
        for place in places:
            ranks[place] = before + (len(places) - len(values)) / 2
        before += len(places)
    return ranks
