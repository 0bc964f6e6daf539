"""What serves, as the rest of the worker sees it."""

from dataclasses import dataclass
from typing import NamedTuple

from scoring_service.candidate import Candidate
from scoring_service.codec import BatchScorer
from scoring_service.scorers.base import Scorer


@dataclass(frozen=True, slots=True)
class Serving:
    """A built revision."""

    revision: str
    scorer: Scorer
    batches: BatchScorer
    alone: BatchScorer
    """The same without a candidate: for whoever asks for this revision's scores."""
    candidate: Candidate | None = None
    """What `batches` has beside the scorer."""


class Seen(NamedTuple):
    """What a kept batch was scored by, and the last word on going on."""

    serving: Serving | None
    resume: str | None
