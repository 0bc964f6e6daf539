"""What goes to the topics."""

import msgspec

from scoring_service.scorers.base import Output
from scoring_service.scorers.volatility.window import Features


class VolatilityScore(Output, kw_only=True):
    """How volatile a symbol is at the moment of a tick, 0 to 1; higher is riskier."""

    symbol: str
    """As in the tick, to the letter."""
    score: float
    """0 to 1: where the window stands among usual ones."""
    features: Features
    model_variant: str
    """What made the score: `baseline` or `ml`."""
    model_version: str
    as_of: float
    """Unix seconds: the moment of the tick."""

    @property
    def number(self) -> float:
        """The score."""
        return self.score


class VolatilityFailure(msgspec.Struct, kw_only=True):
    """Why a record is no tick."""

    symbol: str | None
    """As in the input, to the letter; null if it cannot be read."""
    error: str
    """One sentence for people."""
    reason: str
    """From the closed list in `scorers.reasons`."""
    timestamp: int = 0
    processing_time_ms: int = 0
