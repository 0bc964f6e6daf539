"""Which feature gave how much of a score: the formula's own terms by their weight, under the features' names.

Every score is a sum of terms, each of one feature and already capped; so a contribution needs no attribution method:
it is its term.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from scoring_service.scorers.base import Contribution

Paths = Mapping[str, Sequence[str]]
"""By the shape of `categories`: what each term is called."""

PATHS: Final[Paths] = {
    "split": (
        "liquidity_provision.total_deposit_usd",
        "liquidity_provision.num_deposits",
        "liquidity_provision.withdraw_ratio",
        "liquidity_provision.avg_holding_time_days",
        "liquidity_provision.unique_pools",
        "trading.total_swap_volume_usd",
        "trading.num_swaps",
        "trading.token_diversity_score",
        "trading.swap_frequency_score",
        "trading.unique_pools_swapped",
    ),
    "merged": (
        "dexes.total_deposit_usd",
        "dexes.num_deposits",
        "dexes.withdraw_ratio",
        "dexes.avg_hold_time_days",
        "dexes.unique_pools",
        "dexes.total_swap_volume",
        "dexes.num_swaps",
        "dexes.token_diversity_score",
        "dexes.swap_frequency_score",
        "dexes.unique_pools_swapped",
    ),
}
"""By the shape of `categories`: category and feature as in the output, in the order of the terms."""


def contributions(terms: Sequence[float], paths: Sequence[str]) -> list[Contribution]:
    """Return the contributions of a wallet, in the order of `paths`; there is one term for each."""
    return list(map(Contribution, paths, terms))


def strongest(of: Sequence[Contribution], count: int) -> list[Contribution]:
    """Return at most `count`, the largest first, equal ones in the order of the formula; what gave nothing is none."""
    ranked = sorted(of, key=lambda each: -abs(each.contribution))
    return [each for each in ranked[:count] if each.contribution]
