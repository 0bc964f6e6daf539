"""Bytes of strangers → a transaction, or why not."""

from typing import Final

import msgspec

from scoring_service.scorers.base import Rejection
from scoring_service.scorers.moment import unix_seconds
from scoring_service.scorers.plain import SHOWN, Plain
from scoring_service.scorers.reasons import Reason
from scoring_service.scorers.transaction_risk.input import Transaction

_A_MOMENT: Final = "timestamp: expected Unix seconds, milliseconds or ISO-8601"


def _reason(said: str) -> Reason:
    return Reason.TIMESTAMP if said.endswith(("`$.timestamp`", "field `timestamp`")) else Reason.SCHEMA


_plain: Final = Plain(Transaction, "from_address", _reason)


def decoded(value: bytes) -> Transaction | Rejection:
    """Return one record with its moment in Unix seconds, or why it cannot be one. Never raises on any bytes."""
    transaction = _plain.decoded(value)
    if isinstance(transaction, Rejection):
        return transaction
    moment = unix_seconds(transaction.timestamp)
    if moment is None:
        said = f"{_A_MOMENT}, got {transaction.timestamp!r}"[:SHOWN]
        return Rejection(Reason.TIMESTAMP, said, transaction.from_address)
    return msgspec.structs.replace(transaction, timestamp=moment)
