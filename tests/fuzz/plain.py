"""A second opinion on records: what the standard library's JSON reads as a plain wallet, an independent formula scores.

Plain is what leaves no room for opinions: every field of its type, every key once, moments in whole seconds not after
the moment of scoring, amounts that neither vanish nor overflow. All other records have no expectation but form.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from oracle import zeru

MAX_NESTING: Final = 200
"""Brackets in all; more may be too deep for one reader and not for the other."""

_LEAST, _MOST = 1e-100, 1e100
_ACTIONS: Final = {"swap": ("tokenIn", "tokenOut")} | dict.fromkeys(
    (*zeru.DEPOSIT_ACTIONS, *zeru.WITHDRAW_ACTIONS), ("token0", "token1")
)
_LEGS: Final = ("tokenIn", "tokenOut", "token0", "token1")
_is_address: Final = re.compile(r"0x[0-9a-fA-F]{40}").fullmatch


class Expectation(NamedTuple):
    """What the independent implementation says of one record."""

    final: float
    counted: int
    """Transactions that count."""


class _Ambiguous(ValueError):
    """The record is JSON that readers may understand differently."""


def json_of(content: bytes) -> Any:
    """Return a value that every reader of JSON agrees on.

    Raises:
        ValueError: It is no JSON, or ambiguous: a key comes twice, a string is no text, it nests deep.
    """
    if content.count(b"[") + content.count(b"{") > MAX_NESTING:
        raise _Ambiguous("deep")
    value = json.loads(content.decode(), object_pairs_hook=_once, parse_constant=_refuse)
    json.dumps(value, ensure_ascii=False).encode()
    return value


def is_json(content: bytes) -> bool:
    """Return whether every reader takes the bytes for JSON."""
    try:
        json_of(content)
    except ValueError:
        return False
    return True


def wallet(content: bytes, as_of: float, parameters: Mapping[str, Any]) -> Expectation | None:
    """Return what a plain wallet must score at `as_of`, or None if the record is none."""
    try:
        record = json_of(content)
    except ValueError:
        return None
    if not _is_plain(record, as_of):
        return None
    weights = {"liquidityProvision": 0.6, "trading": 0.4} | parameters.get("weights", {})
    found = zeru.score(record, as_of, (weights["liquidityProvision"], weights["trading"]))
    return Expectation(found["final"], len(zeru.transactions(record)))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise _Ambiguous("a key comes twice")
    return dict(pairs)


def _refuse(word: str) -> None:
    raise _Ambiguous(word)


def _is_plain(record: Any, as_of: float) -> bool:
    if not isinstance(record, dict) or not isinstance(record.get("data"), list):
        return False
    address = record.get("wallet_address")
    moment = record.get("as_of", as_of)
    if not isinstance(address, str) or not _is_address(address) or not _is_number(moment, 1e11):
        return False
    if not all(map(_is_plain_block, record["data"])):
        return False
    counted = zeru.transactions(record)
    return bool(counted) and all(item["timestamp"] <= moment for item in counted)


def _is_plain_block(block: Any) -> bool:
    if not isinstance(block, dict) or not isinstance(block.get("transactions"), list):
        return False
    protocol_type = block.get("protocolType")
    if protocol_type != "dexes":
        return isinstance(protocol_type, str)
    return all(map(_is_plain_transaction, block["transactions"]))


def _is_plain_transaction(item: Any) -> bool:
    if not isinstance(item, dict) or not isinstance(item.get("action"), str) or item["action"] not in _ACTIONS:
        return False
    texts = item.get("document_id"), item.get("poolId", ""), item.get("caller", "")
    moment = item.get("timestamp")
    return (
        all(isinstance(text, str) for text in texts)
        and type(moment) is int
        and 0 <= moment <= 10**11
        and any(leg in item for leg in _ACTIONS[item["action"]])
        and all(_is_plain_leg(item[leg]) for leg in _LEGS if leg in item)
    )


def _is_plain_leg(leg: Any) -> bool:
    return (
        isinstance(leg, dict)
        and isinstance(leg.get("symbol", ""), str)
        and _is_number(leg.get("amountUSD"), _MOST)
        and (leg["amountUSD"] == 0 or leg["amountUSD"] >= _LEAST)
    )


def _is_number(value: Any, most: float) -> bool:
    return type(value) in (int, float) and 0 <= value <= most and math.isfinite(value)
