"""What a person may set. Every parameter is live."""

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, UnsetType

from scoring_service.scorers.model import NEEDS_FILE, ModelFile
from scoring_service.scorers.parameters import Parameters, parameter


class AddressRiskParameters(Parameters, frozen=True):
    """Risk of an Ethereum address from the aggregates of its transactions, 0 to 1; higher is riskier."""

    variant: Annotated[
        Literal["baseline", "ml"],
        parameter("What predicts: the baseline, or a model file; where that cannot be loaded, the baseline stands in."),
    ] = "baseline"
    model: Annotated[ModelFile, parameter("The model file of the variant ml.")] | UnsetType = UNSET
    reasons: Annotated[
        int, parameter("Reasons of a score, at most; each asks the predictor again.", unit="reasons", ge=0, le=8)
    ] = 3

    rules: ClassVar = (NEEDS_FILE,)
