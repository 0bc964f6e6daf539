"""Shadow: the serving revision answers everything; the candidate scores its share once more, to be compared."""

from collections.abc import Callable, Sequence
from itertools import repeat
from time import perf_counter

from scoring_service.candidate.buckets import Share
from scoring_service.candidate.comparison import Comparison, Tally
from scoring_service.candidate.second import Chunk, Folded, Judged, aligned, chosen
from scoring_service.scorers.base import Outcome, Output, Row, Scorer, State
from scoring_service.scorers.raising import Raised, answered, are_usable, attempt, scored


class Shadow:
    """A candidate that nobody sees but the metrics. With a state it has one of its own in each lane."""

    def __init__(
        self,
        scorer: Scorer,
        revision: str,
        share: Share,
        comparison: Comparison,
        elapsed: Callable[[], float] = perf_counter,
    ) -> None:
        self.scorer = scorer
        self.comparison = comparison
        self._revision = revision
        self._share = share
        self._elapsed = elapsed

    def judge(self, first: Scorer, chunk: Chunk, state: State, tally: Tally) -> Judged:
        """Return what the serving revision makes of a chunk, as if it were alone."""
        folded = self._folded(state)
        rows = [item for item in chunk.items if isinstance(item, Row)]
        outcomes, first_state = answered(first, rows, folded.first)
        judged = aligned(chunk.items, outcomes)
        began = self._elapsed()
        second_state = self._compare(first, chunk, judged, folded.second, tally)
        tally.seconds += self._elapsed() - began
        after = Folded(first_state, second_state, self._revision) if first.stateful else first_state
        return Judged(judged, repeat(0), after)

    def _folded(self, state: State) -> Folded:
        """Return both states: a candidate that is new to the lane begins with none."""
        if isinstance(state, Folded):
            return (
                state if state.revision == self._revision else Folded(state.first, self.scorer.start(), self._revision)
            )
        return Folded(state, self.scorer.start(), self._revision)

    def _compare(self, first: Scorer, chunk: Chunk, judged: Sequence[Outcome], state: State, tally: Tally) -> State:
        is_chosen = chosen(self._share, first, chunk)
        pairs = [
            (item, outcome)
            for item, outcome, mine in zip(chunk.items, judged, is_chosen, strict=True)
            if mine and isinstance(item, Row)
        ]
        if not pairs:
            return state
        answers, state = scored(self.scorer, [row for row, _ in pairs], state, are_usable)
        for (_, outcome), answer in zip(pairs, answers, strict=True):
            tally.note(answer)
            if isinstance(answer, Raised) or not isinstance(outcome, Output):
                continue
            if not isinstance(answer, Output):
                tally.blame(answer)
            elif not isinstance(attempt(lambda outcome=outcome: are_usable([outcome])), Raised):  # type: ignore[misc]
                tally.pairs.append((outcome.number, answer.number))
        return state
