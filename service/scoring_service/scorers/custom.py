"""Scorers of other packages: entry points of the group `scoring.scorers`, named by `custom: {name, parameters}`.

Their modules are imported when a revision asks for them and not before: a broken one refuses that revision alone.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

import msgspec

from scoring_service.errors import InvalidParameters
from scoring_service.scorers.base import Rejection, Scorer
from scoring_service.scorers.raising import said
from scoring_service.scorers.reasons import Reason

MEMBER: Final = "custom"
GROUP: Final = "scoring.scorers"
_PARTS: Final = (
    *("name", "Input", "Parameters", "Output", "stateful", "range"),
    *("decode", "as_of", "key", "start", "score", "failure"),
)
"""What a scorer has, see `scorers.base.Scorer`."""
_SHOWN_CHARACTERS: Final = 150


class Custom(msgspec.Struct, forbid_unknown_fields=True):
    """The member `custom` of the union: which scorer, and what only that one understands."""

    name: str
    """Of the entry point, and of the scorer."""
    parameters: dict[str, Any] = {}


def scorer_of(name: str, found: Iterable[EntryPoint] | None = None) -> type[Scorer]:
    """Return the scorer of that name.

    Args:
        name: Of the entry point.
        found: Entry points to look into; by default those of all installed packages.

    Raises:
        InvalidParameters: No installed package has it, several have, or it cannot be imported or is no scorer.
    """
    known = sorted(entry_points(group=GROUP) if found is None else found, key=lambda entry: entry.name)
    named = {entry.value: entry for entry in known if entry.name == name}
    if len(named) != 1:
        names = ", ".join(dict.fromkeys(entry.name for entry in known)) or "none"
        several = f"one package with it, got {', '.join(sorted(named))}" if named else f"one of {names}"
        raise InvalidParameters(f"scorer.custom.name: expected {several} (got {name!r})"[: 2 * _SHOWN_CHARACTERS])
    (entry,) = named.values()
    scorer = _loaded(entry)
    if missing := [part for part in _PARTS if not hasattr(scorer, part)]:
        raise _broken(entry, f"is no scorer: it has no {', '.join(missing)}")
    if scorer.name != name:
        raise _broken(entry, f"calls itself {scorer.name!r}")
    return scorer


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """Make whatever a scorer of strangers raises at its parameters a refusal of the revision, by the scorer's name.

    Raises:
        InvalidParameters: Something was raised.
    """
    try:
        yield
    except InvalidParameters:
        raise
    except BaseException as error:
        raise InvalidParameters(f"scorer.custom.parameters: {name} raises {_said(error)}") from error


def tried(scorer: Scorer) -> Scorer:
    """Return a scorer if every record has an outcome with it: a state to begin with, and failures that can be written.

    Whatever else it raises later fails the record alone; raises whatever the scorer does now.
    """
    scorer.start()
    failure = scorer.failure(Rejection(Reason.SCHEMA, ""))
    failure.timestamp, failure.processing_time_ms = 0, 0
    msgspec.json.encode(failure)
    return scorer


def _loaded(entry: EntryPoint) -> type[Scorer]:
    try:
        scorer: type[Scorer] = entry.load()
    except BaseException as error:
        raise _broken(entry, f"cannot be imported: {_said(error)}") from error
    return scorer


def _broken(entry: EntryPoint, why: str) -> InvalidParameters:
    return InvalidParameters(f"scorer.custom.name: {entry.name} ({entry.value}) {why}")


def _said(error: BaseException) -> str:
    return said(error)[:_SHOWN_CHARACTERS]
