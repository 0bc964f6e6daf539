"""The scorer `addressRisk`: aggregates, a predictor, its risk and why."""

from collections.abc import Sequence
from typing import ClassVar, Final

from scoring_service.scorers.address_risk import baseline
from scoring_service.scorers.address_risk.features import WIDTH
from scoring_service.scorers.address_risk.input import Account, aggregates
from scoring_service.scorers.address_risk.output import AddressRiskFailure, AddressRiskScore
from scoring_service.scorers.address_risk.parameters import AddressRiskParameters
from scoring_service.scorers.address_risk.reasons import Predict, risks_and_reasons
from scoring_service.scorers.base import Outcome, Rejection, Row, ScoreRange, State
from scoring_service.scorers.levels import level
from scoring_service.scorers.model import BASELINE, Model, ModelFile, named
from scoring_service.scorers.moment import whole
from scoring_service.scorers.plain import Plain

_plain: Final = Plain(Account, "address")


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
        return named(self.parameters.variant, self.parameters.model)

    def with_model(self, model: Model) -> "AddressRisk":
        """Return the same scorer with its model."""
        other = AddressRisk(self.parameters)
        other.model_variant, other.model_version = "ml", model.digest[:12]
        other._predict = model.predict
        return other

    def decode(self, value: bytes) -> Account | Rejection:
        """Return one record as an address, or why it cannot be one. Never raises on any bytes."""
        return _plain.decoded(value)

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
                as_of=whole(row.as_of),
            )
            for row, (risk, reasons) in zip(rows, found, strict=True)
        ]
        return outcomes, state

    def failure(self, rejection: Rejection) -> AddressRiskFailure:
        """Return the failure record."""
        return AddressRiskFailure(address=rejection.entity, error=rejection.detail, reason=rejection.reason)
