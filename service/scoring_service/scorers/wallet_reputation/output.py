"""What goes to the topics: the requirement's success and failure records, member by member."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from scoring_service.scorers.base import Contribution, Output


class LiquidityFeatures(msgspec.Struct, frozen=True, gc=False):
    """Features of the category liquidity_provision, under the names of the requirement."""

    total_deposit_usd: float
    total_withdraw_usd: float
    num_deposits: int
    num_withdraws: int
    withdraw_ratio: float
    account_age_days: float
    avg_holding_time_days: float
    unique_pools: int
    lp_frequency_score: float
    holding_score: float | UnsetType = UNSET
    """Of reputation-v2 alone, 0 to 150."""


class TradingFeatures(msgspec.Struct, frozen=True, gc=False):
    """Features of the category trading, under the names of the requirement."""

    total_swap_volume_usd: float
    num_swaps: int
    unique_pools_swapped: int
    avg_swap_size_usd: float
    token_diversity_score: float
    swap_frequency_score: float
    round_trip_swaps: int | UnsetType = UNSET
    """Of reputation-v2 alone: swaps that count in nothing."""


class MergedFeatures(msgspec.Struct, frozen=True, gc=False):
    """Features of the one category dexes, under the names of the original task."""

    total_deposit_usd: float
    total_withdraw_usd: float
    num_deposits: int
    num_withdraws: int
    withdraw_ratio: float
    account_age_days: float
    avg_hold_time_days: float
    unique_pools: int
    total_swap_volume: float
    num_swaps: int
    unique_pools_swapped: int
    avg_swap_size: float
    token_diversity_score: float
    swap_frequency_score: float
    holding_score: float | UnsetType = UNSET
    round_trip_swaps: int | UnsetType = UNSET


class LiquidityCategory(msgspec.Struct, frozen=True, gc=False, tag_field="category", tag="liquidity_provision"):
    """Split output: how the wallet provides liquidity, 0 to 1000."""

    score: float
    transaction_count: int
    features: LiquidityFeatures


class TradingCategory(msgspec.Struct, frozen=True, gc=False, tag_field="category", tag="trading"):
    """Split output: how the wallet trades; 0 to 800 (zeru-v1), 1000 (reputation-v2) or 100 (seed-readme)."""

    score: float
    transaction_count: int
    features: TradingFeatures


class MergedCategory(msgspec.Struct, frozen=True, gc=False, tag_field="category", tag="dexes"):
    """Merged output: both in one, with the final score."""

    score: float
    transaction_count: int
    features: MergedFeatures


Category = LiquidityCategory | TradingCategory | MergedCategory


class WalletScore(Output, kw_only=True):
    """The reputation of one wallet, 0 to 1000, of seed-readme -3 to 3; higher is better."""

    wallet_address: str
    """As in the input, to the letter."""
    zscore: str
    """The final score as a decimal string of fixed length. A product name, not a statistical z."""
    categories: list[Category]
    tags: list[str]
    as_of: float
    """Unix seconds: the moment for which the score holds."""
    model_version: str
    """The variant of the formulas."""
    skipped_transactions: int
    """Transactions of the scored protocol type that could not be used."""
    duplicate_transactions: int
    """Transactions that came again under the same document_id and were counted once."""
    caller_mismatches: int
    """Transactions sent by another address; normal with routers and relayers, and not part of the score."""
    top_reasons: list[Contribution] | UnsetType = UNSET
    """The features that gave most of the score, the strongest first; only where the parameter asks for them."""
    confidence: float | UnsetType = UNSET
    """How much there was to judge by, 0 to 1; of reputation-v2 alone, and no part of the score."""

    @property
    def duplicates(self) -> int:
        """The same as `duplicate_transactions`, for whoever does not know this scorer."""
        return self.duplicate_transactions

    @property
    def number(self) -> float:
        """The zscore, as near as a float comes."""
        return float(self.zscore)


class FailedCategory(msgspec.Struct, frozen=True):
    """The one category of a merged failure."""

    category: Literal["dexes"]
    error: str
    transaction_count: int


class WalletFailure(msgspec.Struct, kw_only=True):
    """Why a wallet has no score."""

    wallet_address: str | None
    """As in the input, to the letter; null if it cannot be read."""
    error: str
    """One sentence for people."""
    reason: str
    """From the closed list in `scorers.reasons`."""
    timestamp: int = 0
    processing_time_ms: int = 0
    categories: list[FailedCategory]
