"""What is counted of a candidate: a tally of every batch, added up when the batch is delivered.

So a batch that is scored twice before it gets through counts once, as the records themselves do.
"""

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np

from scoring_service.candidate.ranks import rank_correlation
from scoring_service.scorers.base import Absorbed, Outcome, Rejection, ScoreRange
from scoring_service.scorers.raising import Raised

WINDOW: Final = 1_000
"""Compared records of the rank correlation and of the crossings, the latest: few enough to be sorted in a scrape."""

EDGES: Final = (-0.1, -0.01, 0.0, 0.01, 0.1)
"""Of differences, as shares of the score's range: few, because a pod shows few series."""

Pair = tuple[float, float]
"""The score of the serving revision, and of the candidate."""


@dataclass(slots=True)
class Tally:
    """What one batch says of a candidate."""

    comparison: "Comparison"
    """Which it becomes a part of."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """What it made of the records of its share: `scored`, `rejected` or `absorbed`."""
    errors: Counter[str] = field(default_factory=Counter)
    """Of these, where the serving revision did better: `exception`, or `rejection` of what that one scores."""
    pairs: list[Pair] = field(default_factory=list)
    """Scores of records that both have scored."""
    seconds: float = 0.0
    """That it took."""
    last_error: str = ""

    def settle(self) -> None:
        """Count the batch: it is delivered."""
        self.comparison.add(self)

    def note(self, answer: Outcome | Raised) -> None:
        """Count what the candidate made of one record."""
        if isinstance(answer, Raised):
            self.errors["exception"] += 1
            self.last_error = answer.why
        else:
            self.outcomes[kind(answer)] += 1

    def blame(self, answer: Outcome) -> None:
        """Count an answer that is no score, where the serving revision has one."""
        self.errors["rejection"] += 1
        said = f"{answer.reason}: {answer.detail}" if isinstance(answer, Rejection) else kind(answer)
        self.last_error = f"not scored, but by the serving revision: {said}"[:256]


def kind(outcome: Outcome) -> str:
    """Return what became of a record, in one word."""
    if isinstance(outcome, Rejection):
        return "rejected"
    return "absorbed" if isinstance(outcome, Absorbed) else "scored"


class Crossing(NamedTuple):
    """Shares of the window, 0 to 1, that lie on different sides of the threshold."""

    up: float
    """At or above it with the candidate alone."""
    down: float
    """At or above it without the candidate alone."""


class Comparison:
    """What a candidate has shown on this pod since it stands beside. Not for two threads at a time."""

    def __init__(self, span: ScoreRange) -> None:
        self._width = span.high - span.low
        self._window: deque[Pair] = deque(maxlen=WINDOW)
        self._deltas = [0] * (len(EDGES) + 1)
        self.outcomes: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.seconds = 0.0
        self.last_error = ""

    def add(self, tally: Tally) -> None:
        """Count a delivered batch."""
        self.outcomes.update(tally.outcomes)
        self.errors.update(tally.errors)
        self.seconds += tally.seconds
        self.last_error = tally.last_error or self.last_error
        self._window.extend(tally.pairs)
        for first, second in tally.pairs:
            self._deltas[bisect_left(EDGES, (second - first) / self._width)] += 1

    @property
    def compared(self) -> int:
        """Records that both have scored."""
        return sum(self._deltas)

    def deltas(self) -> Iterator[tuple[float, int]]:
        """Yield each edge with the number of differences (candidate less serving) at or below it."""
        return zip(EDGES, accumulate(self._deltas[:-1]), strict=True)

    def rank_correlation(self) -> float | None:
        """Return how alike both order the window, in [-1, 1]; None while one of them gives all the same score."""
        first, second = np.array(self._window, dtype=np.float64).reshape(-1, 2).T
        return rank_correlation(first, second)

    def crossing(self, threshold: float) -> Crossing | None:
        """Return how much of the window the candidate moves across a threshold; None before anything is compared."""
        if not self._window:
            return None
        up = sum(first < threshold <= second for first, second in self._window)
        down = sum(second < threshold <= first for first, second in self._window)
        return Crossing(up / len(self._window), down / len(self._window))
