"""The scorer `addressRisk`: aggregates, a predictor, its risk and why."""

import re
from collections.abc import Sequence
from typing import ClassVar, Final

import msgspec
from msgspec import UnsetType

from scoring_service.scorers.address_risk import baseline
from scoring_service.scorers.address_risk.features import WIDTH
from scoring_service.scorers.address_risk.input import Account, aggregates
from scoring_service.scorers.address_risk.output import AddressRiskFailure, AddressRiskScore, level
from scoring_service.scorers.address_risk.parameters import AddressRiskParameters
from scoring_service.scorers.address_risk.reasons import Predict, risks_and_reasons
from scoring_service.scorers.base import Outcome, Rejection, Row, ScoreRange, State
from scoring_service.scorers.model import BASELINE, Model, ModelFile
from scoring_service.scorers.reasons import Reason

_SHOWN: Final = 200
_TOO_DEEP: Final = Rejection(Reason.DEPTH, "The record nests too deep to be read")
_decode: Final = msgspec.json.Decoder(Account).decode
_address: Final = re.compile(rb'"address"\s*:\s*"([ -!#-\[\]-~]{1,128})"').search


class AddressRisk:
    """Risk of an address, 0 to 1."""

    name: ClassVar[str] = "addressRisk"
    Input: ClassVar[type[Account]] = Account
    Parameters: ClassVar[type[AddressRiskParameters]] = AddressRiskParameters
    Output: ClassVar[type[AddressRiskScore]] = AddressRiskScore
    stateful: ClassVar[bool] = False
    range = ScoreRange(0.0, 1.0, "riskier")

    columns: ClassVar[int] = WIDTH

    def __init__(self, parameters: AddressRiskParameters) -> None:
        self.parameters = parameters
        self.model_variant = BASELINE
        self.model_version = baseline.VERSION
        self._predict: Predict = baseline.predict

    @property
    def model_file(self) -> ModelFile | None:
        """The file that the variant ml names."""
        model = self.parameters.model
        return model if self.parameters.variant == "ml" and not isinstance(model, UnsetType) else None

    def with_model(self, model: Model) -> "AddressRisk":
        """Return the same scorer with its model."""
        other = AddressRisk(self.parameters)
        other.model_variant, other.model_version = "ml", model.digest[:12]
        other._predict = model.predict
        return other

    def decode(self, value: bytes) -> Account | Rejection:
        """Return one record as an address, or why it cannot be one. Never raises on any bytes."""
        try:
            return _decode(value)
        except msgspec.ValidationError as error:
            return Rejection(Reason.SCHEMA, str(error)[:_SHOWN], _entity(value))
        except RecursionError:
            return _TOO_DEEP
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Rejection(Reason.JSON_SYNTAX, f"The record is not JSON in UTF-8: {error}"[:_SHOWN])

    def as_of(self, value: Account) -> float | None:
        """Return nothing: aggregates hold for the moment of their record."""
        return None

    def key(self, value: Account) -> bytes:
        """Return the address."""
        return value.address.encode(errors="replace")

    def start(self) -> State:
        """Return None: a predictor has no state."""
        return None

    def score(self, rows: Sequence[Row], state: State) -> tuple[list[Outcome], State]:
        """Return one `AddressRiskScore` per row, in order, and the state as it came."""
        found = risks_and_reasons([aggregates(row.value) for row in rows], self._predict, self.parameters.reasons)
        outcomes: list[Outcome] = [
            AddressRiskScore(
                address=row.value.address,
                risk=risk,
                risk_level=level(risk),
                reasons=reasons,
                model_variant=self.model_variant,
                model_version=self.model_version,
                as_of=int(row.as_of) if row.as_of == int(row.as_of) else row.as_of,
            )
            for row, (risk, reasons) in zip(rows, found, strict=True)
        ]
        return outcomes, state

    def failure(self, rejection: Rejection) -> AddressRiskFailure:
        """Return the failure record."""
        return AddressRiskFailure(address=rejection.entity, error=rejection.detail, reason=rejection.reason)


def _entity(value: bytes) -> str | None:
    """Return the address of a record of which another field is wrong, if it is written plainly."""
    found = _address(value)
    return found[1].decode() if found else None
