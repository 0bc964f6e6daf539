"""The same records under two revisions: 16 bytes are kept of each, whatever its size.

A record is decoded once and scored by both scorers as a worker would, each with a state of its own per partition.
"""

from array import array
from collections import Counter
from collections.abc import Sequence
from math import nan
from typing import Final

import numpy as np

from scoring_service.candidate.ranks import Floats, rank_correlation
from scoring_service.codec.rows import rows
from scoring_service.planning import histogram
from scoring_service.planning.findings import Crossing, Findings, Side
from scoring_service.planning.movers import Movers
from scoring_service.scorers.base import Outcome, Output, Rejection, Row, Scorer, State
from scoring_service.scorers.raising import answered
from scoring_service.stream.ports import Record

DECILES: Final = tuple(range(10, 100, 10))


class Comparison:
    """Takes records, in the order of each partition, and says what differs."""

    def __init__(self, before: Scorer, after: Scorer, most_movers: int) -> None:
        """Compare two scorers of one member, which decode alike."""
        self._scorer = before
        self._before = _Side(before)
        self._after = _Side(after)
        self._movers = Movers(before, after, most_movers)

    def take(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        """Score records of one partition with both."""
        items = rows(self._scorer, records, topic, partition)
        before, after = self._before.outcomes(partition, items), self._after.outcomes(partition, items)
        for item, old, new in zip(items, before, after, strict=True):
            if isinstance(item, Row) and isinstance(old, Output) and isinstance(new, Output):
                self._movers.consider(item, old.number, new.number)

    def findings(self, revisions: tuple[str, str], threshold: float | None = None) -> Findings:
        """Return what has been found so far, of the revisions before and after."""
        before, after = self._before.numbers(), self._after.numbers()
        edges = _edges(np.concatenate([before, after]))
        is_scored, was_scored = ~np.isnan(after), ~np.isnan(before)
        old, new = before[was_scored & is_scored], after[was_scored & is_scored]
        delta = new - old
        movement = np.abs(delta)
        return Findings(
            records=len(before),
            before=_summed(revisions[0], self._before.refused, before[was_scored], edges),
            after=_summed(revisions[1], self._after.refused, after[is_scored], edges),
            edges=edges,
            compared=len(delta),
            moved=int(np.count_nonzero(delta)),
            mean_delta=float(delta.mean()) if len(delta) else None,
            mean_movement=float(movement.mean()) if len(delta) else None,
            largest_movement=float(movement.max()) if len(delta) else None,
            rank_correlation=rank_correlation(old, new),
            gained=int(np.count_nonzero(is_scored & ~was_scored)),
            lost=int(np.count_nonzero(was_scored & ~is_scored)),
            crossing=None if threshold is None else _crossing(old, new, threshold),
            movers=list(self._movers.found),
        )

    def points(self, most: int) -> list[tuple[float, float]]:
        """Return scores before and after of at most `most` records that both score, taken evenly from all."""
        before, after = self._before.numbers(), self._after.numbers()
        both = np.flatnonzero(~np.isnan(before) & ~np.isnan(after))
        chosen = both[:: max(1, -(-len(both) // most))]
        return list(zip(before[chosen].tolist(), after[chosen].tolist(), strict=True))


class _Side:
    """One scorer at work, with what it has said so far."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._states: dict[int, State] = {}
        self._numbers = array("d")
        self.refused: Counter[str] = Counter()

    def outcomes(self, partition: int, items: Sequence[Row | Rejection]) -> list[Outcome]:
        """Return what becomes of each item, in order; what never became a row ends as it is."""
        state = self._states[partition] if partition in self._states else self._scorer.start()
        found = [item for item in items if isinstance(item, Row)]
        scored, self._states[partition] = answered(self._scorer, found, state)
        of_rows = iter(scored)
        outcomes = [next(of_rows) if isinstance(item, Row) else item for item in items]
        for outcome in outcomes:
            self._count(outcome)
        return outcomes

    def _count(self, outcome: Outcome) -> None:
        if isinstance(outcome, Output):
            self._numbers.append(outcome.number)
        else:
            self._numbers.append(nan)
            self.refused[outcome.reason] += 1

    def numbers(self) -> Floats:
        """Return the scores of all records in order, NaN where there is none."""
        return np.array(self._numbers, dtype=np.float64)


def _summed(revision: str, refused: Counter[str], scores: Floats, edges: list[float]) -> Side:
    return Side(
        revision=revision,
        scored=len(scores),
        refused=dict(sorted(refused.items())),
        counts=np.histogram(np.clip(scores, edges[0], edges[-1]), edges)[0].tolist() if edges else [],
        mean=float(scores.mean()) if len(scores) else None,
        deciles=np.percentile(scores, DECILES).tolist() if len(scores) else [],
    )


def _edges(scores: Floats) -> list[float]:
    """Return the edges of bins for all scores; none without a score."""
    known = scores[~np.isnan(scores)]
    return histogram.edges(float(known.min()), float(known.max())) if len(known) else []


def _crossing(before: Floats, after: Floats, threshold: float) -> Crossing:
    up = int(np.count_nonzero((before < threshold) & (after >= threshold)))
    down = int(np.count_nonzero((before >= threshold) & (after < threshold)))
    share = (up + down) / len(before) if len(before) else 0.0
    return Crossing(threshold=threshold, up=up, down=down, share=share)
