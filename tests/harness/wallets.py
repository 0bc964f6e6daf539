"""Wallet records to test with: the requirement's own, small ones by hand, and any number by property."""

import json
from typing import Any

from hypothesis import strategies as st

WALLET = "0x742d35Cc6634C0532925a3b8D4C9db96590e4265"
SWAPPED_AT = 1_703_980_800
AS_OF = 1_704_499_200
"""2024-01-06T00:00:00Z."""

Json = dict[str, Any]


def a_token(amount_usd: Any = 1000.0, symbol: str = "USDC", **members: Any) -> Json:
    return {"amount": 1_000_000_000, "amountUSD": amount_usd, "address": "0xa0b8", "symbol": symbol, **members}


def a_swap(amount_in: Any = 1000.0, amount_out: Any = 1000.0, **members: Any) -> Json:
    legs = {"tokenIn": a_token(amount_in), "tokenOut": a_token(amount_out, "WETH")}
    return _transaction("swap", legs | members)


def a_deposit(amount0: Any = 500.0, amount1: Any = 500.0, **members: Any) -> Json:
    return _transaction("deposit", {"token0": a_token(amount0), "token1": a_token(amount1, "WETH")} | members)


def a_withdraw(amount0: Any = 250.0, amount1: Any = 250.0, **members: Any) -> Json:
    return _transaction("withdraw", {"token0": a_token(amount0), "token1": a_token(amount1, "WETH")} | members)


def a_wallet(*transactions: Any, address: Any = WALLET, protocol_type: Any = "dexes", **members: Any) -> Json:
    blocks = [{"protocolType": protocol_type, "transactions": list(transactions)}]
    return {"wallet_address": address, "data": blocks, **members}


def encoded(record: Any) -> bytes:
    return json.dumps(record).encode()


def _transaction(action: str, members: Json) -> Json:
    common = {
        "document_id": "507f1f77bcf86cd799439011",
        "action": action,
        "timestamp": SWAPPED_AT,
        "caller": WALLET,
        "protocol": "uniswap_v3",
        "poolId": "0x88e6a0c2ddd26feeb64f039a2c41296fcb3f5640",
        "poolName": "Uniswap V3 USDC/WETH 0.05%",
    }
    return common | members


# Made once: strategies that are made anew in every draw take half as much time again.
amounts = st.floats(0, 1e12, allow_subnormal=False) | st.integers(0, 10**9)
times = st.integers(1_600_000_000, AS_OF)
symbols = st.sampled_from(["USDC", "DAI", "WETH", "WBTC", "UNI", "", "é"])
pools = st.sampled_from(["0xa", "0xb", "0xc", "0xd", ""])
actions = st.sampled_from(["swap", "deposit", "withdraw", "mint", "burn"])
callers = st.sampled_from([WALLET, WALLET.lower(), "0xrouter"])
addresses = st.text("0123456789abcdefABCDEF", min_size=40, max_size=40).map("0x{}".format)
rubbish = st.one_of(
    st.none(), st.text(max_size=5), st.integers(), st.lists(st.integers(), max_size=2), st.just({"nested": [{}]})
)
tokens = st.fixed_dictionaries({"amount": rubbish, "amountUSD": amounts, "symbol": symbols})
members = st.sampled_from(["document_id", "action", "timestamp", "tokenIn", "token0", "poolId"])
wrongs = st.sampled_from([None, -1, "rubbish", [], {}, {"amountUSD": -1}, {"amountUSD": float("nan")}, True])
faults = st.sampled_from(["wrong member", "no member", "no transaction"])
parts = st.sampled_from(["wallet_address", "data", "as_of"])


@st.composite
def transactions(draw: st.DrawFn) -> Json:
    """Return a transaction that has no identity yet."""
    action = draw(actions)
    legs = ("tokenIn", "tokenOut") if action == "swap" else ("token0", "token1")
    common = {"action": action, "timestamp": draw(times), "poolId": draw(pools), "caller": draw(callers)}
    return common | {leg: draw(tokens) for leg in legs}


whole_transactions = transactions()


@st.composite
def broken_transactions(draw: st.DrawFn) -> Any:
    whole = {"document_id": f"broken-{draw(st.uuids())}", **draw(whole_transactions)}
    member, wrong = draw(members), draw(wrongs)
    match draw(faults):
        case "wrong member":
            return {**whole, member: wrong}
        case "no member":
            return {name: value for name, value in whole.items() if name != member}
    return wrong


some_broken = st.lists(broken_transactions(), max_size=3)


@st.composite
def wallets(draw: st.DrawFn, min_size: int = 1, max_size: int = 8) -> Json:
    """Return a well-formed record with transactions of their own identities."""
    size = draw(st.integers(min_size, max_size))
    items = [{"document_id": f"document-{number}", **draw(whole_transactions)} for number in range(size)]
    return a_wallet(*items, address=draw(addresses))


few = wallets(min_size=0, max_size=4)


@st.composite
def imperfect_wallets(draw: st.DrawFn) -> Json:
    """Return a record that may have anything wrong with some of its transactions, or with itself."""
    record = draw(few)
    record["data"][0]["transactions"] += draw(some_broken)
    if draw(st.booleans()):
        record[draw(parts)] = draw(rubbish)
    return record
