"""Swaps that were taken back at once, in one pool within five minutes: they make volume and change nothing."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from scoring_service.scorers.wallet_reputation.ledger import Swap

ROUND_TRIP_SECONDS: Final = 300
"""A swap back that comes sooner ends a round trip."""

_Way = tuple[str, str, str]


def without_round_trips(swaps: Sequence[Swap]) -> list[Swap]:
    """Return the swaps that are no part of a round trip.

    Args:
        swaps: In ascending order.

    Every swap is part of one round trip at most: one back takes the earliest open one there. Swaps whose two tokens
    are the same, or both unknown, have no way back and count.
    """
    open_swaps: dict[_Way, deque[int]] = {}
    taken_back: set[int] = set()
    for index, swap in enumerate(swaps):
        if swap.sold == swap.bought:
            continue
        there = open_swaps.get((swap.pool, swap.bought, swap.sold))
        while there and swap.moment - swaps[there[0]].moment >= ROUND_TRIP_SECONDS:
            there.popleft()
        if there:
            taken_back |= {there.popleft(), index}
        else:
            open_swaps.setdefault((swap.pool, swap.sold, swap.bought), deque()).append(index)
    return [swap for index, swap in enumerate(swaps) if index not in taken_back]
