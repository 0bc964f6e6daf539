"""Single JSON fields cut out raw: read one, or say in a sentence why it cannot be read."""

from typing import Final

import msgspec

from scoring_service.scorers.moment import unix_seconds
from scoring_service.scorers.reasons import Reason
from scoring_service.scorers.wallet_reputation.input import MAX_TRANSACTIONS, AmountUsd, Refusal

UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError)
"""What msgspec raises for bytes that are not what was asked for; nesting too deep is a RecursionError."""

_ABSENT = (b"", b"null")
_NUMBER_STARTS = frozenset(b"%d" % digit for digit in range(10)) | {b"-"}
_SHOWN_BYTES = 60

_text = msgspec.json.Decoder(str).decode
_moment = msgspec.json.Decoder(float | str).decode
_number = msgspec.json.Decoder(float).decode
_amount = msgspec.json.Decoder(AmountUsd).decode


class Refused(Exception):
    """This transaction or record cannot be used; carries the refusal. Never leaves the decoder."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.refusal = Refusal(reason, detail)


class Crowded(Exception):
    """This record has more than can be read at a bounded cost. Never leaves the decoder."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: expected at most {MAX_TRANSACTIONS} in one record, got more")


def is_absent(raw: msgspec.Raw) -> bool:
    """Return whether the field is missing or null."""
    return bytes(memoryview(raw)[:5]) in _ABSENT


def text(name: str, raw: msgspec.Raw) -> str:
    """Return a string field.

    Raises:
        Refused: It is missing, or anything but a string.
    """
    try:
        return _text(raw)
    except UNREADABLE as error:
        raise Refused(Reason.SCHEMA, expected(name, "a string", raw)) from error


def seconds(name: str, raw: msgspec.Raw) -> float:
    """Return a moment in Unix seconds.

    Raises:
        Refused: It is missing, or written in no way that `moment` reads.
    """
    wanted = "Unix seconds, milliseconds or ISO-8601"
    try:
        moment = unix_seconds(_moment(raw))
    except UNREADABLE as error:
        raise Refused(Reason.TIMESTAMP, expected(name, wanted, raw)) from error
    if moment is None:
        raise Refused(Reason.TIMESTAMP, expected(name, wanted, raw))
    return moment


def amount_usd(name: str, raw: msgspec.Raw) -> float | None:
    """Return an amount in US dollars, not negative; None if the field is missing or null.

    Raises:
        Refused: It is not a number, not finite, or negative.
    """
    if is_absent(raw):
        return None
    try:
        return _amount(raw)
    except UNREADABLE as error:
        if _is_number(raw) and not _is_finite(raw):
            detail = f"{name}: expected a finite number, got NaN, infinity or a number beyond any float"
            raise Refused(Reason.NAN_OR_INF, detail) from error
        raise Refused(Reason.SCHEMA, expected(name, "a number, not negative", raw)) from error


def expected(name: str, wanted: str, raw: msgspec.Raw) -> str:
    """Return the sentence that names the field, what was expected and what came, cut to a readable length."""
    came = bytes(memoryview(raw)[:_SHOWN_BYTES]).decode(errors="replace")
    return f"{name}: expected {wanted}, got {came or 'nothing'}"


def _is_number(raw: msgspec.Raw) -> bool:
    return bytes(memoryview(raw)[:1]) in _NUMBER_STARTS


def _is_finite(raw: msgspec.Raw) -> bool:
    try:
        _number(raw)
    except UNREADABLE:
        return False
    return True
