"""What a wallet did, in fourteen numbers. None of them depends on the order of its transactions, to the last bit.

Sums are `math.fsum`: exactly rounded, so that shuffled input gives the same float.
"""

from bisect import bisect_right
from math import fsum, inf, isfinite
from typing import Final, NamedTuple

from scoring_service.scorers.wallet_reputation.actions import Actions

SECONDS_PER_DAY: Final = 86_400
SECONDS_PER_HOUR: Final = 3_600

STABLE_SYMBOLS: Final = frozenset({"USDC", "USDT", "DAI", "LUSD", "USDP", "TUSD", "FRAX"})
STABLE_POINTS: Final = 10
OTHER_POINTS: Final = 15
MAX_DIVERSITY: Final = 150

MIN_SWAPS_FOR_FREQUENCY: Final = 2
FREQUENCY_STEPS: Final = ((1, 100.0), (24, 80.0), (168, 60.0), (720, 40.0), (inf, 20.0))
"""Mean hours between swaps, at most, and the points for it."""


class Features(NamedTuple):
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


def features(actions: Actions, as_of: float) -> Features:
    """Return the features of a wallet at `as_of`, in Unix seconds; a sum beyond any float is infinite."""
    deposited, withdrawn, volume = _sum(actions.deposits), _sum(actions.withdraws), _sum(actions.volumes)
    num_swaps = len(actions.volumes)
    return Features(
        deposited,
        withdrawn,
        len(actions.deposits),
        len(actions.withdraws),
        withdrawn / deposited if deposited else 0.0,
        _age_days(actions.swap_times + actions.deposit_times + actions.withdraw_times),
        _mean_hold_days(actions.deposit_times, actions.withdraw_times, as_of),
        len(actions.swap_pools | actions.liquidity_pools),
        volume,
        num_swaps,
        len(actions.swap_pools),
        volume / num_swaps if num_swaps else 0.0,
        _diversity(actions.symbols),
        _frequency(actions.swap_times),
    )


def is_finite(found: Features) -> bool:
    """Return whether every number can be written as JSON."""
    sums = (found.total_deposit_usd, found.total_withdraw_usd, found.withdraw_ratio, found.total_swap_volume)
    return all(map(isfinite, sums))


def _sum(amounts: list[float]) -> float:
    try:
        return fsum(amounts)
    except OverflowError:
        return inf


def _age_days(times: list[float]) -> float:
    return (max(times) - min(times)) / SECONDS_PER_DAY if times else 0.0


def _mean_hold_days(deposits: list[float], withdraws: list[float], as_of: float) -> float:
    """Return the mean time from a deposit to the earliest withdrawal strictly after it, else to `as_of`.

    A withdrawal may end several deposits; a deposit later than `as_of` has been held for no time.
    """
    if not deposits:
        return 0.0
    ends = sorted(withdraws)
    holds = []
    for begin in deposits:
        following = bisect_right(ends, begin)
        holds.append(ends[following] - begin if following < len(ends) else max(as_of - begin, 0.0))
    return fsum(holds) / len(holds) / SECONDS_PER_DAY


def _diversity(symbols: set[str]) -> float:
    stable = len(symbols & STABLE_SYMBOLS)
    return float(min(STABLE_POINTS * stable + OTHER_POINTS * (len(symbols) - stable), MAX_DIVERSITY))


def _frequency(times: list[float]) -> float:
    """Return points for the mean gap between swaps, which is the span by the number of gaps."""
    if len(times) < MIN_SWAPS_FOR_FREQUENCY:
        return 0.0
    mean_gap_hours = (max(times) - min(times)) / (len(times) - 1) / SECONDS_PER_HOUR
    return next(points for hours, points in FREQUENCY_STEPS if mean_gap_hours <= hours)
