"""Calls into a scorer: what it raises becomes an answer, of the very row that it raises for and of no other.

So no record ends a worker. What may still raise is `failure`, which every answer needs.
"""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any, Final, NamedTuple, TypeVar

from scoring_service.scorers.base import Absorbed, Outcome, Output, Rejection, Row, Scorer, State
from scoring_service.scorers.reasons import Reason

MAX_MESSAGE: Final = 256
LISTED: Final = frozenset(Reason)

_Result = TypeVar("_Result")


class Raised(NamedTuple):
    """A scorer raised."""

    why: str
    """The error, at most 256 characters in one line that JSON can carry."""


Proof = Callable[[Sequence[Outcome]], object]
"""Raises if outcomes cannot be used."""


def attempt(call: Callable[[], _Result]) -> _Result | Raised:
    """Return what a call returns, or that it raised; whatever it was, but for a person's Ctrl-C."""
    try:
        return call()
    except BaseException as error:  # noqa: BLE001 - a scorer that ends its process would end that of all records
        return Raised(said(error))


def said(error: BaseException) -> str:
    """Return in one line what a scorer raised; raises it again if it was a person's Ctrl-C."""
    if isinstance(error, KeyboardInterrupt):
        raise error
    line = " ".join(f"{type(error).__name__}: {error}".split())
    return line.encode(errors="backslashreplace").decode()[:MAX_MESSAGE]  # a lone surrogate is no JSON


def scored(
    scorer: Scorer, rows: Sequence[Row], state: State, proof: Proof = len
) -> tuple[Sequence[Outcome | Raised], State]:
    """Return one outcome per row and the next state; a row for which the scorer raises leaves the state alone.

    Rows that raise are found one by one, so that what becomes of a record does not depend on its neighbours.
    """
    together = attempt(lambda: _call(scorer, rows, state, proof))
    return _one_by_one(scorer, rows, state, proof) if isinstance(together, Raised) else together


def answered(scorer: Scorer, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
    """Return the same for the revision that serves: a row that it raises for is rejected."""
    together = attempt(lambda: _call(scorer, rows, state, len))
    if not isinstance(together, Raised):
        return together
    answers, state = _one_by_one(scorer, rows, state, len)
    return [
        model_error(answer.why, entity_of(scorer, row.value)) if isinstance(answer, Raised) else answer
        for row, answer in zip(rows, answers, strict=True)
    ], state


def _call(scorer: Scorer, rows: Sequence[Row], state: State, proof: Proof) -> tuple[Sequence[Outcome], State]:
    outcomes, after = scorer.score(rows, state)
    if len(outcomes) != len(rows):
        raise ValueError(f"{len(outcomes)} outcomes of {len(rows)} rows")
    proof(outcomes)
    return outcomes, after


def _one_by_one(
    scorer: Scorer, rows: Sequence[Row], state: State, proof: Proof
) -> tuple[list[Outcome | Raised], State]:
    answers: list[Outcome | Raised] = []
    for row in rows:
        alone = attempt(lambda row=row, state=state: _call(scorer, [row], state, proof))  # type: ignore[misc]
        if isinstance(alone, Raised):
            answers.append(alone)
        else:
            answers += alone[0]
            state = alone[1]
    return answers, state


def model_error(why: str, entity: bytes | None = None) -> Rejection:
    """Return the rejection of a record that a scorer raises for."""
    return Rejection(Reason.MODEL_ERROR, why, text_of(entity))


def text_of(entity: bytes | None) -> str | None:
    """Return an entity as failures name it."""
    return None if entity is None else entity.decode(errors="replace")


def entity_of(scorer: Scorer, value: Any) -> bytes | None:
    """Return what a decoded record is about; None if the scorer cannot say it."""
    key = attempt(lambda: key_of(scorer, value))
    return None if isinstance(key, Raised) else key


def key_of(scorer: Scorer, value: Any) -> bytes:
    """Return the entity of a decoded record as the key of its output; raises whatever the scorer does."""
    key = scorer.key(value)
    if not isinstance(key, bytes):
        raise TypeError(f"a key of type {type(key).__name__}")
    return key


def failure_of(scorer: Scorer, rejection: Rejection) -> Any:
    """Return the failure record of a rejection; raises whatever the scorer does, and ValueError for an odd reason."""
    if rejection.reason not in LISTED:
        raise ValueError(f"a rejection for {rejection.reason!r}, which no list has")
    return scorer.failure(rejection)


def are_usable(outcomes: Sequence[Outcome]) -> None:
    """Raise unless all are outcomes, and every score a finite number: JSON has no others, and would say null."""
    for outcome in outcomes:
        if isinstance(outcome, Output):
            if not isfinite(outcome.number):
                raise ValueError(f"a score of {outcome.number}")
        elif not isinstance(outcome, Rejection | Absorbed):
            raise TypeError(f"an outcome of type {type(outcome).__name__}")
