"""How long deposits stay: per pool, first in, first out, in lots. What is still there stays to the moment of scoring.

Amounts are whole micro-dollars, so that taking a lot apart loses nothing, however far apart amounts are.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from math import fsum
from typing import Final, NamedTuple

import msgspec

from scoring_service.scorers.wallet_reputation.features import SECONDS_PER_DAY
from scoring_service.scorers.wallet_reputation.ledger import Move
from scoring_service.scorers.wallet_reputation.scale import MICRO, volume_share

FULL_DAYS: Final = 30.0

_LARGEST_USD: Final = 1e300


class Lot(NamedTuple):
    """A part of a deposit that stayed for one time."""

    days: float
    """0 for what came after the moment of scoring."""
    amount: int
    """Micro-dollars."""


class _Open(msgspec.Struct, gc=False):
    """What is left of a deposit."""

    since: float
    amount: int


def lots(moves: Iterable[Move], as_of: float) -> list[Lot]:
    """Return the lots of all pools, the longest first. More withdrawn than was there takes nothing.

    Args:
        moves: In ascending order.
        as_of: Unix seconds; nothing stays longer.
    """
    found: list[Lot] = []
    pools: defaultdict[str, deque[_Open]] = defaultdict(deque)
    for move in moves:
        amount = int(min(move.usd, _LARGEST_USD) * MICRO)
        if move.is_withdrawal:
            found += _taken(pools[move.pool], amount, min(move.moment, as_of))
        else:
            pools[move.pool].append(_Open(move.moment, amount))
    found += [Lot(_days(each.since, as_of), each.amount) for waiting in pools.values() for each in waiting]
    return sorted(found, reverse=True)


def _taken(waiting: deque[_Open], amount: int, end: float) -> Iterator[Lot]:
    """Take an amount out of what is there, and yield it in lots."""
    while amount and waiting:
        first = waiting[0]
        taken = min(amount, first.amount)
        yield Lot(_days(first.since, end), taken)
        amount -= taken
        first.amount -= taken
        if not first.amount:
            waiting.popleft()


def _days(since: float, end: float) -> float:
    return (end - since) / SECONDS_PER_DAY if end > since else 0.0


def mean_days(of: Sequence[Lot]) -> float:
    """Return the mean time of a dollar, in days; 0 if there is none."""
    total = sum(lot.amount for lot in of)
    return fsum(lot.days * (lot.amount / total) for lot in of) if total else 0.0


def held_share(of: Sequence[Lot]) -> float:
    """Return how much was held for how long, 0 to 1: the mean over the first thirty days of the scale of volume.

    Of each moment in these days it is the share for the dollars that stayed at least so long.

    Args:
        of: The longest first.
    """
    held, parts = 0, []
    for place, lot in enumerate(of, 1):
        held += lot.amount
        shorter = of[place].days if place < len(of) else 0.0
        width = min(lot.days, FULL_DAYS) - min(shorter, FULL_DAYS)
        if width:
            parts.append(volume_share(held) * width)
    return min(fsum(parts) / FULL_DAYS, 1.0)
