"""The baseline: where ret_std stands among usual ones, by the log-logistic distribution through two of their quantiles.

score = 1 / (1 + (median / ret_std)^k),  k = ln 9 / ln(p90 / median)

So the median scores 0.5, the 90th percentile 0.9, and of two windows the more volatile one has the higher score.
"""

from math import exp, log, log1p
from typing import Final

from scoring_service.scorers.volatility.parameters import Reference

VERSION: Final = "baseline-1"


class Baseline:
    """The score of a ret_std, for one reference."""

    def __init__(self, reference: Reference) -> None:
        above = (reference.p90 - reference.median) / reference.median  # neighbours have logarithms that are equal
        self._steepness = log(9) / log1p(above)
        self._middle = log(reference.median)

    def score(self, ret_std: float) -> float:
        """Return the score, 0 to 1, of a ret_std above zero."""
        exponent = self._steepness * (log(ret_std) - self._middle)
        if exponent >= 0:  # whichever side, nothing overflows
            return 1 / (1 + exp(-exponent))
        small = exp(exponent)
        return small / (1 + small)
