"""The two shapes of `categories`. One table of names per shape: the requirement's (split), the task's (merged)."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from scoring_service.scorers.wallet_reputation.features import DampedFeatures, Features, frequency_term
from scoring_service.scorers.wallet_reputation.output import (
    Category,
    LiquidityCategory,
    LiquidityFeatures,
    MergedCategory,
    MergedFeatures,
    TradingCategory,
    TradingFeatures,
)


class Scores(msgspec.Struct, frozen=True, gc=False):
    """The numbers of one wallet."""

    liquidity: float
    trading: float
    final: float
    confidence: float | UnsetType = UNSET
    """0 to 1, of variants that have one."""


Layout = Callable[[Any, Scores], list[Category]]
"""Returns the categories of features and scores."""


def split(found: Features, scores: Scores) -> list[Category]:
    """Return the categories liquidity_provision and trading, each with its own score."""
    liquidity = LiquidityFeatures(
        found.total_deposit_usd,
        found.total_withdraw_usd,
        found.num_deposits,
        found.num_withdraws,
        found.withdraw_ratio,
        found.account_age_days,
        found.avg_hold_time_days,
        found.unique_pools,
        frequency_term(found.num_deposits),
    )
    trading = TradingFeatures(
        found.total_swap_volume,
        found.num_swaps,
        found.unique_pools_swapped,
        found.avg_swap_size,
        found.token_diversity_score,
        found.swap_frequency_score,
    )
    return [
        LiquidityCategory(scores.liquidity, found.num_deposits + found.num_withdraws, liquidity),
        TradingCategory(scores.trading, found.num_swaps, trading),
    ]


def merged(found: Features, scores: Scores) -> list[Category]:
    """Return the one category dexes, with the final score."""
    count = found.num_deposits + found.num_withdraws + found.num_swaps
    return [MergedCategory(scores.final, count, MergedFeatures(*msgspec.structs.astuple(found)))]


def damped_split(found: DampedFeatures, scores: Scores) -> list[Category]:
    """Return what `split` does, with the features of reputation-v2; swaps of round trips are transactions, too."""
    liquidity, trading = split(found, scores)
    count = trading.transaction_count + found.round_trip_swaps
    holding = msgspec.structs.replace(liquidity.features, holding_score=found.holding_score)
    damped = msgspec.structs.replace(trading.features, round_trip_swaps=found.round_trip_swaps)
    return [
        msgspec.structs.replace(liquidity, features=holding),
        msgspec.structs.replace(trading, transaction_count=count, features=damped),
    ]


def damped_merged(found: DampedFeatures, scores: Scores) -> list[Category]:
    """Return what `merged` does, with the features of reputation-v2; swaps of round trips are transactions, too."""
    (dexes,) = merged(found, scores)
    return [msgspec.structs.replace(dexes, transaction_count=dexes.transaction_count + found.round_trip_swaps)]


LAYOUTS: Final[dict[str, Layout]] = {"merged": merged, "split": split}
DAMPED_LAYOUTS: Final[dict[str, Layout]] = {"merged": damped_merged, "split": damped_split}
