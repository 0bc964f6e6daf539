"""`POST /api/python/fraud/assess-risk`: the risk of one transaction, with the past that the client sends along."""

from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec

from scoring_service.scorers.levels import Level
from scoring_service.scorers.moment import LATEST_SECONDS
from scoring_service.scorers.transaction_risk.input import Figure, Name, Transaction
from scoring_service.scorers.transaction_risk.rules import Finding, Issue

PATH: Final = "/api/python/fraud/assess-risk"
MAX_HISTORY: Final = 1000
MAX_BYTES: Final = 512 * 1024
"""Of a body: 512 for each transaction."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Moment = Annotated[float, msgspec.Meta(ge=0, le=LATEST_SECONDS * 1000)] | datetime
"""Unix seconds, milliseconds, or ISO-8601; a moment without an offset is UTC."""


class Earlier(msgspec.Struct, frozen=True):
    """An earlier transaction of the same sender."""

    timestamp: Moment
    token_pair: Annotated[str, msgspec.Meta(max_length=128)] = ""


class AssessRisk(msgspec.Struct, frozen=True):
    """A transaction, and what its sender did before."""

    tx_hash: Name
    from_address: Name
    amount: Figure
    """In tokens."""
    timestamp: Moment
    token_pair: Annotated[str, msgspec.Meta(max_length=128)] = ""
    to_address: str | None = None
    gas_price: Figure = 0.0
    """Gwei."""
    slippage: Figure | None = None
    """Share of the price."""
    route_length: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 1
    """Pools on the way."""
    contract_interaction: bool = False
    user_history: Annotated[list[Earlier], msgspec.Meta(max_length=MAX_HISTORY)] = []
    """In any order; nothing else of the sender is known here."""


class RiskAssessment(msgspec.Struct, frozen=True):
    """The risk of the transaction: a reason to look, no verdict of fraud."""

    tx_hash: str
    risk_score: float
    """0 to 1."""
    risk_level: Level
    findings: list[Finding]
    issues: list[Issue]
    history: int
    """Earlier transactions that counted."""
    model_variant: str


def transaction_of(asked: AssessRisk) -> Transaction:
    """Return the transaction as the stream has it, its moment in Unix seconds."""
    return Transaction(
        tx_hash=asked.tx_hash,
        from_address=asked.from_address,
        amount=asked.amount,
        timestamp=seconds(asked.timestamp),
        token_pair=asked.token_pair,
        gas_price=asked.gas_price,
        slippage=asked.slippage,
        route_length=asked.route_length,
    )


def seconds(moment: float | datetime) -> float:
    """Return a moment in Unix seconds."""
    if isinstance(moment, datetime):
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (aware - EPOCH).total_seconds()
    return moment if moment <= LATEST_SECONDS else moment / 1000
