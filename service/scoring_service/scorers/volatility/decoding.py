"""Bytes of strangers → a tick. Clean ticks at full speed; what is not clean is read again, for what is wrong with it.

A price is a number or a decimal string, a moment Unix seconds, milliseconds or ISO-8601, and the symbol stands in
`symbol` or, as the exchange writes it, in `product_id`.
"""

import math
import re
from typing import Annotated, Final

import msgspec

from scoring_service.scorers.base import Rejection
from scoring_service.scorers.moment import unix_seconds
from scoring_service.scorers.reasons import Reason
from scoring_service.scorers.volatility.input import (
    DEFAULT_SYMBOL,
    LEAST_PRICE,
    MAX_TEXT,
    MOST_PRICE,
    Price,
    Symbol,
    Tick,
)

_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError)
_SHOWN_BYTES: Final = 60
_ABSENT: Final = (b"", b"null")
_FINITE: Final = re.compile(r"[-+]?([0-9]{1,20}\.?[0-9]{0,20}|\.[0-9]{1,20})([eE][-+]?[0-9]{1,3})?")
_NO_NUMBER: Final = re.compile(r"[-+]?(nan|inf|infinity)", re.IGNORECASE)
_Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]

_TOO_DEEP: Final = Rejection(Reason.DEPTH, "The record nests too deep to be read")
_A_PRICE: Final = f"a number or decimal string from {LEAST_PRICE:g} to {MOST_PRICE:g}"
_A_MOMENT: Final = "Unix seconds, milliseconds or ISO-8601"
_A_SYMBOL: Final = "1 to 64 printable ASCII characters without spaces"


class _Written(msgspec.Struct, frozen=True, gc=False):
    """A clean tick as it is written."""

    price: Price | _Text
    timestamp: float | _Text | None = None
    symbol: Symbol | None = None
    product_id: Symbol | None = None


class _Raw(msgspec.Struct, frozen=True):
    """The same fields, whatever is in them."""

    price: msgspec.Raw = msgspec.Raw()
    timestamp: msgspec.Raw = msgspec.Raw()
    symbol: msgspec.Raw = msgspec.Raw()
    product_id: msgspec.Raw = msgspec.Raw()


_decode_clean: Final = msgspec.json.Decoder(_Written).decode
_decode_raw: Final = msgspec.json.Decoder(_Raw).decode
_number: Final = msgspec.json.Decoder(float | str).decode
_symbol: Final = msgspec.json.Decoder(Symbol).decode


def decoded(value: bytes) -> Tick | Rejection:
    """Return one record as a tick, or why it cannot be one. Never raises on any bytes."""
    try:
        return _clean(_decode_clean(value)) or _mended(value)
    except _UNREADABLE:
        return _mended(value)
    except RecursionError:
        return _TOO_DEEP


def _clean(written: _Written) -> Tick | None:
    """Return the tick; None if the slow way has to say what is wrong."""
    price = written.price if isinstance(written.price, float) else _price_of_text(written.price)
    moment = None if written.timestamp is None else unix_seconds(written.timestamp)
    named = written.symbol or written.product_id
    if price is None or (moment is None) != (written.timestamp is None):
        return None
    if written.product_id is not None and named != written.product_id:
        return None
    return Tick(price, named or DEFAULT_SYMBOL, moment)


def _price_of_text(text: str) -> float | None:
    price = float(text) if _FINITE.fullmatch(text) else 0.0
    return price if LEAST_PRICE <= price <= MOST_PRICE else None


def _mended(value: bytes) -> Tick | Rejection:
    """Return what is wrong with a record, of several things the first: symbol, price, moment."""
    try:
        raw = _decode_raw(value)
    except msgspec.ValidationError:
        return Rejection(Reason.SCHEMA, _expected("The record", "a JSON object", msgspec.Raw(value)))
    except _UNREADABLE as error:
        return Rejection(Reason.JSON_SYNTAX, f"The record is not JSON in UTF-8: {error}"[:200])
    except RecursionError:
        return _TOO_DEEP
    symbol = _named(raw)
    if isinstance(symbol, Rejection):
        return symbol
    price = _price(raw.price)
    if isinstance(price, Rejection):
        return msgspec.structs.replace(price, entity=symbol)
    moment = _moment(raw.timestamp)
    if isinstance(moment, Rejection):
        return msgspec.structs.replace(moment, entity=symbol)
    return Tick(price, symbol, moment)


def _named(raw: _Raw) -> str | Rejection:
    found: set[str] = set()
    for name, written in (("symbol", raw.symbol), ("product_id", raw.product_id)):
        try:
            found |= set() if _is_absent(written) else {_symbol(written)}
        except msgspec.ValidationError:
            return Rejection(Reason.SCHEMA, _expected(name, _A_SYMBOL, written))
        except _UNREADABLE:
            return Rejection(Reason.JSON_SYNTAX, _expected(name, "text in UTF-8", written))
    names = sorted(found) or [DEFAULT_SYMBOL]
    if len(names) > 1:
        return Rejection(Reason.SCHEMA, f"symbol: expected the same as product_id, got {names[0]} and {names[1]}")
    return names[0]


def _price(raw: msgspec.Raw) -> float | Rejection:
    wrong = Rejection(Reason.SCHEMA, _expected("price", _A_PRICE, raw))
    try:
        written = _number(raw)
    except _UNREADABLE:
        return _not_finite(raw) if _is_number(raw) else wrong
    if isinstance(written, str):
        if len(written) > MAX_TEXT:
            return wrong
        if _NO_NUMBER.fullmatch(written) or (_FINITE.fullmatch(written) and math.isinf(float(written))):
            return _not_finite(raw)
        return _price_of_text(written) or wrong
    return written if LEAST_PRICE <= written <= MOST_PRICE else wrong


def _moment(raw: msgspec.Raw) -> float | Rejection | None:
    if _is_absent(raw):
        return None
    wrong = Rejection(Reason.TIMESTAMP, _expected("timestamp", _A_MOMENT, raw))
    try:
        moment = unix_seconds(_number(raw))
    except _UNREADABLE:
        return wrong
    return wrong if moment is None else moment


def _is_absent(raw: msgspec.Raw) -> bool:
    return bytes(memoryview(raw)[:5]) in _ABSENT


def _is_number(raw: msgspec.Raw) -> bool:
    return bytes(memoryview(raw)[:1]) in b"-0123456789" and not _is_absent(raw)


def _not_finite(raw: msgspec.Raw) -> Rejection:
    return Rejection(Reason.NAN_OR_INF, _expected("price", "a finite number", raw))


def _expected(name: str, wanted: str, raw: msgspec.Raw) -> str:
    """Return the sentence that names the field, what was expected and what came, cut to a readable length."""
    came = bytes(memoryview(raw)[:_SHOWN_BYTES]).decode(errors="replace")
    return f"{name}: expected {wanted}, got {came or 'nothing'}"
