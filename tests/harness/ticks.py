"""Ticks of symbols: made up, drawn, and read from the recordings of real trades."""

import csv
import json
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.scorers.base import Absorbed, Outcome, Row, Source
from scoring_service.scorers.registry import build

BEGAN = 1_763_422_400.0
CALM = "btc_ticks_20251117_trades.csv"
"""Ten minutes of trades of one day."""
OTHER_DAY = "btc_ticks_20251107_raw_slice.csv"
"""A minute of another day, prices of different moments among each other."""


def a_tick(price: Any = 100.0, **members: Any) -> dict[str, Any]:
    """Return a record as its producer writes it."""
    return {"symbol": "BTC-USD", "price": price, "timestamp": BEGAN} | members


def encoded(record: Any) -> bytes:
    return json.dumps(record).encode()


def scorer(**parameters: Any) -> Any:
    return build(ScorerBlock(member="volatility", parameters=parameters))


def rows(ticks: Iterable[tuple[str, float, float]], of: Any = None) -> list[Row]:
    """Return decoded ticks of (symbol, price, Unix seconds)."""
    of = of or scorer()
    values = [of.decode(encoded({"symbol": name, "price": price, "timestamp": at})) for name, price, at in ticks]
    return [row(value, number) for number, value in enumerate(values)]


def row(tick: Any, offset: int = 0) -> Row:
    return Row(tick, None, tick.timestamp, Source("ticks", 0, offset))


def one_symbol(prices: Iterable[float], seconds: float = 1.0) -> list[tuple[str, float, float]]:
    """Return ticks of one symbol, some seconds apart."""
    return [("BTC-USD", price, BEGAN + number * seconds) for number, price in enumerate(prices)]


def recorded(path: Path) -> list[tuple[str, float, float]]:
    """Return the ticks of a recording, as the scorer decodes its lines."""
    return [("BTC-USD", row.value.price, row.as_of) for row in recorded_rows(path)]


def recorded_rows(path: Path) -> list[Row]:
    decode = scorer().decode
    with path.open(newline="") as lines:
        written = [{"timestamp": line["timestamp"], "price": line["price"]} for line in csv.DictReader(lines)]
    values = [decode(encoded(record)) for record in written]
    return [row(value, number) for number, value in enumerate(values)]


def folded(of: Any, given: Sequence[Row], *cuts: int) -> list[Outcome]:
    """Return the outcomes of rows that come in batches, cut at these places."""
    state, outcomes = of.start(), []
    for first, last in pairwise([0, *sorted(cuts), len(given)]):
        found, state = of.score(given[first:last], state)
        outcomes += found
    return outcomes


def said(outcomes: Iterable[Outcome]) -> list[tuple[float, float, int] | str]:
    """Return features, or the reason why there are none."""
    return [
        str(outcome.reason)
        if isinstance(outcome, Absorbed)
        else (outcome.features.ret_mean, outcome.features.ret_std, outcome.features.n)
        for outcome in outcomes
    ]


prices = st.floats(1e-6, 1e6) | st.integers(99_900, 100_100).map(lambda cents: cents / 100)
moments = st.integers(0, 1200).map(lambda seconds: BEGAN + seconds)
moved = st.tuples(st.sampled_from(["BTC-USD", "ETH-USD"]), prices, moments)
in_order = st.lists(st.tuples(prices, st.integers(0, 20)), max_size=60)


def records() -> st.SearchStrategy[Any]:
    """Return records, right and wrong ones."""
    names = st.sampled_from(["BTC-USD", "ETH-USD"]) | st.text(max_size=3) | st.none()
    numbers = prices | prices.map(str) | st.sampled_from([0, -1.5, 1e300, "NaN", "x", None, 10**30])
    when = (
        moments | moments.map(lambda at: at * 1000) | st.sampled_from(["2025-11-17T23:33:18.135099Z", "soon", -1, None])
    )
    good = st.fixed_dictionaries({"symbol": st.just("BTC-USD"), "price": prices, "timestamp": moments})
    odd = st.fixed_dictionaries(
        {}, optional={"symbol": names, "product_id": names, "price": numbers, "timestamp": when}
    )
    return good | odd
