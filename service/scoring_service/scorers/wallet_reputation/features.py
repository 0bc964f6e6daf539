"""What a wallet did, in fourteen numbers. None of them depends on the order of its transactions, to the last bit.

Sums are `math.fsum`: exactly rounded, so that shuffled input gives the same float.
"""

from bisect import bisect_left, bisect_right
from math import fsum, inf
from typing import Final

import msgspec

from scoring_service.scorers.wallet_reputation.actions import Actions

SECONDS_PER_DAY: Final = 86_400
SECONDS_PER_HOUR: Final = 3_600

STABLE_SYMBOLS: Final = frozenset({"USDC", "USDT", "DAI", "LUSD", "USDP", "TUSD", "FRAX"})
STABLE_POINTS: Final = 10.0
OTHER_POINTS: Final = 15.0
MAX_DIVERSITY: Final = 150.0

FREQUENCY_HOURS: Final = (1, 24, 168, 720)
"""Mean hours between swaps, at most, for each step of …"""
FREQUENCY_POINTS: Final = (100.0, 80.0, 60.0, 40.0, 20.0)
"""… points; the last is for any longer time."""


class Features(msgspec.Struct, frozen=True, gc=False):
    """Amounts in US dollars, ages and holding times in days, points as the formulas define them."""

    total_deposit_usd: float
    total_withdraw_usd: float
    num_deposits: int
    num_withdraws: int
    withdraw_ratio: float
    """Withdrawn by deposited; 0 without a deposit, above 1 for a wallet that took out more than it put in."""
    account_age_days: float
    """Between the first and the last action, swaps included."""
    avg_hold_time_days: float
    """Mean over deposits of the time to the next withdrawal of any pool, else to the moment of scoring."""
    unique_pools: int
    """Of all actions; a missing pool counts as one pool."""
    total_swap_volume: float
    num_swaps: int
    unique_pools_swapped: int
    avg_swap_size: float
    token_diversity_score: float
    swap_frequency_score: float


class DampedFeatures(Features, frozen=True, gc=False):
    """Those of reputation-v2, of what is left without round trips; `unique_pools` are of deposits and withdrawals."""

    holding_score: float
    """Points, 0 to 150."""
    round_trip_swaps: int
    """Swaps that count in nothing, because they were taken back at once."""


def features(actions: Actions, as_of: float) -> Features | None:
    """Return the features of a wallet at `as_of`, in Unix seconds; None if one of them is beyond any float."""
    num_swaps, num_deposits = len(actions.volumes), len(actions.deposits)
    try:
        deposited, withdrawn, volume = fsum(actions.deposits), fsum(actions.withdraws), fsum(actions.volumes)
    except OverflowError:
        return None
    ratio = withdrawn / deposited if deposited else 0.0
    if not (deposited < inf and withdrawn < inf and volume < inf and ratio < inf):
        return None
    return Features(
        deposited,
        withdrawn,
        num_deposits,
        len(actions.withdraws),
        ratio,
        _age_days(actions),
        _mean_hold_days(actions.deposit_times, actions.withdraw_times, as_of) if num_deposits else 0.0,
        len(actions.swap_pools | actions.liquidity_pools),
        volume,
        num_swaps,
        len(actions.swap_pools),
        volume / num_swaps if num_swaps else 0.0,
        diversity(actions.symbols),
        frequency(actions.swap_times) if num_swaps > 1 else 0.0,
    )


def _age_days(actions: Actions) -> float:
    times = actions.swap_times
    if not actions.liquidity_pools:  # most wallets only swap, and these times are in order
        return (times[-1] - times[0]) / SECONDS_PER_DAY
    times = times + actions.deposit_times + actions.withdraw_times
    return (max(times) - min(times)) / SECONDS_PER_DAY


def _mean_hold_days(deposits: list[float], withdraws: list[float], as_of: float) -> float:
    """Return the mean time from a deposit to the earliest withdrawal strictly after it, else to `as_of`.

    A withdrawal may end several deposits; a deposit later than `as_of` has been held for no time.
    """
    holds = []
    for begin in deposits:
        following = bisect_right(withdraws, begin)
        end = withdraws[following] if following < len(withdraws) else as_of
        holds.append(end - begin if end > begin else 0.0)
    return fsum(holds) / len(holds) / SECONDS_PER_DAY


def frequency_term(num_deposits: int) -> float:
    """Return the part of the liquidity score that counts deposits, 0 to 200: `lp_frequency_score`."""
    return num_deposits * 20.0 if num_deposits < 10 else 200.0


def diversity(symbols: set[str]) -> float:
    """Return points for distinct tokens, 0 to 150."""
    stable = len(symbols & STABLE_SYMBOLS)
    points = STABLE_POINTS * stable + OTHER_POINTS * (len(symbols) - stable)
    return points if points < MAX_DIVERSITY else MAX_DIVERSITY


def frequency(times: list[float]) -> float:
    """Return points for the mean gap between swaps, which is the span by the number of gaps."""
    mean_gap_hours = (times[-1] - times[0]) / (len(times) - 1) / SECONDS_PER_HOUR
    return FREQUENCY_POINTS[bisect_left(FREQUENCY_HOURS, mean_gap_hours)]
