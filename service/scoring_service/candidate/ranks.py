"""Spearman's rank correlation: whether two revisions put the same records in the same order, whatever their scales."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def rank_correlation(before: Floats, after: Floats) -> float | None:
    """Return Pearson's correlation of the ranks, from -1 to 1; equal values share the mean of their ranks.

    Args:
        before: Shape (n,), finite.
        after: Shape (n,), finite.

    Returns:
        None if there are fewer than two values, or all of one side are equal: nothing is then in an order.
    """
    one, other = ranks(before), ranks(after)
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    one, other = one - one.mean(), other - other.mean()
    return float(np.clip(one @ other / np.sqrt((one @ one) * (other @ other)), -1.0, 1.0))


def ranks(values: Floats) -> Floats:
    """Return the rank of each value, from 1; equal values share the mean of theirs."""
    place: npt.NDArray[Any]
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[place], dtype=np.float64)
