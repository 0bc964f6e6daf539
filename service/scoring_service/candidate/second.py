"""What the codec asks of a second revision, and what a lane keeps of two."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from scoring_service.candidate.buckets import Share
from scoring_service.candidate.comparison import Comparison, Tally
from scoring_service.scorers.base import Outcome, Rejection, Row, Scorer, State
from scoring_service.scorers.raising import entity_of
from scoring_service.stream.ports import Record

Item = Row | Rejection
"""A record as a row, or why it is none."""


class Chunk(NamedTuple):
    """Neighbouring records of one partition, decoded."""

    lane: str
    """`topic/partition/`."""
    records: Sequence[Record]
    items: Sequence[Item]
    """One per record."""


class Judged(NamedTuple):
    """What became of a chunk."""

    outcomes: Sequence[Outcome]
    """One per record, in order."""
    authors: Iterable[int]
    """Who made each: 0 the first revision, 1 the second; one per record."""
    state: State


class Second(Protocol):
    """A second revision. Immutable; safe to call from any thread."""

    scorer: Scorer
    comparison: Comparison

    def judge(self, first: Scorer, chunk: Chunk, state: State, tally: Tally) -> Judged:
        """Return one outcome per record of a chunk, and the next state; add to `tally` what the second one did."""
        ...


class Folded(NamedTuple):
    """What a lane keeps of two revisions that both fold a state."""

    first: State
    second: State
    revision: str
    """Of the second."""


def is_of(state: State, revision: str) -> bool:
    """Tell whether a lane keeps a state of that revision, as the second one."""
    return isinstance(state, Folded) and state.revision == revision


def promoted(state: State, revision: str) -> State:
    """Return what a lane keeps, for what serves now: a candidate that was promoted to it goes on with its own state."""
    return state.second if is_of(state, revision) else state


def alone(state: State) -> State:
    """Return the state of the first revision: the second one is gone."""
    return state.first if isinstance(state, Folded) else state


def aligned(items: Sequence[Item], outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """Return one outcome per record from one per row: those that never became a row end as they are."""
    if len(items) == len(outcomes):
        return outcomes
    of_rows = iter(outcomes)
    return [next(of_rows) if isinstance(item, Row) else item for item in items]


def chosen(share: Share, scorer: Scorer, chunk: Chunk) -> list[bool]:
    """Return which records of a chunk have a key in a share: that of their output, else their place in the input."""
    found = []
    for record, item in zip(chunk.records, chunk.items, strict=True):
        key = record.key
        if key is None and isinstance(item, Row):
            key = entity_of(scorer, item.value)
        found.append(share.has(f"{chunk.lane}{record.offset}".encode() if key is None else key))
    return found
