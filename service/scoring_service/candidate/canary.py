"""Canary: the candidate answers its share of the keys. What it fails at, the serving revision answers instead."""

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

import msgspec

from scoring_service.candidate.buckets import Share
from scoring_service.candidate.comparison import Comparison, Tally
from scoring_service.candidate.second import Chunk, Item, Judged, chosen
from scoring_service.scorers.base import Outcome, Output, Rejection, Row, Scorer, State
from scoring_service.scorers.raising import Raised, answered, are_usable, attempt, failure_of, scored

_encode = msgspec.json.Encoder().encode

Answer = Outcome | Raised | None
"""Of the candidate; None where it was not asked."""


class Canary:
    """A candidate without a state that answers its share of the keys."""

    def __init__(
        self, scorer: Scorer, share: Share, comparison: Comparison, elapsed: Callable[[], float] = perf_counter
    ) -> None:
        self.scorer = scorer
        self.comparison = comparison
        self._share = share
        self._elapsed = elapsed

    def judge(self, first: Scorer, chunk: Chunk, state: State, tally: Tally) -> Judged:
        """Return for each record the answer of the revision that its key belongs to."""
        is_chosen = chosen(self._share, first, chunk)
        began = self._elapsed()
        asked = iter(self._answers([item for item, mine in zip(chunk.items, is_chosen, strict=True) if mine]))
        answers: list[Answer] = [next(asked) if mine else None for mine in is_chosen]
        tally.seconds += self._elapsed() - began
        left = [
            item
            for item, answer in zip(chunk.items, answers, strict=True)
            if isinstance(item, Row) and not isinstance(answer, Output)
        ]
        found, state = answered(first, left, state)
        return _merged(chunk.items, answers, iter(found), state, tally)

    def _answers(self, items: Sequence[Item]) -> list[Outcome | Raised]:
        """Return one answer per item that the candidate is asked for; each can be written."""
        rows = [item for item in items if isinstance(item, Row)]
        answers = iter(scored(self.scorer, rows, self.scorer.start(), self._proof)[0])
        return [next(answers) if isinstance(item, Row) else self._rejected(item) for item in items]

    def _rejected(self, item: Rejection) -> Rejection | Raised:
        """Return why a record is no row, if the candidate can say so."""
        raised = attempt(lambda: self._proof([item]))
        return raised if isinstance(raised, Raised) else item

    def _proof(self, outcomes: Sequence[Outcome]) -> None:
        """Raise unless all outcomes can be written: found out here, where the serving revision can still answer."""
        are_usable(outcomes)
        _encode([failure_of(self.scorer, one) if isinstance(one, Rejection) else one for one in outcomes])


def _merged(
    items: Sequence[Item], answers: Sequence[Answer], found: Iterator[Outcome], state: State, tally: Tally
) -> Judged:
    """Return the candidate's answers where they are scores, or no worse than what the serving revision has found."""
    outcomes: list[Outcome] = []
    authors: list[int] = []
    for item, answer in zip(items, answers, strict=True):
        if answer is not None:
            tally.note(answer)
        if isinstance(answer, Output):
            outcomes.append(answer)
            authors.append(1)
            continue
        outcome = next(found) if isinstance(item, Row) else item
        stands = answer is not None and type(answer) is type(outcome)
        if not stands and answer is not None and not isinstance(answer, Raised):
            tally.blame(answer)
        outcomes.append(answer if stands else outcome)  # type: ignore[arg-type] # what stands is an outcome
        authors.append(int(stands))
    return Judged(outcomes, authors, state)
