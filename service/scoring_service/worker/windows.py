"""What the lanes of a worker remember, in numbers."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

from scoring_service.metrics import Windows
from scoring_service.revision import Kept, Serving
from scoring_service.scorers.base import Windowed

MAX_COMPARED: Final = 20_000
"""Keys that a scrape compares, at most: more would keep the event loop for longer than a scrape may."""


def windows(serving: Serving | None, states: Iterable[Kept | None]) -> Windows | None:
    """Return what lanes remember; None unless the scorer that serves can say it."""
    if serving is None or not isinstance(serving.scorer, Windowed):
        return None
    keys = [serving.scorer.keys(state) for state in serving.fitting(states)]
    count = sum(map(len, keys))
    return Windows(count, _on_several(keys) if count <= MAX_COMPARED else None)


def _on_several(keys: Iterable[Collection[bytes]]) -> int:
    lanes = Counter(key for of_lane in keys for key in of_lane)
    return sum(count > 1 for count in lanes.values())
