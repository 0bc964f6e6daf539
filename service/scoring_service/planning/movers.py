"""The few that move most, one for each entity, found in one pass with room for no more."""

from bisect import insort
from collections.abc import Sequence

from scoring_service.planning.findings import Mover, Reason
from scoring_service.scorers.base import Contribution, Explaining, Row, Scorer


class Movers:
    """The `most` entities with the largest movement so far; of equal ones those that came first."""

    def __init__(self, before: Scorer, after: Scorer, most: int) -> None:
        self._before = before
        self._after = after
        self._most = most
        self.found: list[Mover] = []
        """The largest movement first."""

    def consider(self, row: Row, before: float, after: float) -> None:
        """Keep a record, of these two scores, if it moves more than one that is kept."""
        movement = abs(after - before)
        if not movement or not self._most:
            return
        if len(self.found) == self._most and movement <= abs(self.found[-1].delta):
            return
        entity = self._before.key(row.value).decode(errors="replace")
        known = next((mover for mover in self.found if mover.entity == entity), None)
        if known is not None:
            if abs(known.delta) >= movement:
                return
            self.found.remove(known)
        reasons = _reasons(_explained(self._before, row), _explained(self._after, row))
        mover = Mover(entity=entity, source=str(row.source), before=before, after=after, reasons=reasons)
        insort(self.found, mover, key=lambda each: -abs(each.delta))
        del self.found[self._most :]


def _explained(scorer: Scorer, row: Row) -> Sequence[Contribution]:
    return scorer.contributions(row) if isinstance(scorer, Explaining) else ()


def _reasons(before: Sequence[Contribution], after: Sequence[Contribution]) -> list[Reason]:
    """Return what each feature gives on both sides, the largest change first; a path of one side only gives 0."""
    old = {each.feature: each.contribution for each in before}
    new = {each.feature: each.contribution for each in after}
    both = [Reason(feature=name, before=old.get(name, 0.0), after=new.get(name, 0.0)) for name in {**old, **new}]
    return sorted(both, key=lambda each: -abs(each.after - each.before))
