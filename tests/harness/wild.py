"""A scorer of strangers that does everything wrong that one can, at the records whose names say so."""

from collections.abc import Sequence
from typing import Any, Final

from harness.toy import Sums, Toy, ToyInput, ToyOutput
from scoring_service.scorers.base import Outcome, Rejection, Row, State


class Unlike(BaseException):
    """No `Exception`: whoever catches those alone lets it pass."""


AT_DECODE: Final = ("decode", "as_of", "moment", "exit")
AT_SCORE: Final = ("score", "odd", "none", "unwritable", "frozen", "surrogate", "unlike", "twice")
OF_KEY: Final = ("key", "text")
"""Matter only to a record without a key."""
MOODS: Final = (*AT_DECODE, *AT_SCORE, *OF_KEY)


def mood(value: ToyInput) -> str:
    """Return what goes wrong at a record; empty if nothing does."""
    name = value.who.partition("-")[0]
    return name if name in MOODS else ""


class Wild(Toy):
    """The toy, but for records of a mood."""

    def decode(self, value: bytes) -> Any | Rejection:
        found = super().decode(value)
        if isinstance(found, ToyInput) and mood(found) in ("decode", "exit"):
            raise SystemExit(3) if mood(found) == "exit" else KeyError("n")
        return found

    def as_of(self, value: ToyInput) -> float | None:
        if mood(value) == "as_of":
            raise OverflowError("too late")
        return float("nan") if mood(value) == "moment" else None

    def key(self, value: ToyInput) -> bytes:
        if mood(value) == "key":
            raise LookupError("no key")
        return value.who if mood(value) == "text" else super().key(value)  # type: ignore[return-value] # no bytes

    def score(self, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
        outcomes, after = super().score(rows, state)
        return [made for row, outcome in zip(rows, outcomes, strict=True) for made in made_of(row, outcome)], after


def made_of(row: Row, outcome: Outcome) -> Sequence[Any]:
    """Return what stands in the answer for one row; raises if its mood says so."""
    if error := _RAISED.get(mood(row.value)):
        raise error
    instead = {
        "odd": [Rejection("bad_luck", "as ever")],
        "none": [None],
        "unwritable": [ToyOutput(who=object(), score=1.0)],  # type: ignore[arg-type] # what msgspec cannot encode
        "frozen": [row],
        "twice": [outcome, outcome],
    }
    return instead.get(mood(row.value), [outcome])


_RAISED: Final = {
    "score": ZeroDivisionError("division by zero"),
    "surrogate": ValueError("came \ud800"),
    "unlike": Unlike("as you like it"),
}


class WildSums(Wild, Sums):
    """The same with a state."""
