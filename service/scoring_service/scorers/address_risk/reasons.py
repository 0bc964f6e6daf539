"""Why an address has its risk: how far the risk would be another if one aggregate were that of a usual address.

Usual is the median of addresses that are no fraud. The ratios of the changed aggregate change with it. It is asked of a
few aggregates, so that a record costs a known number of predictions. Effects do not add up to the risk: aggregates work
together.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from scoring_service.scorers.address_risk.features import NAMES, matrix
from scoring_service.scorers.address_risk.learned import USUAL

Predict = Callable[[NDArray[np.float32]], NDArray[np.float64]]
"""From lines as `features.matrix` makes them to risks, 0 to 1; line by line, whatever stands beside."""

ASKED: Final = (
    *("active_minutes", "unique_senders", "unique_receivers", "received"),
    *("avg_received", "max_received", "total_received", "avg_min_between_received"),
)
"""Aggregates that are asked about."""
_PLACES: Final = [NAMES.index(name) for name in ASKED]


class Effect(msgspec.Struct, frozen=True, gc=False):
    """What one aggregate does to a risk."""

    feature: str
    """Name of the aggregate."""
    value: float
    """Of this address."""
    usual: float
    """Median of addresses that are no fraud."""
    effect: float
    """Risk less what it would be with the usual value: above zero, the value makes the address riskier."""


def risks_and_reasons(rows: Sequence[Sequence[float]], predict: Predict, most: int) -> list[tuple[float, list[Effect]]]:
    """Return the risk of each address, and its `most` strongest reasons, the strongest first."""
    if not rows:
        return []
    if not most:
        return [(float(risk), []) for risk in predict(matrix(rows))]
    variants = [variant for row in rows for variant in (row, *_changed(row))]
    each = 1 + len(ASKED)
    risks = predict(matrix(variants)).reshape(len(rows), each)
    return [(float(of[0]), _strongest(row, of, most)) for row, of in zip(rows, risks, strict=True)]


def _changed(row: Sequence[float]) -> list[list[float]]:
    return [[*row[:place], USUAL[name], *row[place + 1 :]] for name, place in zip(ASKED, _PLACES, strict=True)]


def _strongest(row: Sequence[float], risks: NDArray[np.float64], most: int) -> list[Effect]:
    effects = [
        Effect(name, row[place], USUAL[name], float(risks[0] - changed))
        for name, place, changed in zip(ASKED, _PLACES, risks[1:], strict=True)
    ]
    telling = [effect for effect in effects if effect.effect]
    return sorted(telling, key=lambda effect: -abs(effect.effect))[:most]
