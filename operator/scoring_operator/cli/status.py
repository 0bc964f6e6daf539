"""`kubectl-scoring status`: how pipelines are, or one of them with its pods."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from scoring_operator.cli import view
from scoring_operator.cli.access import login, read
from scoring_operator.cli.answer import answer
from scoring_operator.cli.options import Context, Format, Kubeconfig, Namespace, OneOrAll, Output, refuse
from scoring_operator.cli.overview import overview
from scoring_operator.cli.snapshot import Snapshot
from scoring_operator.cli.watching import Sight, watch

if TYPE_CHECKING:
    from scoring_operator.cluster.kube.reader import Reader


@dataclass(frozen=True, slots=True)
class Seen:
    """One pipeline with its pods at one moment."""

    snapshot: Snapshot

    def data(self) -> Any:
        """Return it for programs."""
        return view.as_data(self.snapshot)

    def text(self) -> Table:
        """Return it for people."""
        return view.table(self.snapshot)

    def changes(self, before: "Seen | None") -> Iterator[str]:
        """Yield a line for each change that does not happen all the time."""
        return view.changes(None if before is None else before.snapshot, self.snapshot)


def status(
    name: OneOrAll = "",
    namespace: Namespace = "",
    all_namespaces: Annotated[bool, typer.Option("--all-namespaces", "-A", help="Those of every namespace.")] = False,
    watching: Annotated[bool, typer.Option("--watch", "-w", help="Look every 2 s, until Ctrl-C.")] = False,
    kubeconfig: Kubeconfig = None,
    context: Context = "",
    output: Output = Format.TABLE,
) -> None:
    """Show how pipelines are; with a name, that one with its pods, lag and rate, as each pod says them.

    With --watch a terminal shows a table that renews itself; a pipe or a file gets one line, or one document of JSON or
    YAML, for each change. Pods are asked through the API server: you need to get pods/proxy for their part of it.

    Exit codes: 0 done; 1 the cluster does not answer or refuses; 2 there is no such pipeline, or wrong usage.
    """
    if name and all_namespaces:
        refuse("expected NAME or --all-namespaces, got both")

    async def look(one: "Reader") -> Sight:
        if not name:
            return overview(await one.pipelines(everywhere=all_namespaces), with_namespace=all_namespaces)
        sighting = await one.sighting(name)
        return Seen(Snapshot(sighting.pipeline, sighting.reports))

    as_whom = login(namespace, kubeconfig, context)
    if watching:
        with suppress(KeyboardInterrupt, asyncio.CancelledError):
            read(as_whom, lambda one: watch(lambda: look(one), output))
        return
    seen = read(as_whom, look)
    answer(output, seen.data(), seen.text)
