"""`kubectl-scoring rollback`: propose a revision again that has served before."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer

from scoring_operator import history
from scoring_operator.cli.access import act, login
from scoring_operator.cli.answer import answer
from scoring_operator.cli.options import EXIT_INCOMPLETE, Context, Format, Kubeconfig, Name, Namespace, Output, refuse
from scoring_operator.facts import Manifest
from scoring_operator.history import Entry
from scoring_service.contract.revision import revision_of

if TYPE_CHECKING:
    from scoring_operator.cluster.kube.person import Person

ABSENT: Final = "absent"


class Change(NamedTuple):
    """One parameter that differs; None stands for one that is not there."""

    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        before, after = (ABSENT if value is None else json.dumps(value) for value in (self.before, self.after))
        return f"  {self.path}: {before} → {after}"


def rollback(
    name: Name,
    namespace: Namespace = "",
    kubeconfig: Kubeconfig = None,
    context: Context = "",
    to: Annotated[
        str,
        typer.Option(metavar="REVISION", help="One of `history`; default: the newest that the spec does not ask for."),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Ask for a revision again that has served before, and show which parameters change by it.

    It is proposed like any other: pods verify it first. Who applies manifests from elsewhere must revert them as well.

    Exit codes: 0 done; 1 the cluster does not answer or refuses, or the scorer changed meanwhile; 2 there is no such
    pipeline; 3 there is no such revision to go back to.
    """

    async def step(one: "Person") -> tuple[str, str, Entry, list[Change]]:
        stored = await one.pipeline()
        scorer = stored["spec"]["scorer"]
        entry = _target(stored.get("status") or {}, asked_for(scorer), to)
        if not dry_run:
            await one.propose(scorer, entry.scorer)
        return str(one.key), asked_for(scorer), entry, list(changes(scorer, entry.scorer))

    key, before, entry, changed = act(login(namespace, kubeconfig, context), name, step)
    members = [change._asdict() for change in changed]
    data = {"pipeline": key, "from": before, "to": entry.revision, "changes": members, "dryRun": dry_run}
    head = f"{key} {'would go' if dry_run else 'goes'} back from {before} to {entry.revision}"
    answer(output, data, lambda: "\n".join([head, *map(str, changed)]))


def asked_for(scorer: Manifest) -> str:
    """Return the revision of a `spec.scorer`; empty if it has none: it cannot be hashed."""
    ((member, parameters),) = scorer.items()
    try:
        return revision_of(member, parameters)
    except ValueError:
        return ""


def changes(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """Yield what differs between two values, parameter by parameter."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        if before != after:
            yield Change(path, before, after)
        return
    for name in sorted({*before, *after}):
        yield from changes(before.get(name), after.get(name), f"{path}.{name}".lstrip("."))


def _target(status: Manifest, desired: str, to: str) -> Entry:
    """Return the revision to propose; ends the process if there is none."""
    known = history.entries(status)
    names = ", ".join(entry.revision for entry in known) or "none"
    entry = next((entry for entry in known if entry.revision == to), None) if to else history.former_of(status, desired)
    if entry is None:
        refuse(
            f"there is no {f'revision {to}' if to else 'former revision'}: those that served are {names}",
            EXIT_INCOMPLETE,
        )
    if entry.revision == desired:
        refuse(f"the spec asks for {desired} already", EXIT_INCOMPLETE)
    if entry.block is None:
        refuse(f"the scorer of {entry.revision} was too large to be kept", EXIT_INCOMPLETE)
    return entry
