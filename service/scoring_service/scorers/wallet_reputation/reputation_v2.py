"""Variant reputation-v2, the recommended one: zeru-v1 without its known flaws, really 0 to 1000.

    v(usd) = log10(usd / 10) / log10(1000000 / 10), from 0 (10 USD or less) to 1 (1,000,000 USD or more)

    lp    = 300 · v(deposited) + min(deposits · 20, 200) + retention + 150 · holding
            + min(liquidity pools · 20, 100)                                                            0 to 1000
    retention = max(0, 1 - withdrawn / deposited) · 250, 0 if nothing was deposited
    holding   = mean over d from 0 to 30 days of v(USD that stayed at least d days)
    swap  = 1.25 · (250 · v(volume) + min(swaps · 10, 200) + diversity + min(days with a swap · 10, 100)
            + min(swap pools · 25, 100))                                                                0 to 1000
    final = weight of liquidity provision · lp + weight of trading · swap
    confidence = 1 - exp(-transactions that count / 10), beside the score and no part of it

Deposits and withdrawals alone make lp, so a wallet that only swaps has none, and with the default weights 400 at most.
The weights stay as they are then: were the weight of what a wallet does not do given to what it does, its first
deposit would lower its score.

Swaps that were taken back within five minutes (`round_trips`) count in nothing: volume, number, tokens, pools, days.
Deposits that were are not left out, but have next to no holding. Tokens are told apart by their symbol in capitals,
one without a symbol by its address, and one with neither is no token; a token that comes now with and now without its
symbol counts twice. A pool without an id is one pool. Of transactions with one document_id that differ, one counts,
the same in any order.

Two formulas are what they are for the sake of the laws that the tests check:

* Adding a deposit never lowers a score. A mean time of holding would fall with every new deposit, and no measure that
  counts shares of a wallet's dollars can keep from that: a new deposit, if large enough, is nearly all of the wallet.
  So holding counts dollars on the scale of volume. `lots` says who stayed: FIFO per pool, open lots to the moment of
  scoring. The mean weighed by dollars is in the output (`avg_holding_time_days`), but no term of the score.
* Adding a pool or a token never lowers a score. The mean time between swaps, by which zeru-v1 scores frequency, grows
  with a swap that comes late; so v2 counts the days (UTC) with a swap. And a round trip needs its way back in the same
  pool between the same tokens, so a swap in a new pool or of a new token cannot be part of one. Any other swap can make
  one with a swap that counted so far, and both then count no longer: that is what damping wash trades means.

Rounding takes part in the last digits: the laws hold to 1e-9.
"""

from math import expm1, fsum, inf
from typing import Final

from scoring_service.scorers.base import ScoreRange
from scoring_service.scorers.wallet_reputation.contributions import PATHS, Paths
from scoring_service.scorers.wallet_reputation.features import (
    SECONDS_PER_DAY,
    DampedFeatures,
    diversity,
    frequency_term,
)
from scoring_service.scorers.wallet_reputation.formula import Terms
from scoring_service.scorers.wallet_reputation.holding import held_share, lots, mean_days
from scoring_service.scorers.wallet_reputation.layout import Scores
from scoring_service.scorers.wallet_reputation.ledger import Ledger, Swap
from scoring_service.scorers.wallet_reputation.parameters import Weights
from scoring_service.scorers.wallet_reputation.round_trips import without_round_trips
from scoring_service.scorers.wallet_reputation.scale import MICRO, volume_share

RANGE: Final = ScoreRange(0.0, 1000.0, "better")
RESCALED: Final = 1.25
"""The terms of trading have 800 points together."""
CONFIDENT: Final = 10
"""Transactions that make a confidence of 0.63."""

V2_PATHS: Final[Paths] = {
    shape: [
        path.replace("avg_holding_time_days", "holding_score").replace("avg_hold_time_days", "holding_score")
        for path in paths
    ]
    for shape, paths in PATHS.items()
}


def features(found: Ledger, as_of: float) -> DampedFeatures | None:
    """Return the features of a wallet at `as_of`, in Unix seconds; None if one of them is beyond any float."""
    swaps = without_round_trips(found.swaps)
    deposits = [move.usd for move in found.moves if not move.is_withdrawal]
    withdrawals = [move.usd for move in found.moves if move.is_withdrawal]
    try:
        deposited, withdrawn, volume = fsum(deposits), fsum(withdrawals), fsum(swap.volume for swap in swaps)
    except OverflowError:
        return None
    ratio = withdrawn / deposited if deposited else 0.0
    if not (deposited < inf and withdrawn < inf and volume < inf and ratio < inf):
        return None
    held = lots(found.moves, as_of)
    pools = {swap.pool for swap in swaps}
    return DampedFeatures(
        deposited,
        withdrawn,
        len(deposits),
        len(withdrawals),
        ratio,
        _age_days(found),
        mean_days(held),
        len({move.pool for move in found.moves}),
        volume,
        len(swaps),
        len(pools),
        volume / len(swaps) if swaps else 0.0,
        diversity(_tokens(swaps)),
        _activity(swaps),
        150.0 * held_share(held),
        len(found.swaps) - len(swaps),
    )


def scores(found: DampedFeatures, weights: Weights) -> Scores:
    """Return liquidity provision and trading, both 0 to 1000, their weighted sum, and the confidence, 0 to 1."""
    liquidity, trading = fsum(liquidity_terms(found)), fsum(trading_terms(found))
    final = weights.liquidity_provision * liquidity + weights.trading * trading
    counted = found.num_deposits + found.num_withdraws + found.num_swaps
    return Scores(liquidity, trading, min(final, RANGE.high), -expm1(-counted / CONFIDENT))


def final_terms(found: DampedFeatures, weights: Weights) -> list[float]:
    """Return what each of the ten features gives to the final score."""
    liquidity = [weights.liquidity_provision * term for term in liquidity_terms(found)]
    return [*liquidity, *(weights.trading * term for term in trading_terms(found))]


def liquidity_terms(found: DampedFeatures) -> Terms:
    """Return what deposits, their number, retention, holding and pools give to the liquidity-provision score."""
    retention = max(0.0, 1 - found.withdraw_ratio) * 250 if found.total_deposit_usd else 0.0
    return (
        300 * volume_share(found.total_deposit_usd * MICRO),
        frequency_term(found.num_deposits),
        retention,
        found.holding_score,
        min(found.unique_pools * 20.0, 100.0),
    )


def trading_terms(found: DampedFeatures) -> Terms:
    """Return what volume, number, tokens, days and pools of swaps give to the trading score."""
    return (
        RESCALED * 250 * volume_share(found.total_swap_volume * MICRO),
        RESCALED * min(found.num_swaps * 10.0, 200.0),
        RESCALED * found.token_diversity_score,
        RESCALED * found.swap_frequency_score,
        RESCALED * min(found.unique_pools_swapped * 25.0, 100.0),
    )


def _age_days(found: Ledger) -> float:
    times = [of[place].moment for of in (found.swaps, found.moves) if of for place in (0, -1)]
    return (max(times) - min(times)) / SECONDS_PER_DAY


def _tokens(swaps: list[Swap]) -> set[str]:
    return {token for swap in swaps for token in (swap.sold, swap.bought) if token}


def _activity(swaps: list[Swap]) -> float:
    return min(10.0 * len({swap.moment // SECONDS_PER_DAY for swap in swaps}), 100.0)
