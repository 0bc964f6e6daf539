"""Risk of transactions by looking at all earlier ones of their sender each time, as the requirement's text has it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

DAY = 86_400


def risks(transactions: Sequence[Mapping[str, Any]]) -> Iterator[tuple[float, set[str]]]:
    """Yield risk and rules of each transaction, in order of arrival; moments are Unix seconds."""
    for place, it in enumerate(transactions):
        earlier = [
            other
            for other in transactions[:place]
            if other["from_address"] == it["from_address"] and other["timestamp"] <= it["timestamp"]
        ]
        applies = set()
        if it["amount"] > 1_000_000 and it.get("slippage", 1) < 0.001 and it["route_length"] > 4:
            applies.add("flash_loan")
        if it["gas_price"] > 100 and len([o for o in earlier if o["token_pair"] == it["token_pair"]]) > 3:
            applies.add("mev")
        if len([o for o in [*earlier, it] if o["timestamp"] > it["timestamp"] - 300]) > 10:
            applies.add("rapid_trading")
        last = max((o["timestamp"] for o in earlier), default=None)
        if last is not None and it["amount"] > 100_000 and it["timestamp"] - last > 2 * DAY:
            applies.add("large_after_idle")
        weights = {"flash_loan": 15, "mev": 25, "rapid_trading": 10, "large_after_idle": 5}
        yield min(100, sum(weights[name] for name in applies)) / 100, applies
