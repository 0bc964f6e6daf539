"""One transaction, read field by field: what can be saved is saved, what cannot is refused with a reason."""

from typing import Final, get_args

import msgspec

from scoring_service.scorers.reasons import Reason
from scoring_service.scorers.wallet_reputation import raw
from scoring_service.scorers.wallet_reputation.input import (
    NO_TOKEN,
    Action,
    AddressedToken,
    NamedTransaction,
    Refusal,
    Token,
    Transaction,
)

_ACTIONS: Final[dict[str, Action]] = {action: action for action in get_args(Action)}
_MAX_SHOWN_ID = 80


class _Transaction(msgspec.Struct):
    document_id: msgspec.Raw = msgspec.Raw()
    action: msgspec.Raw = msgspec.Raw()
    timestamp: msgspec.Raw = msgspec.Raw()
    pool: msgspec.Raw = msgspec.field(name="poolId", default=msgspec.Raw())
    caller: msgspec.Raw = msgspec.Raw()
    token_in: msgspec.Raw = msgspec.field(name="tokenIn", default=msgspec.Raw())
    token_out: msgspec.Raw = msgspec.field(name="tokenOut", default=msgspec.Raw())
    token0: msgspec.Raw = msgspec.Raw()
    token1: msgspec.Raw = msgspec.Raw()


class _Token(msgspec.Struct):
    amount_usd: msgspec.Raw = msgspec.field(name="amountUSD", default=msgspec.Raw())
    symbol: msgspec.Raw = msgspec.Raw()
    address: msgspec.Raw = msgspec.Raw()


_clean = msgspec.json.Decoder(NamedTransaction).decode
_fields = msgspec.json.Decoder(_Transaction).decode
_token_fields = msgspec.json.Decoder(_Token).decode


def transaction(content: msgspec.Raw) -> Transaction | Refusal:
    """Return one transaction, or why it is left out."""
    if bytes(memoryview(content)[:1]) != b"{":  # not worth two attempts, and there may be very many
        return Refusal(Reason.SCHEMA, raw.expected("transaction", "an object", content))
    try:
        return _clean(content)
    except raw.UNREADABLE:
        pass
    try:
        fields = _fields(content)
    except raw.UNREADABLE:
        return Refusal(Reason.SCHEMA, raw.expected("transaction", "an object", content))
    try:
        return _mended(fields)
    except raw.Refused as refused:
        return _located(fields, refused.refusal)


def _mended(fields: _Transaction) -> Transaction:
    action = _action(fields.action)
    legs: dict[str, Token]
    if action == "swap":
        token_in, token_out = _legs(("tokenIn", fields.token_in), ("tokenOut", fields.token_out))
        legs = {"token_in": token_in, "token_out": token_out}
    else:
        token0, token1 = _legs(("token0", fields.token0), ("token1", fields.token1))
        legs = {"token0": token0, "token1": token1}
    return Transaction(
        document_id=raw.text("document_id", fields.document_id),
        action=action,
        timestamp=raw.seconds("timestamp", fields.timestamp),
        pool=_text_or_empty("poolId", fields.pool),
        caller=_readable("caller", fields.caller),
        **legs,
    )


def _action(field: msgspec.Raw) -> Action:
    name = raw.text("action", field)
    if name not in _ACTIONS:
        raise raw.Refused(Reason.SCHEMA, raw.expected("action", "swap, deposit or withdraw", field))
    return _ACTIONS[name]


def _legs(first: tuple[str, msgspec.Raw], second: tuple[str, msgspec.Raw]) -> tuple[Token, Token]:
    """Return both legs. One without an amount counts 0 as long as the other has one."""
    (amount, token), (other_amount, other_token) = _leg(*first), _leg(*second)
    if amount is None and other_amount is None:
        raise raw.Refused(Reason.SCHEMA, f"{first[0]}, {second[0]}: expected an amountUSD in at least one, got none")
    return token, other_token


def _leg(name: str, field: msgspec.Raw) -> tuple[float | None, Token]:
    if raw.is_absent(field):
        return None, NO_TOKEN
    try:
        token = _token_fields(field)
    except raw.UNREADABLE as error:
        raise raw.Refused(Reason.SCHEMA, raw.expected(name, "an object", field)) from error
    amount = raw.amount_usd(f"{name}.amountUSD", token.amount_usd)
    symbol = _text_or_empty(f"{name}.symbol", token.symbol)
    if symbol:
        return amount, Token(amount or 0.0, symbol)
    return amount, AddressedToken(amount or 0.0, "", _readable("address", token.address) or "")


def _text_or_empty(name: str, field: msgspec.Raw) -> str:
    return "" if raw.is_absent(field) else raw.text(name, field)


def _readable(name: str, field: msgspec.Raw) -> str | None:
    """Return a text if it can be read, else None: a transaction counts with any caller and any address."""
    try:
        return raw.text(name, field)
    except raw.Refused:
        return None


def _located(fields: _Transaction, refusal: Refusal) -> Refusal:
    """Return the refusal with the transaction's document_id in front, where that can be read."""
    try:
        identity = raw.text("document_id", fields.document_id)[:_MAX_SHOWN_ID]
    except raw.Refused:
        identity = "without document_id"
    return Refusal(refusal.reason, f"transaction {identity}: {refusal.detail}")
