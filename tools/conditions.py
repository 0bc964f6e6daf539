"""Keeps `docs/conditions.md` equal to the docstrings it is made of: `python -m tools.conditions [--check]`."""

import ast
import inspect
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from tools.generated import ROOT, keep
from tools.tables import rows

from scoring_operator.conditions import HOLD_S, Condition, Reason
from scoring_operator.events import Told
from scoring_operator.events.limits import BURST, REFILL_S

PAGE = ROOT / "docs/conditions.md"

INTRODUCTION: Final = f"""\
# Conditions, reasons and Events

<!-- Written by `make generate`; edit the docstrings in `operator/scoring_operator/conditions` and `events` instead. -->

`status.conditions` of a ScoringPipeline. Types and reasons on this page are closed lists and a public contract;
messages are for people and may change. Each condition carries the `observedGeneration` that it speaks of, and
`lastTransitionTime` changes only when its status does.

- Alert on `Available`: it does not change for what lasts less than {HOLD_S:.0f} s.
- Wait for `Ready` after a change: `kubectl wait --for=condition=Ready scoringpipeline/NAME` heeds the generation.
- `Stalled` is True when waiting is in vain: kstatus, and so Flux, call that failed.

Argo CD and Flux: [gitops.md](gitops.md).
"""
TYPES: Final = "## Types"
REASONS: Final = """\
## Reasons

`Ready` and `Reconciling` repeat the reason of whatever keeps the pipeline from being what its spec says; they are named
only where no other condition says it.
"""
EVENTS: Final = f"""\
## Events

A transition of a condition is an Event with the condition's reason, one for each reason whatever conditions it concerns
(`Reconciling` has none). It is a Warning where something is wrong. At most {BURST} of each severity about a pipeline at
once, one every {REFILL_S:.0f} s after them. Besides there are:
"""


class Member(NamedTuple):
    """One member of a documented enumeration."""

    value: str
    meaning: str


def members(of: type[StrEnum]) -> list[Member]:
    """Return the members of an enumeration with their docstrings, in the order of their values.

    Raises:
        ValueError: One has none.
    """
    (definition,) = ast.parse(inspect.getsource(of)).body
    assert isinstance(definition, ast.ClassDef)  # noqa: S101 - it is the source of a class
    found = {}
    for assignment, docstring in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(assignment, ast.Assign) and isinstance(docstring, ast.Expr):
            (target,), text = assignment.targets, docstring.value
            assert isinstance(target, ast.Name)  # noqa: S101 - members are names
            assert isinstance(text, ast.Constant)  # noqa: S101 - a docstring is a constant
            found[target.id] = " ".join(str(text.value).split())
    if missing := [member.name for member in of if member.name not in found]:
        raise ValueError(f"{of.__name__}: no docstring for {', '.join(missing)}")
    return sorted(Member(member.value, found[member.name]) for member in of)


def reason(member: Member) -> tuple[str, str, str]:
    """Return a reason, the conditions that say it, and what it means."""
    conditions, _, meaning = member.meaning.partition(": ")
    return member.value, conditions, meaning[:1].upper() + meaning[1:]


def page() -> str:
    """Return the page."""
    types = [(kind.value, meaning) for kind in Condition for value, meaning in members(Condition) if value == kind]
    reasons = [reason(member) for member in members(Reason)]
    return "\n".join(
        [
            INTRODUCTION,
            f"{TYPES}\n\n{_table(('condition', 'is True when'), types)}",
            f"{REASONS}\n{_table(('reason', 'of', 'what it means, and what to do'), reasons)}",
            f"{EVENTS}\n{_table(('reason', 'what has happened'), members(Told))}",
        ]
    )


def _table(columns: Sequence[str], named: Iterable[Sequence[str]]) -> str:
    return rows(columns, ([f"`{name}`", *rest] for name, *rest in named))


def main(arguments: list[str]) -> int:
    """Write the page; with `--check` write nothing and return 1 if that would have changed it."""
    return keep({PAGE: page()}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
