"""How well a predictor ranks rare events: average precision, the area below precision over recall. Pure."""

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.float64]


def average_precision(scores: Column, events: npt.NDArray[np.bool_]) -> float:
    """Return the mean of the precision at each event, ties taken together; nan without events.

    A predictor that knows nothing has the share of events.
    """
    if not events.any():
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(events[order])
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)  # of each group of equal scores
    precision, recall = hits[last] / (last + 1), hits[last] / hits[-1]
    return float((np.diff(recall, prepend=0.0) * precision).sum())
