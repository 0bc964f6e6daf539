"""How often an address acts: 1000 · n / (n + half), n events, and half of them where the score is 500."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import msgspec

from scoring_service.scorers.base import Outcome, Output, Rejection, Row, ScoreRange, State
from scoring_service.scorers.parameters import Parameters, parameter
from scoring_service.scorers.reasons import Reason


class PulseInput(msgspec.Struct):
    """One record: an address and how many events it had."""

    address: Annotated[str, msgspec.Meta(min_length=1)]
    events: Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class PulseParameters(Parameters):
    """When an address is busy."""

    half: Annotated[float, parameter("Events that score 500.", unit="events", ge=0.001, le=1e6)] = 100.0


class PulseOutput(Output, kw_only=True):
    """One score."""

    address: str
    pulse: float

    @property
    def number(self) -> float:
        return self.pulse


class PulseFailure(msgspec.Struct, kw_only=True):
    """One record that has no score."""

    error: str
    reason: str
    timestamp: int = 0
    processing_time_ms: int = 0


class Pulse:
    """How often an address acts, 0 to 1000."""

    name: ClassVar[str] = "pulse"
    Input: ClassVar[type[Any]] = PulseInput
    Parameters: ClassVar[type[Any]] = PulseParameters
    Output: ClassVar[type[Any]] = PulseOutput
    stateful: ClassVar[bool] = False
    range = ScoreRange(0.0, 1000.0, "riskier")

    def __init__(self, parameters: PulseParameters) -> None:
        self.parameters = parameters

    def decode(self, value: bytes) -> PulseInput | Rejection:
        """Return the record, or why it is none."""
        try:
            return msgspec.json.decode(value, type=PulseInput)
        except msgspec.ValidationError as error:
            return Rejection(Reason.SCHEMA, str(error)[:200])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Rejection(Reason.JSON_SYNTAX, str(error)[:200])
        except RecursionError:
            return Rejection(Reason.DEPTH, "The record nests too deep to be read")

    def as_of(self, value: PulseInput) -> float | None:
        """Return nothing: the record's own timestamp counts."""
        return None

    def key(self, value: PulseInput) -> bytes:
        """Return the address."""
        return value.address.encode("utf-8", "replace")

    def start(self) -> State:
        """Return no state."""
        return None

    def score(self, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
        """Return one score per row."""
        half = self.parameters.half
        return [
            PulseOutput(address=row.value.address, pulse=1000.0 * row.value.events / (row.value.events + half))
            for row in rows
        ], state

    def failure(self, rejection: Rejection) -> PulseFailure:
        """Return the failure record."""
        return PulseFailure(error=rejection.detail, reason=rejection.reason)
