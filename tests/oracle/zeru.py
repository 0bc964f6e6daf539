"""The formulas of zeru-v1 once more, in plain Python on plain JSON: what integration and end-to-end tests believe.

Written from the published formulas, not from the scorer, and kept naive on purpose: every step is a line that can
be read against its rule. Nothing in here imports the product.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

STABLE = {"USDC", "USDT", "DAI", "LUSD", "USDP", "TUSD", "FRAX"}
DEPOSIT_ACTIONS = ("deposit", "add_liquidity", "mint")
WITHDRAW_ACTIONS = ("withdraw", "remove_liquidity", "burn")
DAY = 86_400


def score(
    message: dict[str, Any] | str | bytes, as_of: float, weights: tuple[float, float] = (0.6, 0.4)
) -> dict[str, Any]:
    """Return ``{"lp", "swap", "final", "features"}`` of a well-formed message at `as_of`, in Unix seconds.

    `weights` are those of liquidity provision and of trading.
    """
    if not isinstance(message, dict):
        message = json.loads(message)
    found = features(transactions(message), message.get("as_of", as_of))
    lp, swap = lp_score(found), swap_score(found)
    return {"lp": lp, "swap": swap, "final": weights[0] * lp + weights[1] * swap, "features": found}


def transactions(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the transactions of all blocks of type dexes, each document_id once."""
    once: dict[str, dict[str, Any]] = {}
    for block in message["data"]:
        if block["protocolType"] == "dexes":
            for transaction in block["transactions"]:
                once.setdefault(transaction["document_id"], transaction)
    return list(once.values())


def features(actions: list[dict[str, Any]], now: float) -> dict[str, float]:
    """Return the features by their published names."""
    swaps = [action for action in actions if action["action"] == "swap"]
    deposits = [action for action in actions if action["action"] in DEPOSIT_ACTIONS]
    withdraws = [action for action in actions if action["action"] in WITHDRAW_ACTIONS]
    deposited = sum(_usd(action, "token0") + _usd(action, "token1") for action in deposits)
    withdrawn = sum(_usd(action, "token0") + _usd(action, "token1") for action in withdraws)
    volume = sum(max(_usd(action, "tokenIn"), _usd(action, "tokenOut")) for action in swaps)
    times = [action["timestamp"] for action in actions]
    return {
        "total_deposit_usd": deposited,
        "total_withdraw_usd": withdrawn,
        "num_deposits": len(deposits),
        "num_withdraws": len(withdraws),
        "withdraw_ratio": withdrawn / deposited if deposited > 0 else 0.0,
        "account_age_days": (max(times) - min(times)) / DAY,
        "avg_hold_time_days": _hold_days(deposits, withdraws, now),
        "unique_pools": len({action.get("poolId", "") for action in actions}),
        "total_swap_volume": volume,
        "num_swaps": len(swaps),
        "unique_pools_swapped": len({action.get("poolId", "") for action in swaps}),
        "avg_swap_size": volume / len(swaps) if swaps else 0.0,
        "token_diversity_score": _diversity(swaps),
        "swap_frequency_score": _frequency(swaps),
    }


def lp_score(found: dict[str, float]) -> float:
    """Return the liquidity score of features, at most 1000."""
    volume = min(found["total_deposit_usd"] / 10000 * 300, 300)
    count = min(found["num_deposits"] * 20, 200)
    retention = max(0, (1 - found["withdraw_ratio"]) * 250)
    holding = min(found["avg_hold_time_days"] / 30 * 150, 150)
    diversity = min(found["unique_pools"] * 20, 100)
    return volume + count + retention + holding + diversity


def swap_score(found: dict[str, float]) -> float:
    """Return the swap score of features, at most 800."""
    volume = min(found["total_swap_volume"] / 50000 * 250, 250)
    count = min(found["num_swaps"] * 10, 200)
    pools = min(found["unique_pools_swapped"] * 25, 100)
    return volume + count + found["token_diversity_score"] + found["swap_frequency_score"] + pools


def _usd(action: dict[str, Any], leg: str) -> float:
    return float(action.get(leg, {}).get("amountUSD") or 0)


def _hold_days(deposits: list[dict[str, Any]], withdraws: list[dict[str, Any]], now: float) -> float:
    days = []
    for deposit in deposits:
        later = [w["timestamp"] for w in withdraws if w["timestamp"] > deposit["timestamp"]]
        days.append((min(later, default=now) - deposit["timestamp"]) / DAY)
    return sum(days) / len(days) if days else 0.0


def _diversity(swaps: list[dict[str, Any]]) -> float:
    symbols = {swap.get(leg, {}).get("symbol", "") for swap in swaps for leg in ("tokenIn", "tokenOut")}
    return min(sum(10 if symbol in STABLE else 15 for symbol in symbols), 150)


def _frequency(swaps: list[dict[str, Any]]) -> float:
    times = sorted(swap["timestamp"] for swap in swaps)
    if len(times) < 2:
        return 0
    gaps = [after - before for before, after in pairwise(times)]
    hours = sum(gaps) / len(gaps) / 3600
    for limit, points in ((1, 100), (24, 80), (168, 60), (720, 40)):
        if hours <= limit:
            return points
    return 20
