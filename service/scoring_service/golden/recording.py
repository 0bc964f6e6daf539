"""Records and what a scorer makes of them, as golden cases: the same scorer passes what is recorded.

Records become one case as long as they are scored for the same moment, or name their own; as many as fit are taken.
"""

import json
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from math import isfinite
from typing import Any, NamedTuple

import msgspec

from scoring_service.codec import BatchScorer
from scoring_service.codec.rows import created_at
from scoring_service.contract.golden_cases import EXACT, MAX_DEPTH, MAX_INPUTS, GoldenCase, broken, depth
from scoring_service.golden.running import Outcome, difference_of, outcomes, records_of
from scoring_service.scorers.base import Rejection, Scorer
from scoring_service.scorers.raising import attempt
from scoring_service.stream.ports import Record


class LeftOut(StrEnum):
    """Why a record is in no case."""

    NO_OBJECT = "not a JSON object"
    """It has no value, or one that a case cannot say."""
    NOT_THE_SAME = "not the same from a case"
    """The scorer makes something else of it once it is written in a case."""
    NO_ROOM = "no room"
    """The cases are full: their number, their inputs or their bytes."""


class Recording(NamedTuple):
    """What has been recorded."""

    cases: tuple[GoldenCase, ...]
    left_out: Counter[LeftOut]
    """Records that are in no case."""


def record(
    scorer: Scorer, batches: BatchScorer, partitions: Iterable[Iterable[Record]], name: str = "recorded"
) -> Recording:
    """Return cases of the records of some partitions, each in order; they are called `name-1` and so on."""
    book = _Book(scorer, batches, name)
    left_out: Counter[LeftOut] = Counter()
    for records in partitions:
        book.begin()
        left_out.update(why for found in records if (why := book.add(found)) is not None)
    return Recording(tuple(book.cases), left_out)


class _Book:
    """The cases so far; a record goes on with the last one or begins another."""

    def __init__(self, scorer: Scorer, batches: BatchScorer, name: str) -> None:
        self._scorer = scorer
        self._batches = batches
        self._name = name
        self._originals: list[Record] = []
        """Of the last case."""
        self._is_open = False
        """Whether a record may go on with the last case."""
        self.cases: list[GoldenCase] = []

    def begin(self) -> None:
        """Begin another partition: what scores with a state must not see two of them in one case."""
        self._is_open = bool(self.cases) and not self._scorer.stateful

    def add(self, found: Record) -> LeftOut | None:
        """Take a record in, or return why it is left out."""
        value = _value(found.value)
        if value is None:
            return LeftOut.NO_OBJECT
        last, originals = self._place(found)
        longer = msgspec.structs.replace(last, inputs=(*last.inputs, value))
        outcome, original = self._last(records_of(longer)), self._last([*originals, found])
        expected = _expectation(outcome)
        if outcome != original or difference_of(expected, outcome, longer.tolerance) is not None:
            return LeftOut.NOT_THE_SAME
        case = msgspec.structs.replace(longer, expect=(*last.expect, expected))
        cases = [*(self.cases[:-1] if originals else self.cases), case]
        if any(broken(cases)):
            return LeftOut.NO_ROOM
        self.cases, self._originals, self._is_open = cases, [*originals, found], True
        return None

    def _place(self, found: Record) -> tuple[GoldenCase, list[Record]]:
        """Return the case that a record goes on with, maybe an empty one, and the records in it."""
        moment = self._moment(found)
        if self._is_open:
            last = self.cases[-1]
            if moment in (None, last.as_of) and len(last.inputs) < MAX_INPUTS:
                return last, self._originals
        as_of = max(0.0, created_at(found) or 0.0) if moment is None else moment
        return GoldenCase(name=f"{self._name}-{len(self.cases) + 1}", as_of=as_of, inputs=(), expect=()), []

    def _moment(self, found: Record) -> float | None:
        """Return the moment that the record's timestamp says to score for; None if that does not matter."""
        names_none = attempt(lambda: self._names_no_moment(found.value or b""))
        return created_at(found) if names_none is True else None

    def _names_no_moment(self, content: bytes) -> bool:
        value = self._scorer.decode(content)
        return not isinstance(value, Rejection) and self._scorer.as_of(value) is None

    def _last(self, records: Iterable[Record]) -> Outcome:
        """Return what becomes of the last record; those before matter only to a scorer with a state."""
        of = list(records)
        *_, last = outcomes(self._scorer, self._batches, of if self._scorer.stateful else of[-1:])
        return last


def _value(content: bytes | None) -> dict[str, Any] | None:
    """Return the object that a record's value is, as a case can say it; None if it cannot."""
    try:
        value = json.loads((content or b"").decode(), parse_constant=_refused, parse_float=_finite)
        if not isinstance(value, dict) or depth(value) > MAX_DEPTH - 2:
            return None
        written: dict[str, Any] = _written(value)
        msgspec.json.encode(written)
    except (ValueError, RecursionError):  # UnicodeError is a ValueError
        return None
    return written


def _expectation(outcome: Outcome) -> dict[str, Any] | None:
    if outcome.reason:
        return {"reason": outcome.reason}
    expected: dict[str, Any] | None = _written(outcome.output)
    return expected


def _written(value: Any) -> Any:
    """Return a JSON value with the integers that the API server would not keep exact as texts."""
    if isinstance(value, dict):
        return {name: _written(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_written(inner) for inner in value]
    return str(value) if isinstance(value, int) and abs(value) > EXACT else value


def _finite(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _refused(text)


def _refused(text: str) -> float:
    raise ValueError(f"{text} is no JSON number")
