"""How many pods a load needs.

Partitions are dealt whole, so the busiest of m pods has ceil(P/m) of them, and that share decides: between two numbers
with the same busiest pod the smaller does as much. Those are the numbers that spread partitions evenly, and the only
ones that are ever asked for; the largest of them is P.
"""

import math
from typing import Final

from scoring_operator.scaling.window import Load

UTILISATION: Final = 0.75
"""Of what pods can do that arrivals may take when a number is chosen: there is room for a third more load."""
PODS_AT_MOST: Final = 1_000_000
"""That are ever said to be needed."""


def required(load: Load, target_s: float) -> float:
    """Return the rate that is asked of all pods together: to keep up, and to have the drain time within its target."""
    return max(load.arrivals / UTILISATION, load.backlog / target_s)


def pods_needed(rate: float, per_pod: float | None, partitions: int) -> int | None:
    """Return the fewest pods whose busiest bears its share of `rate`, at least 1; None while unknown.

    More than `partitions` says that a pod for each would not be enough.

    Args:
        rate: That is asked of all together.
        per_pod: That one pod is known to be able to do; None if nothing is known.
        partitions: Of the input topic, at least 1, taken to be alike.
    """
    if rate <= 0:
        return 1
    if not per_pod:
        return None
    bears = partitions * (per_pod / rate)
    if bears < 1:
        return math.ceil(min(rate / per_pod, PODS_AT_MOST))
    return math.ceil(partitions / min(partitions, int(bears)))
