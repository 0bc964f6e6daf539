"""What the scorer that serves says of the drift of what it sees, over all lanes."""

from collections.abc import Iterable, Mapping

from scoring_service.candidate import alone
from scoring_service.revision import Serving
from scoring_service.scorers.base import State
from scoring_service.scorers.drift import Drift, Drifting


def drift(serving: Serving | None, states: Iterable[State]) -> Mapping[str, Drift]:
    """Return the drift of each feature; nothing of a scorer that cannot say it."""
    if serving is None or not isinstance(serving.scorer, Drifting):
        return {}
    return serving.scorer.drift(alone(state) for state in states if state is not None)
