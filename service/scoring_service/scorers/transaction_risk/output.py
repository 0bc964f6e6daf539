"""What goes to the topics."""

import msgspec

from scoring_service.scorers.base import Output
from scoring_service.scorers.levels import Level
from scoring_service.scorers.transaction_risk.rules import Finding, Issue


class TransactionRiskScore(Output, kw_only=True):
    """The risk of one transaction, 0 to 1; higher is riskier. It is a reason to look, no verdict of fraud."""

    tx_hash: str
    """As in the input."""
    from_address: str
    """As in the input."""
    risk_score: float
    """0 to 1: the weights of the rules that apply, together."""
    risk_level: Level
    findings: list[Finding]
    """The rules that apply; their weights add up to the risk, as long as that is below 1."""
    issues: list[Issue]
    """What is worth a remark and adds no risk."""
    history: int
    """Earlier transactions of the sender that were known: with few of them the rules see little."""
    as_of: float
    """Unix seconds: the moment of the transaction."""
    model_variant: str
    """What made the score: `rules`."""

    @property
    def number(self) -> float:
        """The risk."""
        return self.risk_score


class TransactionRiskFailure(msgspec.Struct, kw_only=True):
    """Why a record is no transaction."""

    from_address: str | None
    """As in the input; null if it cannot be read."""
    error: str
    """One sentence for people."""
    reason: str
    """From the closed list in `scorers.reasons`."""
    timestamp: int = 0
    processing_time_ms: int = 0
