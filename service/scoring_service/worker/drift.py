"""What the scorer that serves says of the drift of what it sees, over all lanes."""

from collections.abc import Iterable, Mapping

from scoring_service.revision import Kept, Serving
from scoring_service.scorers.drift import Drift, Drifting


def drift(serving: Serving | None, states: Iterable[Kept | None]) -> Mapping[str, Drift]:
    """Return the drift of each feature; nothing of a scorer that cannot say it."""
    if serving is None or not isinstance(serving.scorer, Drifting):
        return {}
    return serving.scorer.drift(serving.fitting(states))
