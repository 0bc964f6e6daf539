"""The formulas of seed-readme once more, in plain Python on plain JSON. Nothing in here imports the product.

Written from the published description: liquidity features over deposits and withdrawals alone, open deposits ignored,
a trading score of 0 to 100, and a "z-score" that centres their weighted sum on 50.
"""

from __future__ import annotations

import json
from typing import Any

from oracle import zeru


def score(
    message: dict[str, Any] | str | bytes, weights: tuple[float, float] = (0.6, 0.4)
) -> tuple[float, float, float]:
    """Return liquidity score, trading score and z, not rounded, of a well-formed message."""
    if not isinstance(message, dict):
        message = json.loads(message)
    lp, swap = lp_score(message), swap_score(message)
    z = (weights[0] * lp + weights[1] * swap - 50) / 25
    return lp, swap, max(-3, min(3, z))


def lp_score(message: dict[str, Any]) -> float:
    """Return the liquidity score, at most 1000."""
    moves = [item for item in zeru.transactions(message) if item["action"] != "swap"]
    if not moves:
        return 250.0
    found = zeru.features(moves, now=0)
    return zeru.lp_score({**found, "avg_hold_time_days": _hold_days(moves)})


def swap_score(message: dict[str, Any]) -> float:
    """Return the trading score, at most 100."""
    swaps = [item for item in zeru.transactions(message) if item["action"] == "swap"]
    if not swaps:
        return 0.0
    found = zeru.features(swaps, now=0)
    volume = min(found["total_swap_volume"] / 10000 * 100, 100)
    count = min(found["num_swaps"] / 50 * 100, 100)
    diversity = min(found["token_diversity_score"] / 20 * 100, 100)
    activity = min(found["swap_frequency_score"] / 50 * 100, 100)
    pools = min(found["unique_pools_swapped"] / 10 * 100, 100)
    return volume * 0.3 + count * 0.2 + diversity * 0.2 + activity * 0.15 + pools * 0.15


def _hold_days(moves: list[dict[str, Any]]) -> float:
    days = []
    for deposit in moves:
        if deposit["action"] in zeru.DEPOSIT_ACTIONS:
            ends = [move["timestamp"] for move in moves if move["action"] in zeru.WITHDRAW_ACTIONS]
            later = [end for end in ends if end > deposit["timestamp"]]
            if later:
                days.append((min(later) - deposit["timestamp"]) / zeru.DAY)
    return sum(days) / len(days) if days else 0.0
