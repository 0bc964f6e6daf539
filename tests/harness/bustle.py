"""Wallets in which much happens close together: ways back within minutes, lots taken apart, tokens by address alone."""

from typing import Any

from hypothesis import strategies as st

from harness.wallets import SWAPPED_AT, Json, a_wallet

DAY = 86_400

moments = st.sampled_from([0, 1, 60, 299, 300, 301, 600, DAY, 2 * DAY, 29 * DAY, 31 * DAY]) | st.integers(0, 40 * DAY)
pools = st.sampled_from(["0xa", "0xb"])
amounts = st.sampled_from([0, 0.5, 10, 50, 1000, 1_000_000, 3e7]) | st.floats(0, 1e9, allow_subnormal=False)
tokens = st.sampled_from(
    [
        {"symbol": "USDC"},
        {"symbol": "usdc", "address": "0xA0"},
        {"symbol": "WETH"},
        {"address": "0xB0"},
        {"symbol": "", "address": "0xb0"},
        {},
    ]
)


@st.composite
def swaps(draw: st.DrawFn) -> Json:
    """Return a swap that has no identity yet."""
    legs = {leg: {"amountUSD": draw(amounts), **draw(tokens)} for leg in ("tokenIn", "tokenOut")}
    return {"action": "swap", "timestamp": SWAPPED_AT + draw(moments), "poolId": draw(pools), **legs}


@st.composite
def moves(draw: st.DrawFn, action: Any = None) -> Json:
    """Return a deposit or a withdrawal that has no identity yet."""
    named = action or draw(st.sampled_from(["deposit", "withdraw", "mint", "burn"]))
    legs = {leg: {"amountUSD": draw(amounts)} for leg in ("token0", "token1")}
    return {"action": named, "timestamp": SWAPPED_AT + draw(moments), "poolId": draw(pools), **legs}


some = st.lists(swaps() | moves(), min_size=1, max_size=10)


@st.composite
def busy_wallets(draw: st.DrawFn) -> Json:
    """Return a well-formed record."""
    return a_wallet(*({"document_id": f"{number}", **item} for number, item in enumerate(draw(some))))
