"""What must become of a wallet record, decided from its bytes by the standard library and the oracle alone."""

import json
import re
from functools import lru_cache
from typing import Any, NoReturn

from faults.ledger import Expected
from oracle import zeru

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
DEEPEST = 1000
"""Nesting beyond which a record counts as too deep; what generators make is far from it on either side."""


class _NotANumber(Exception):
    """NaN or an infinity stands in the record."""


def of_wallet(value: bytes | None, as_of: float) -> Expected:
    """Return the expectation for one record of wallets, scored for `as_of` in Unix seconds."""
    reason, record = _read(value)
    if reason:
        return Expected(reason=reason)
    found = zeru.score(record, as_of)
    return Expected((found["lp"], found["swap"]))


@lru_cache(maxsize=4096)
def _read(value: bytes | None) -> tuple[str, Any]:
    """Return why a record cannot be scored, or nothing and its content."""
    if value is None:
        return "tombstone", None
    if _depth(value) > DEEPEST:
        return "depth", None
    try:
        record = json.loads(value, parse_constant=_refuse)
    except _NotANumber:
        return "nan_or_inf", None
    except ValueError:
        return "json_syntax", None
    return _refused(record), record


def _refused(record: Any) -> str:
    """Return why a record of sound JSON cannot be scored; empty if it can."""
    address = record.get("wallet_address") if isinstance(record, dict) else None
    if not isinstance(address, str) or not ADDRESS.fullmatch(address):
        return "schema"
    blocks = [block for block in record["data"] if block["transactions"]]
    if not blocks:
        return "no_valid_transactions"
    transactions = [t for block in blocks if block["protocolType"] == "dexes" for t in block["transactions"]]
    if not transactions:
        return "unsupported_protocol"
    if not any(isinstance(transaction["timestamp"], int) for transaction in transactions):
        return "timestamp"
    return ""


def _depth(value: bytes) -> int:
    """Return how many brackets are open at once, at most; brackets in strings do not matter for what is made here."""
    deepest = depth = 0
    for byte in value:
        depth += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, depth)
    return deepest


def _refuse(_: str) -> NoReturn:
    raise _NotANumber
