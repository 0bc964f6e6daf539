"""Features of ticks as one would work them out by hand: all prices of a symbol in a list, nothing kept as a sum."""

import math
import statistics
from collections.abc import Iterable
from itertools import pairwise

Moved = tuple[str, float, float]
"""Symbol, price, Unix seconds."""


def features(ticks: Iterable[Moved], size: int, gap: float) -> list[tuple[float, float, int] | str]:
    """Return for each tick ret_mean, ret_std and n of the latest `size` prices, or the word for why there are none."""
    kept: dict[str, list[tuple[float, float]]] = {}
    stray: dict[str, int] = {}
    found: list[tuple[float, float, int] | str] = []
    for symbol, price, at in ticks:
        known = kept.setdefault(symbol, [])
        stray.setdefault(symbol, 0)
        if known and at < known[-1][0]:
            if known[-1][0] - at <= gap:
                found.append("late")
                continue
            stray[symbol] += 1
            if stray[symbol] < size:
                found.append("out_of_window")
                continue
            known.clear()
        if known and at - known[-1][0] > gap:
            known.clear()
        stray[symbol] = 0
        known.append((at, price))
        prices = [price for _, price in known[-size:]]
        found.append(of_prices(prices) if len(prices) == size else "warming")
    return found


def of_prices(prices: list[float]) -> tuple[float, float, int]:
    """Return mean and population deviation of the simple returns, by exact fractions."""
    returns = [(after - before) / before for before, after in pairwise(prices)]
    spread = statistics.pvariance(returns)
    return statistics.mean(returns), math.sqrt(spread) or 1e-8, len(returns)
