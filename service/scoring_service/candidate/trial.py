"""Calls into a candidate: what it raises becomes an answer, of the very row that it raises for."""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import TypeVar

from scoring_service.candidate.comparison import Failed
from scoring_service.scorers.base import Outcome, Output, Row, Scorer, State

MAX_MESSAGE = 256

Proof = Callable[[Sequence[Outcome]], object]
"""Raises if outcomes cannot be used."""

_Result = TypeVar("_Result")


def attempt(call: Callable[[], _Result]) -> _Result | Failed:
    """Return what a call returns, or that it raised."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - whatever a candidate raises is its own
        return Failed(f"{type(error).__name__}: {error}"[:MAX_MESSAGE])


def scored(scorer: Scorer, rows: Sequence[Row], state: State, proof: Proof) -> tuple[list[Outcome | Failed], State]:
    """Return one outcome per row and the next state; a row for which the scorer raises leaves the state alone.

    Rows that raise are found one by one, so that it does not depend on its neighbours which revision answers a record.
    """

    def call(some: Sequence[Row], state: State) -> tuple[list[Outcome], State]:
        outcomes, after = scorer.score(some, state)
        if len(outcomes) != len(some):
            raise ValueError(f"{len(outcomes)} outcomes of {len(some)} rows")
        proof(outcomes)
        return list(outcomes), after

    together = attempt(lambda: call(rows, state))
    if not isinstance(together, Failed):
        return [*together[0]], together[1]
    answers: list[Outcome | Failed] = []
    for row in rows:
        alone = attempt(lambda row=row, state=state: call([row], state))  # type: ignore[misc]
        if isinstance(alone, Failed):
            answers.append(alone)
        else:
            answers += alone[0]
            state = alone[1]
    return answers, state


def are_numbers(outcomes: Sequence[Outcome]) -> None:
    """Raise ValueError unless every score is a finite number: JSON has no others, and would say null."""
    for outcome in outcomes:
        if isinstance(outcome, Output) and not isfinite(outcome.number):
            raise ValueError(f"a score of {outcome.number}")
