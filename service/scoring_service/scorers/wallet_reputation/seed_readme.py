"""Variant seed-readme: what the service behind the first README computed. For comparison, not for use.

    lp    = as in zeru-v1, 0 to 1000, of features over deposits and withdrawals alone; a deposit that no withdrawal
            follows has no holding time
    swap  = 30 · min(volume / 10000, 1) + 20 · min(swaps / 50, 1) + 20 · min(diversity / 20, 1)
            + 15 · min(frequency / 50, 1) + 15 · min(swap pools / 10, 1)                                0 to 100
    final = weight of liquidity provision · lp + weight of trading · swap
    z     = min(max((final - 50) / 25, -3), 3), written with three decimals

Known and kept: the two scores have different scales, so trading hardly counts; a wallet that only swaps gets 250 for
retention, as in zeru-v1; and as most finals are beyond 125, most wallets stand at 3. No score is below -2.
"""

from bisect import bisect_right
from math import fsum

import msgspec

from scoring_service.scorers.base import ScoreRange
from scoring_service.scorers.wallet_reputation.actions import Actions
from scoring_service.scorers.wallet_reputation.contributions import PATHS, Paths
from scoring_service.scorers.wallet_reputation.features import SECONDS_PER_DAY, Features
from scoring_service.scorers.wallet_reputation.features import features as features_of_all
from scoring_service.scorers.wallet_reputation.formula import Terms, liquidity_score, liquidity_terms
from scoring_service.scorers.wallet_reputation.layout import Scores
from scoring_service.scorers.wallet_reputation.parameters import Weights

RANGE = ScoreRange(-3.0, 3.0, "better")
CENTRE, SPREAD = 50.0, 25.0
DECIMALS = 3

SEED_PATHS: Paths = {shape: (*paths, "zscore.centre", "zscore.bound") for shape, paths in PATHS.items()}
"""The ten features, the constant that centres them, and what the bound takes off (or, below, puts on)."""


def features(actions: Actions, as_of: float) -> Features | None:
    """Return the features of a wallet, the same at any moment; None if one of them is beyond any float."""
    found = features_of_all(actions, as_of)
    if found is None:
        return None
    times = [*actions.deposit_times, *actions.withdraw_times]
    return msgspec.structs.replace(
        found,
        account_age_days=(max(times) - min(times)) / SECONDS_PER_DAY if times else 0.0,
        avg_hold_time_days=_mean_hold_days(actions.deposit_times, actions.withdraw_times),
        unique_pools=len(actions.liquidity_pools),
    )


def scores(found: Features, weights: Weights) -> Scores:
    """Return liquidity provision, 0 to 1000, trading, 0 to 100, and z, -3 to 3."""
    liquidity, trading = liquidity_score(found), fsum(trading_terms(found))
    return Scores(liquidity, trading, bounded(unbounded(liquidity, trading, weights)))


def unbounded(liquidity: float, trading: float, weights: Weights) -> float:
    """Return how far the weighted sum lies from the centre."""
    return (weights.liquidity_provision * liquidity + weights.trading * trading - CENTRE) / SPREAD


def bounded(z: float) -> float:
    """Return z within the range."""
    return min(max(z, RANGE.low), RANGE.high)


def trading_terms(found: Features) -> Terms:
    """Return what volume, number, tokens, frequency and pools of swaps give to the trading score."""
    return (
        30 * min(found.total_swap_volume / 10_000, 1.0),
        20 * min(found.num_swaps / 50, 1.0),
        20 * min(found.token_diversity_score / 20, 1.0),
        15 * min(found.swap_frequency_score / 50, 1.0),
        15 * min(found.unique_pools_swapped / 10, 1.0),
    )


def final_terms(found: Features, weights: Weights) -> list[float]:
    """Return what each of `SEED_PATHS` gives to z."""
    liquidity, trading = liquidity_terms(found), trading_terms(found)
    z = unbounded(liquidity_score(found), fsum(trading), weights)
    weighted = [weights.liquidity_provision * term / SPREAD for term in liquidity]
    weighted += [weights.trading * term / SPREAD for term in trading]
    return [*weighted, -CENTRE / SPREAD, bounded(z) - z]


def zscore(final: float, _decimals: int) -> str:
    """Return z as the original wrote it: rounded to three decimals, without zeros at the end."""
    return str(round(final, DECIMALS))


def _mean_hold_days(deposits: list[float], withdraws: list[float]) -> float:
    """Return the mean time from a deposit to the earliest withdrawal strictly after it, of deposits that have one."""
    places = [(begin, bisect_right(withdraws, begin)) for begin in deposits]
    holds = [withdraws[place] - begin for begin, place in places if place < len(withdraws)]
    return fsum(holds) / len(holds) / SECONDS_PER_DAY if holds else 0.0
