"""The scorer `transactionRisk`: one transaction and its sender's past, named rules, their weights together."""

from collections.abc import Sequence
from math import fsum
from typing import ClassVar

from scoring_service.scorers.base import Outcome, Rejection, RequestType, Row, ScoreRange
from scoring_service.scorers.levels import level
from scoring_service.scorers.moment import whole
from scoring_service.scorers.transaction_risk.assess import (
    MAX_BYTES,
    PATH,
    AssessRisk,
    RiskAssessment,
    seconds,
    transaction_of,
)
from scoring_service.scorers.transaction_risk.decoding import decoded
from scoring_service.scorers.transaction_risk.history import Fold, Histories, Seen
from scoring_service.scorers.transaction_risk.input import Transaction
from scoring_service.scorers.transaction_risk.output import TransactionRiskFailure, TransactionRiskScore
from scoring_service.scorers.transaction_risk.parameters import TransactionRiskParameters
from scoring_service.scorers.transaction_risk.rules import findings, issues


class TransactionRisk:
    """Risk of a transaction by named rules, 0 to 1."""

    name: ClassVar[str] = "transactionRisk"
    Input: ClassVar[type[Transaction]] = Transaction
    Parameters: ClassVar[type[TransactionRiskParameters]] = TransactionRiskParameters
    Output: ClassVar[type[TransactionRiskScore]] = TransactionRiskScore
    stateful: ClassVar[bool] = True
    range = ScoreRange(0.0, 1.0, "riskier")

    def __init__(self, parameters: TransactionRiskParameters) -> None:
        self.parameters = parameters

    def decode(self, value: bytes) -> Transaction | Rejection:
        """Return one record as a transaction, or why it cannot be one. Never raises on any bytes."""
        return decoded(value)

    def as_of(self, value: Transaction) -> float:
        """Return the transaction's own moment in Unix seconds."""
        return float(value.timestamp)

    def key(self, value: Transaction) -> bytes:
        """Return the sender."""
        return value.from_address.encode(errors="replace")

    def start(self) -> Histories:
        """Return no past of anybody."""
        return Histories({})

    def keys(self, state: Histories) -> list[bytes]:
        """Return the senders that are remembered."""
        return [sender.encode(errors="replace") for sender in state.by_sender]

    def warm(self, state: Histories) -> list[bytes]:
        """Return the same: every transaction has a score, whatever is known."""
        return self.keys(state)

    def score(self, rows: Sequence[Row], state: Histories) -> tuple[list[Outcome], Histories]:
        """Return one `TransactionRiskScore` per row, in order, and the next state."""
        fold = Fold(state, self.parameters.history_size, self.parameters.max_senders)
        return [self._score(fold, row.value, row.as_of) for row in rows], fold.state()

    def failure(self, rejection: Rejection) -> TransactionRiskFailure:
        """Return the failure record."""
        return TransactionRiskFailure(from_address=rejection.entity, error=rejection.detail, reason=rejection.reason)

    def request_types(self) -> tuple[RequestType, ...]:
        """Return the requirement's route: the risk of one transaction, with the past that comes along."""
        said = "Assess one transaction by the rules; of its sender only the history in the request is known."
        one = _one
        return (RequestType(PATH, "assess-risk", said, AssessRisk, RiskAssessment, self.assess, one, MAX_BYTES),)

    def assess(self, asked: AssessRisk, as_of: float) -> RiskAssessment:
        """Return the risk of a transaction; it has a moment of its own, so `as_of` does not count."""
        fold = Fold(self.start(), self.parameters.history_size, self.parameters.max_senders)
        for earlier in asked.user_history:
            fold.add(asked.from_address, Seen(seconds(earlier.timestamp), earlier.token_pair))
        transaction = transaction_of(asked)
        score = self._score(fold, transaction, float(transaction.timestamp))
        return RiskAssessment(
            tx_hash=score.tx_hash,
            risk_score=score.risk_score,
            risk_level=score.risk_level,
            findings=score.findings,
            issues=score.issues,
            history=score.history,
            model_variant=score.model_variant,
        )

    def _score(self, fold: Fold, transaction: Transaction, as_of: float) -> TransactionRiskScore:
        past = fold.before(transaction.from_address, as_of)
        found = findings(transaction, as_of, past, self.parameters)
        fold.add(transaction.from_address, Seen(as_of, transaction.token_pair))
        risk = min(1.0, fsum(finding.weight for finding in found))
        return TransactionRiskScore(
            tx_hash=transaction.tx_hash,
            from_address=transaction.from_address,
            risk_score=risk,
            risk_level=level(risk),
            findings=found,
            issues=issues(transaction, self.parameters),
            history=len(past),
            as_of=whole(as_of),
            model_variant=self.parameters.variant,
        )


def _one(asked: AssessRisk) -> int:
    return 1
