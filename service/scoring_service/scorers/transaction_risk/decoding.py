"""Bytes of strangers → a transaction, or why not."""

import re
from typing import Final

import msgspec

from scoring_service.scorers.base import Rejection
from scoring_service.scorers.moment import unix_seconds
from scoring_service.scorers.reasons import Reason
from scoring_service.scorers.transaction_risk.input import Transaction

_SHOWN: Final = 200
_TOO_DEEP: Final = Rejection(Reason.DEPTH, "The record nests too deep to be read")
_A_MOMENT: Final = "timestamp: expected Unix seconds, milliseconds or ISO-8601"

_decode: Final = msgspec.json.Decoder(Transaction).decode
_sender: Final = re.compile(rb'"from_address"\s*:\s*"([ -!#-\[\]-~]{1,128})"').search


def decoded(value: bytes) -> Transaction | Rejection:
    """Return one record with its moment in Unix seconds, or why it cannot be one. Never raises on any bytes."""
    try:
        transaction = _decode(value)
    except msgspec.ValidationError as error:
        return Rejection(_reason(str(error)), str(error)[:_SHOWN], _entity(value))
    except RecursionError:
        return _TOO_DEEP
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Rejection(Reason.JSON_SYNTAX, f"The record is not JSON in UTF-8: {error}"[:_SHOWN])
    moment = unix_seconds(transaction.timestamp)
    if moment is None:
        said = f"{_A_MOMENT}, got {transaction.timestamp!r}"[:_SHOWN]
        return Rejection(Reason.TIMESTAMP, said, transaction.from_address)
    return msgspec.structs.replace(transaction, timestamp=moment)


def _reason(said: str) -> Reason:
    return Reason.TIMESTAMP if said.endswith(("`$.timestamp`", "field `timestamp`")) else Reason.SCHEMA


def _entity(value: bytes) -> str | None:
    """Return the sender of a record of which another field is wrong, if it is written plainly."""
    found = _sender(value)
    return found[1].decode() if found else None
