"""Variant zeru-v1: two scores of capped terms, and their weighted sum.

    lp    = min(deposited / 10000 · 300, 300) + min(deposits · 20, 200) + max(0, (1 - withdraw ratio) · 250)
            + min(hold days / 30 · 150, 150) + min(pools · 20, 100)                                     0 to 1000
    swap  = min(volume / 50000 · 250, 250) + min(swaps · 10, 200) + diversity + frequency
            + min(swap pools · 25, 100)                                                                 0 to 800
    final = weight of liquidity provision · lp + weight of trading · swap

Known and kept, because scores must compare with those of the original: a wallet that only swaps gets 270 for
liquidity, and volume saturates at 10,000 USD of deposits and 50,000 USD of swaps.
"""

from scoring_service.scorers.wallet_reputation.features import Features, frequency_term
from scoring_service.scorers.wallet_reputation.layout import Scores
from scoring_service.scorers.wallet_reputation.parameters import Weights

Terms = tuple[float, float, float, float, float]


def liquidity_score(features: Features) -> float:
    """Return the liquidity-provision score, 0 to 1000."""
    volume, frequency, retention, holding, diversity = liquidity_terms(features)
    return volume + frequency + retention + holding + diversity


def liquidity_terms(features: Features) -> Terms:
    """Return what deposits, their number, retention, holding and pools give to the liquidity-provision score."""
    volume = features.total_deposit_usd / 10_000 * 300
    retention = (1 - features.withdraw_ratio) * 250
    holding = features.avg_hold_time_days / 30 * 150
    diversity = features.unique_pools * 20.0
    return (  # conditionals, because a call of `min` costs three times the arithmetic around it
        volume if volume < 300.0 else 300.0,
        frequency_term(features.num_deposits),
        retention if retention > 0.0 else 0.0,
        holding if holding < 150.0 else 150.0,
        diversity if diversity < 100.0 else 100.0,
    )


def trading_score(features: Features) -> float:
    """Return the trading score, 0 to 800."""
    volume, count, diversity, frequency, pools = trading_terms(features)
    return volume + count + diversity + frequency + pools


def trading_terms(features: Features) -> Terms:
    """Return what volume, number, tokens, frequency and pools of swaps give to the trading score."""
    volume = features.total_swap_volume / 50_000 * 250
    count = features.num_swaps * 10.0
    pools = features.unique_pools_swapped * 25.0
    return (
        volume if volume < 250.0 else 250.0,
        count if count < 200.0 else 200.0,
        features.token_diversity_score,
        features.swap_frequency_score,
        pools if pools < 100.0 else 100.0,
    )


def scores(features: Features, weights: Weights) -> Scores:
    """Return both scores and the weighted sum, 0 to 1000 because the weights are at most 1 together."""
    liquidity, trading = liquidity_score(features), trading_score(features)
    return Scores(liquidity, trading, weights.liquidity_provision * liquidity + weights.trading * trading)


def final_terms(features: Features, weights: Weights) -> list[float]:
    """Return what each of the ten features gives to the final score, in the order of the formulas."""
    liquidity = [weights.liquidity_provision * term for term in liquidity_terms(features)]
    return [*liquidity, *(weights.trading * term for term in trading_terms(features))]
