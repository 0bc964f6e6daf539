"""The baseline: a logistic regression of logarithms. It needs no file, so there is always something that scores.

    risk = 1 / (1 + exp(-z)),  z = intercept + sum of coefficient · sign(x) · ln(1 + |x|) over the 33 columns

The numbers are in `learned`.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring_service.scorers.address_risk.learned import COEFFICIENTS, INTERCEPT

VERSION: Final = "baseline-1"
_COEFFICIENTS: Final = np.array(COEFFICIENTS)
STEEPEST: Final = 700.0
"""Logits end here, where the exponential still is a number."""


def predict(columns: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the risk of each line."""
    logs = logarithms(columns)
    # line by line and in one order of summing: a product of matrices may differ in its last digits with their size
    logits = INTERCEPT + (logs * _COEFFICIENTS).sum(axis=1)
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -STEEPEST, STEEPEST))), dtype=np.float64)


def logarithms(columns: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the signed logarithms of columns."""
    wide = columns.astype(np.float64)
    return np.asarray(np.sign(wide) * np.log1p(np.abs(wide)), dtype=np.float64)
