"""What is usual in a recording: quantiles for the baseline, and windows that do not overlap for drift."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from scoring_service.scorers.reasons import AbsorbedReason
from scoring_service.scorers.volatility.input import Tick
from scoring_service.scorers.volatility.parameters import VolatilityParameters
from scoring_service.scorers.volatility.windows import Fold, Windows
from scoring_service.training.rows import NoRows

MOST_APART = 500
"""Windows of a drift reference: so many numbers fit into a parameter."""


class Usual(NamedTuple):
    """Of all windows of a recording."""

    median: float
    """Of ret_std."""
    p90: float
    apart: tuple[tuple[float, float], ...]
    """ret_mean and ret_std of windows that do not overlap, spread over the recording."""


def usual(ticks: Sequence[Tick], parameters: VolatilityParameters) -> Usual:
    """Return what is usual in ticks that name their moments.

    Raises:
        NoRows: Not one window is full.
    """
    fold = Fold(Windows({}), parameters)
    said = [fold.take(tick, tick.timestamp or 0.0) for tick in ticks]
    windows = [window for window in said if not isinstance(window, AbsorbedReason)]
    if not windows:
        raise NoRows(f"expected a window of {parameters.window_size} ticks, found none")
    median, p90 = np.quantile([window.ret_std for window in windows], [0.5, 0.9])
    apart = windows[:: windows[0].n]
    chosen = apart[:: -(-len(apart) // MOST_APART)]
    return Usual(float(median), float(p90), tuple((window.ret_mean, window.ret_std) for window in chosen))
