"""The same records under two revisions: 16 bytes are kept of each, whatever its size.

A record is decoded and scored by both scorers exactly as a worker would, each with a state of its own per partition.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from math import nan
from typing import Final

import numpy as np

from scoring_service.codec.rows import row
from scoring_service.planning import histogram
from scoring_service.planning.findings import Crossing, Findings, Side
from scoring_service.planning.movers import Movers
from scoring_service.planning.ranks import Floats, rank_correlation
from scoring_service.scorers.base import Outcome, Output, Row, Scorer, Source, State
from scoring_service.stream.ports import Record

DECILES: Final = tuple(range(10, 100, 10))


class Comparison:
    """Takes records, in the order of each partition, and says what differs."""

    def __init__(self, before: Scorer, after: Scorer, most_movers: int) -> None:
        self._before = _Judge(before)
        self._after = _Judge(after)
        self._movers = Movers(before, after, most_movers)

    def take(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        """Score records of one partition with both."""
        judged = zip(
            self._before.judged(topic, partition, records), self._after.judged(topic, partition, records), strict=True
        )
        for (one, old), (other, new) in judged:
            if isinstance(old, Output) and isinstance(new, Output) and one is not None and other is not None:
                self._movers.consider(one, other, (old.score, new.score))

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
            before=_side(revisions[0], self._before.refused, before[was_scored], edges),
            after=_side(revisions[1], self._after.refused, after[is_scored], edges),
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


class _Judge:
    """One scorer at work, with what it has said so far."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._states: dict[int, State] = {}
        self._scores = array("d")
        self.refused: Counter[str] = Counter()

    def judged(self, topic: str, partition: int, records: Sequence[Record]) -> Iterator[tuple[Row | None, Outcome]]:
        """Yield what each record was read as, if it could be, and what became of it."""
        scorer = self._scorer
        items = [row(scorer, record, Source(topic, partition, record.offset)) for record in records]
        state = self._states[partition] if partition in self._states else scorer.start()
        outcomes, self._states[partition] = scorer.score([item for item in items if isinstance(item, Row)], state)
        of_rows = iter(outcomes)
        for item in items:
            outcome = next(of_rows) if isinstance(item, Row) else item
            self._count(outcome)
            yield (item if isinstance(item, Row) else None), outcome

    def _count(self, outcome: Outcome) -> None:
        if isinstance(outcome, Output):
            self._scores.append(outcome.score)
        else:
            self._scores.append(nan)
            self.refused[outcome.reason] += 1

    def numbers(self) -> Floats:
        """Return the scores of all records in order, NaN where there is none."""
        return np.array(self._scores, dtype=np.float64)


def _side(revision: str, refused: Counter[str], scores: Floats, edges: list[float]) -> Side:
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
