"""`kubectl-scoring history`: the revisions of a pipeline that have served, newest first."""

import asyncio
import json

import typer

from scoring_operator import history as past
from scoring_operator.cli.options import Format, Kubeconfig, Name, Namespace, Output, failures_told
from scoring_operator.facts import Manifest

HEADER = ("REVISION", "SERVING SINCE", "BY", "NOW")


def history(
    name: Name, namespace: Namespace = "", kubeconfig: Kubeconfig = None, output: Output = Format.TABLE
) -> None:
    """Show the last ten revisions of a pipeline that have served, newest first.

    Exit codes: 0 done; 1 the cluster does not answer or refuses; 2 there is no such pipeline.
    """

    async def run() -> Manifest:
        from scoring_operator.cluster.kube.person import person  # only here: a Tab waits for what is loaded

        async with person(name, namespace, str(kubeconfig) if kubeconfig else None) as one:
            return await one.pipeline()

    with failures_told():
        status: Manifest = asyncio.run(run()).get("status") or {}
    if output is Format.JSON:
        typer.echo(json.dumps(status.get("revisions") or []))
        return
    for line in table(status):
        typer.echo(line)


def table(status: Manifest) -> list[str]:
    """Return the lines for a person: a header, and one for each revision."""
    entries = past.entries(status)
    if not entries:
        return ["no revision has served yet"]
    rows = [
        HEADER,
        *((entry.revision, entry.serving_since, entry.by or "-", _now(entry.revision, status)) for entry in entries),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    return ["  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _now(revision: str, status: Manifest) -> str:
    """Return what the revision is at present: `serving`, `desired`, both or nothing."""
    told = status.get("revision") or {}
    return ", ".join(word for word in ("serving", "desired") if told.get(word) == revision)
