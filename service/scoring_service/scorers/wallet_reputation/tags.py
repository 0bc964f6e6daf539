"""Words for the steps that a wallet has reached: shown beside the score, not part of it."""

from bisect import bisect_left
from typing import Final, NamedTuple

from scoring_service.scorers.wallet_reputation.features import Features


class Steps(NamedTuple):
    """Ascending bounds; a value above none of them has no tag, above the first the first tag, and so on."""

    above: tuple[float, ...]
    tags: tuple[str, ...]


DEPOSITED_USD: Final = Steps((0, 1_000, 10_000, 100_000), ("Small LP", "Medium LP", "Large LP", "Whale LP"))
HELD_DAYS: Final = Steps((0, 30, 90), ("Short-term Holder", "Medium-term Holder", "Long-term Holder"))
VOLUME_USD: Final = Steps(
    (0, 5_000, 50_000, 500_000), ("Casual Trader", "Active Trader", "Large Trader", "Whale Trader")
)
SWAPS: Final = Steps((20, 100), ("Regular Trader", "High Frequency Trader"))
DIVERSIFIED_ABOVE: Final = 100
MULTI_POOL_ABOVE: Final = 3


def tags(features: Features) -> list[str]:
    """Return the tags of a wallet: per feature the one of the highest step that it is above."""
    found = []
    for (above, words), value in (
        (DEPOSITED_USD, features.total_deposit_usd),
        (HELD_DAYS, features.avg_hold_time_days),
        (VOLUME_USD, features.total_swap_volume),
        (SWAPS, features.num_swaps),
    ):
        if value and (passed := bisect_left(above, value)):
            found.append(words[passed - 1])
    if features.token_diversity_score > DIVERSIFIED_ABOVE:
        found.append("Diversified Trader")
    elif features.unique_pools > MULTI_POOL_ABOVE:
        found.append("Multi-Pool LP")
    return found
