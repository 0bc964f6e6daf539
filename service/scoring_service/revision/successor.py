"""A revision whose windows must fill before it serves: it scores beside the serving one, and nobody sees it.

It takes over once it answers for every key that the serving one answers for, or once its time is up.
"""

from collections.abc import Iterable
from typing import NamedTuple

from scoring_service.candidate import Candidate, Comparison, Folded, Shadow, Share
from scoring_service.contract.scorer_file import CandidateBlock, ScorerBlock
from scoring_service.revision.serving import Kept, Serving
from scoring_service.scorers.base import Windowed

ALL_PERCENT = 100.0


class Successor(NamedTuple):
    """A verified revision that is warming up."""

    serving: Serving
    """As it will serve."""
    block: ScorerBlock
    deadline: float
    """Monotonic seconds at which it takes over, warm or not."""


def must_warm(current: Serving | None, successor: Serving) -> bool:
    """Tell whether the states that lanes have now are none for a successor."""
    if current is None or not successor.scorer.stateful or current.shape == successor.shape:
        return False
    return current.candidate is None or current.candidate.revision != successor.revision


def beside(successor: Successor, pipeline: str) -> Candidate:
    """Return what makes a successor score everything that the serving revision scores."""
    scorer, revision = successor.serving.scorer, successor.serving.revision
    block = CandidateBlock(scorer=successor.block, mode="Shadow", percent=ALL_PERCENT)
    share = Share(pipeline, ALL_PERCENT)
    return Candidate(revision, block, Shadow(scorer, revision, share, Comparison(scorer.range)))


def is_warm(current: Serving, successor: Serving, states: Iterable[Kept | None]) -> bool:
    """Tell whether a successor answers, in all lanes, for every key that the serving revision answers for.

    Args:
        current: What serves, with the successor beside it.
        successor: What is to serve.
        states: What the lanes keep; None of one without a record yet.
    """
    first, second = current.scorer, successor.scorer
    if not isinstance(first, Windowed) or not isinstance(second, Windowed):
        return False
    for kept in states:
        if kept is None:
            continue
        state = kept.state
        if not isinstance(state, Folded):
            if first.warm(state):
                return False
        elif state.revision != successor.revision or not set(first.warm(state.first)) <= set(second.warm(state.second)):
            return False
    return True
