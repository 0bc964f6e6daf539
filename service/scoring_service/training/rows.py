"""A recording as rows: for every full window its features, how volatile the time after it was, and naive predictors.

What comes after is the standard deviation of the simple returns of the next 60 s, within a stretch without long pauses.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring_service.scorers.reasons import AbsorbedReason
from scoring_service.scorers.volatility.input import Tick
from scoring_service.scorers.volatility.parameters import VolatilityParameters
from scoring_service.scorers.volatility.windows import Fold, Windows

HORIZON_S: Final = 60.0
ROLLING_S: Final = (30.0, 60.0)
DECAYS: Final = (0.94, 0.97)
"""Of RiskMetrics' exponentially weighted variance, on a grid of one second."""
FEWEST_RETURNS: Final = 2
"""Of which a standard deviation says anything."""

Column = npt.NDArray[np.float64]


class Rows(NamedTuple):
    """One row for every full window with a future, oldest first."""

    at: Column
    """Unix seconds."""
    began: Column
    """Unix seconds of the first price of the window."""
    features: npt.NDArray[np.float64]
    """Shape (rows, 3): ret_mean, ret_std, n."""
    future: Column
    """Standard deviation of the returns of the next 60 s."""
    naive: dict[str, Column]
    """What predictors without a model say; higher is more volatile."""


class NoRows(ValueError):
    """The recording is too short, or has too few ticks; the message says what was expected."""


def rows(ticks: Sequence[Tick], parameters: VolatilityParameters) -> Rows:
    """Return the rows of one symbol's ticks, which name their moments and are in the order of a replay.

    Raises:
        NoRows: No window has a future of 60 s.
    """
    fold, kept, windows = Fold(Windows({}), parameters), [], []
    for tick in ticks:
        assert tick.timestamp is not None  # noqa: S101 - who reads a recording leaves the others out
        said = fold.take(tick, tick.timestamp)
        if said not in (AbsorbedReason.LATE, AbsorbedReason.OUT_OF_WINDOW):
            kept.append(tick)
            windows.append(None if isinstance(said, AbsorbedReason) else said)
    at = np.array([tick.timestamp for tick in kept])
    returns, stretch = _returns(np.array([tick.price for tick in kept]), at, parameters.max_gap_seconds)
    ends = _ends(at, stretch)
    places = [i for i, window in enumerate(windows) if window is not None and ends[i] - i >= FEWEST_RETURNS]
    if not places:
        raise NoRows(f"expected windows of {parameters.window_size} ticks with {HORIZON_S:g} s after them, found none")
    found: list[Any] = [windows[i] for i in places]
    return Rows(
        at[places],
        at[[i - parameters.window_size + 1 for i in places]],
        np.array([(window.ret_mean, window.ret_std, window.n) for window in found]),
        np.array([returns[i + 1 : ends[i] + 1].std() for i in places]),
        _naive(at, returns, places),
    )


def _returns(prices: Column, at: Column, gap_s: float) -> tuple[Column, npt.NDArray[np.int64]]:
    """Return the return that each tick has brought, 0 after a pause, and which stretch between pauses it is of."""
    paused = np.diff(at, prepend=-np.inf) > gap_s
    returns = np.zeros(len(prices))
    returns[1:] = np.diff(prices) / prices[:-1]
    returns[paused] = 0.0
    return returns, np.cumsum(paused)


def _ends(at: Column, stretch: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return for each tick the last one of the next 60 s; itself if its stretch ends before they are over."""
    last = np.searchsorted(at, at + HORIZON_S, "right") - 1
    stretch_end = at[np.searchsorted(stretch, stretch, "right") - 1]
    return np.where(at + HORIZON_S <= stretch_end, last, np.arange(len(at)))


def _naive(at: Column, returns: Column, places: Sequence[int]) -> dict[str, Column]:
    rolling = {f"std of the last {span:g} s": _rolling(at, returns, places, span) for span in ROLLING_S}
    return rolling | {f"EWMA {decay:g}": _ewma(at, returns, places, decay) for decay in DECAYS}


def _rolling(at: Column, returns: Column, places: Sequence[int], span_s: float) -> Column:
    firsts = np.searchsorted(at, at - span_s, "right")
    return np.array([returns[firsts[i] : i + 1].std() for i in places])


def _ewma(at: Column, returns: Column, places: Sequence[int], decay: float) -> Column:
    """Return the weighted variance of one-second returns up to the last full second."""
    second = np.floor(at - at[0]).astype(int)
    grid = np.zeros(second[-1] + 1)
    np.add.at(grid, second, returns)
    variance = list(accumulate(grid**2, lambda before, now: decay * before + (1 - decay) * now))
    return np.sqrt([variance[max(0, second[i] - 1)] for i in places])
