"""Words for the steps that a wallet has reached: shown beside the score, not part of it."""

from typing import Final

from scoring_service.scorers.wallet_reputation.features import Features

Steps = tuple[tuple[float, str], ...]

DEPOSITED: Final[Steps] = ((100_000, "Whale LP"), (10_000, "Large LP"), (1_000, "Medium LP"), (0, "Small LP"))
HELD_DAYS: Final[Steps] = ((90, "Long-term Holder"), (30, "Medium-term Holder"), (0, "Short-term Holder"))
VOLUME: Final[Steps] = (
    (500_000, "Whale Trader"),
    (50_000, "Large Trader"),
    (5_000, "Active Trader"),
    (0, "Casual Trader"),
)
SWAPS: Final[Steps] = ((100, "High Frequency Trader"), (20, "Regular Trader"))
DIVERSIFIED_ABOVE: Final = 100
MULTI_POOL_ABOVE: Final = 3


def tags(features: Features) -> list[str]:
    """Return the tags of a wallet: per feature the one of the highest step that it is above."""
    found: list[str] = []
    _add(found, features.total_deposit_usd, DEPOSITED)
    _add(found, features.avg_hold_time_days, HELD_DAYS)
    _add(found, features.total_swap_volume, VOLUME)
    _add(found, features.num_swaps, SWAPS)
    if features.token_diversity_score > DIVERSIFIED_ABOVE:
        found.append("Diversified Trader")
    elif features.unique_pools > MULTI_POOL_ABOVE:
        found.append("Multi-Pool LP")
    return found


def _add(found: list[str], value: float, steps: Steps) -> None:
    for above, tag in steps:
        if value > above:
            found.append(tag)
            return
