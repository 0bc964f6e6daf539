"""What goes to the topics."""

import msgspec

from scoring_service.scorers.address_risk.reasons import Effect
from scoring_service.scorers.base import Output
from scoring_service.scorers.levels import Level


class AddressRiskScore(Output, kw_only=True):
    """The risk of one address, 0 to 1; higher is riskier. It is a reason to look, no verdict of fraud."""

    address: str
    """As in the input, to the letter."""
    risk: float
    """0 to 1: the share of such addresses that were fraud among those that taught the predictor."""
    risk_level: Level
    reasons: list[Effect]
    """What makes the risk most another than it would be, the strongest first; at most three."""
    model_variant: str
    """What made the score: `baseline`, or `ml`."""
    model_version: str
    as_of: float
    """Unix seconds: the moment for which the score holds."""

    @property
    def number(self) -> float:
        """The risk."""
        return self.risk


class AddressRiskFailure(msgspec.Struct, kw_only=True):
    """Why an address has no score."""

    address: str | None
    """As in the input; null if it cannot be read."""
    error: str
    """One sentence for people."""
    reason: str
    """From the closed list in `scorers.reasons`."""
    timestamp: int = 0
    processing_time_ms: int = 0
