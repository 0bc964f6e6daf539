"""`kubectl-scoring history`: the revisions of a pipeline that have served, newest first."""

from typing import Final

from rich.console import RenderableType

from scoring_operator import history as past
from scoring_operator.cli.access import login, read
from scoring_operator.cli.answer import UNKNOWN, answer, table
from scoring_operator.cli.options import Context, Format, Kubeconfig, Name, Namespace, Output
from scoring_operator.facts import Manifest

COLUMNS: Final = ("REVISION", "SERVING SINCE", "BY", "NOW")


def history(
    name: Name,
    namespace: Namespace = "",
    kubeconfig: Kubeconfig = None,
    context: Context = "",
    output: Output = Format.TABLE,
) -> None:
    """Show the last ten revisions of a pipeline that have served, newest first.

    Exit codes: 0 done; 1 the cluster does not answer or refuses; 2 there is no such pipeline.
    """
    pipeline = read(login(namespace, kubeconfig, context), lambda one: one.pipeline(name))
    status: Manifest = pipeline.get("status") or {}
    answer(output, status.get("revisions") or [], lambda: as_table(status))


def as_table(status: Manifest) -> RenderableType:
    """Return the revisions for people."""
    entries = past.entries(status)
    if not entries:
        return "no revision has served yet"
    return table(
        COLUMNS,
        [(entry.revision, entry.serving_since, entry.by or UNKNOWN, _now(entry.revision, status)) for entry in entries],
    )


def _now(revision: str, status: Manifest) -> str:
    """Return what the revision is at present: `serving`, `desired`, both or nothing."""
    told = status.get("revision") or {}
    return ", ".join(word for word in ("serving", "desired") if told.get(word) == revision)
