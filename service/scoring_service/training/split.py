"""Which rows learn and which judge: the earlier ones and the later ones, and none whose data both would have seen."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring_service.training.rows import HORIZON_S, Rows

SHARE: Final = 0.6
"""Of the recorded time whose rows learn."""

Mask = npt.NDArray[np.bool_]


class Split(NamedTuple):
    """Rows by what they are for; those in the gap are for nothing."""

    learns: Mask
    judges: Mask


def by_time(rows: Rows, share: float = SHARE) -> Split:
    """Return rows up to a moment, and those whose window begins after all that the former have seen.

    A row has seen its window and the 60 s after it. So the gap is as long as both together.
    """
    moment = rows.at[0] + share * (rows.at[-1] - rows.at[0])
    learns = rows.at <= moment
    return Split(learns, rows.began > rows.at[learns].max() + HORIZON_S)
