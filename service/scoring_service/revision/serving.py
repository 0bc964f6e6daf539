"""What serves, as the rest of the worker sees it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from scoring_service.candidate import Candidate, alone, is_of
from scoring_service.codec import BatchScorer
from scoring_service.scorers.base import Scorer, State
from scoring_service.scorers.model import missing
from scoring_service.scorers.parameters import Shape


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
    shape: Shape = ()
    """Of the scorer's states."""

    @property
    def lacks_model(self) -> bool:
        """Whether the scorer's baseline stands in for its model."""
        return missing(self.scorer) is not None

    def carried(self, kept: "Kept | None") -> State:
        """Return the state to go on from: that of a lane if it fits this revision, else a new one."""
        if kept is None:
            return self.scorer.start()
        if kept.shape == self.shape or is_of(kept.state, self.revision):
            return kept.state
        return self.scorer.start()

    def fitting(self, states: "Iterable[Kept | None]") -> list[State]:
        """Return what of the lanes' states is this revision's own."""
        return [alone(kept.state) for kept in states if kept is not None and kept.shape == self.shape]

    def kept(self, state: State) -> "Kept | None":
        """Return what a lane keeps of a state; nothing for scorers that keep none."""
        return Kept(self.shape, state) if self.scorer.stateful else None


class Kept(NamedTuple):
    """A lane's state between two batches."""

    shape: Shape
    """Of the revision that it was made for."""
    state: State


class Seen(NamedTuple):
    """What a kept batch was scored by, and the last word on going on."""

    serving: Serving | None
    resume: str | None
