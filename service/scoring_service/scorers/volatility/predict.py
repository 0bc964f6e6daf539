"""`POST /predict`: scores of features that the client has computed itself, row by row."""

from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec

from scoring_service.scorers.volatility.window import LEAST_STD

MAX_ROWS: Final = 1000
MAX_BYTES: Final = 256 * 1024
"""Of a body: 262 for each row, of which three numbers with all their digits take 90."""


class FeatureRow(msgspec.Struct, frozen=True, gc=False):
    """What one window says."""

    ret_mean: float
    """Mean of the returns."""
    ret_std: Annotated[float, msgspec.Meta(ge=0)]
    """Their standard deviation; below 1e-8 it counts as 1e-8, as in a window."""
    n: Annotated[int, msgspec.Meta(gt=0)]
    """How many returns."""


class Predict(msgspec.Struct, frozen=True):
    """Features of 1 to 1,000 windows."""

    rows: Annotated[list[FeatureRow], msgspec.Meta(min_length=1, max_length=MAX_ROWS)]


class Predicted(msgspec.Struct, frozen=True):
    """Their scores, in order."""

    scores: list[float]
    """0 to 1; higher is riskier."""
    model_variant: str
    """What made the scores."""
    version: str
    """Of the model variant."""
    ts: str
    """The moment that was asked for, else that of the request: ISO 8601 in UTC."""


def deviation(row: FeatureRow) -> float:
    """Return the ret_std of a row as a window would have it."""
    return max(row.ret_std, LEAST_STD)


def moment(as_of: float) -> str:
    """Return Unix seconds as ISO 8601 in UTC."""
    return datetime.fromtimestamp(as_of, UTC).isoformat()
