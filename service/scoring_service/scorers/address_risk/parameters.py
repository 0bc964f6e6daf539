"""What a person may set. Every parameter is live."""

from typing import Annotated, Literal

from scoring_service.scorers.parameters import Parameters, parameter


class AddressRiskParameters(Parameters, frozen=True):
    """Risk of an Ethereum address from the aggregates of its transactions, 0 to 1; higher is riskier."""

    variant: Annotated[
        Literal["baseline"],
        parameter("What predicts; risks of different variants do not compare."),
    ] = "baseline"
    reasons: Annotated[
        int, parameter("Reasons of a score, at most; each asks the predictor again.", unit="reasons", ge=0, le=8)
    ] = 3
