"""The formulas of reputation-v2 once more, in plain Python on plain JSON. Nothing in here imports the product.

Written from the formulas on the page of the variants, and kept naive: holding is looked at dollar by dollar through
exact fractions, a round trip is searched for in all swaps.
"""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

from oracle import zeru

STABLE_POINTS, OTHER_POINTS = 10, 15


def score(message: dict[str, Any] | str | bytes, as_of: float) -> dict[str, float]:
    """Return `lp`, `swap`, `final` (weights 0.6 and 0.4), `confidence`, `holding` (0 to 150) and `round_trip_swaps`."""
    if not isinstance(message, dict):
        message = json.loads(message)
    actions = zeru.transactions(message)
    swaps = sorted((a for a in actions if a["action"] == "swap"), key=_order)
    moves = [a for a in actions if a["action"] != "swap"]
    trips = round_trips(swaps)
    kept = [swap for place, swap in enumerate(swaps) if place not in trips]
    lp, holding = lp_score(moves, message.get("as_of", as_of))
    swap = swap_score(kept)
    confidence = 1 - math.exp(-(len(kept) + len(moves)) / 10)
    final = 0.6 * lp + 0.4 * swap
    return {
        "lp": lp,
        "swap": swap,
        "final": final,
        "confidence": confidence,
        "holding": holding,
        "round_trip_swaps": len(trips),
    }


def v(usd: float) -> float:
    """Return the scale of volume: 0 at 10 USD, 1 at a million."""
    return min(max((math.log10(usd) - 1) / 5, 0), 1) if usd > 0 else 0


def lp_score(moves: list[dict[str, Any]], now: float) -> tuple[float, float]:
    """Return the liquidity score, and the part of it that is for holding."""
    if not moves:
        return 0, 0
    deposits = [move for move in moves if move["action"] in zeru.DEPOSIT_ACTIONS]
    deposited = sum(_usd(move) for move in deposits)
    withdrawn = sum(_usd(move) for move in moves) - deposited
    retention = max(0, 1 - withdrawn / deposited) * 250 if deposited > 0 else 0
    holding = 150 * held(moves, now)
    pools = len({move.get("poolId", "") for move in moves})
    return 300 * v(deposited) + min(20 * len(deposits), 200) + retention + holding + min(20 * pools, 100), holding


def held(moves: list[dict[str, Any]], now: float) -> float:
    """Return the mean, over the first 30 days, of the scale for what stayed at least so long."""
    stays: list[tuple[float, Fraction]] = []
    for pool in {move.get("poolId", "") for move in moves}:
        stays += _stays([move for move in moves if move.get("poolId", "") == pool], now)
    edges = sorted({0.0, 30.0, *(min(days, 30.0) for days, _ in stays)})
    total = 0.0
    for begin, end in pairwise(edges):
        usd = sum(amount for days, amount in stays if days >= end)
        total += (end - begin) * v(float(usd))
    return total / 30


def _stays(moves: list[dict[str, Any]], now: float) -> list[tuple[float, Fraction]]:
    """Return for how many days which part of each deposit of one pool stayed."""
    moves = sorted(moves, key=lambda move: (move["timestamp"], move["action"] in zeru.WITHDRAW_ACTIONS))
    queue: list[tuple[float, Fraction]] = []
    stays = []
    for move in moves:
        usd = Fraction(_usd(move))
        if move["action"] in zeru.DEPOSIT_ACTIONS:
            queue.append((move["timestamp"], usd))
            continue
        while queue and usd > 0:
            since, amount = queue.pop(0)
            stays.append((_days(since, min(move["timestamp"], now)), min(amount, usd)))
            if amount > usd:
                queue.insert(0, (since, amount - usd))
            usd -= min(amount, usd)
    return stays + [(_days(since, now), amount) for since, amount in queue]


def swap_score(swaps: list[dict[str, Any]]) -> float:
    """Return the trading score of swaps that are no round trips."""
    if not swaps:
        return 0
    tokens = {token for swap in swaps for token in _way(swap)} - {""}
    points = sum(STABLE_POINTS if token in zeru.STABLE else OTHER_POINTS for token in tokens)
    volume = sum(_volume(swap) for swap in swaps)
    days = len({math.floor(swap["timestamp"] / zeru.DAY) for swap in swaps})
    pools = len({swap.get("poolId", "") for swap in swaps})
    parts = (250 * v(volume), min(10 * len(swaps), 200), min(points, 150), min(10 * days, 100), min(25 * pools, 100))
    return sum(parts) * 1000 / 800


def round_trips(swaps: list[dict[str, Any]]) -> set[int]:
    """Return the places of swaps, in order of time, that are part of a round trip."""
    found: set[int] = set()
    for back, swap in enumerate(swaps):
        sold, bought = _way(swap)
        if sold == bought:
            continue
        for there, other in enumerate(swaps[:back]):
            is_same_pool = other.get("poolId", "") == swap.get("poolId", "")
            is_soon = swap["timestamp"] - other["timestamp"] < 300
            if there not in found and is_same_pool and is_soon and _way(other) == (bought, sold):
                found |= {there, back}
                break
    return found


def _order(swap: dict[str, Any]) -> tuple[Any, ...]:
    return (swap["timestamp"], swap.get("poolId", ""), *_way(swap), _volume(swap))


def _way(swap: dict[str, Any]) -> tuple[str, str]:
    return _token(swap.get("tokenIn", {})), _token(swap.get("tokenOut", {}))


def _token(leg: dict[str, Any]) -> str:
    return str(leg.get("symbol") or "").upper() or str(leg.get("address") or "").lower()


def _volume(swap: dict[str, Any]) -> float:
    return max(float(swap.get(leg, {}).get("amountUSD") or 0) for leg in ("tokenIn", "tokenOut"))


def _usd(move: dict[str, Any]) -> float:
    return sum(float(move.get(leg, {}).get("amountUSD") or 0) for leg in ("token0", "token1"))


def _days(since: float, end: float) -> float:
    return max(end - since, 0) / zeru.DAY
