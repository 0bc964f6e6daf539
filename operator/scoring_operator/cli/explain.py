"""`kubectl-scoring explain`: why a pipeline is not Ready, as a tree."""

from typing import Final

import typer
from rich.text import Text
from rich.tree import Tree

from scoring_operator.cli.access import login, read
from scoring_operator.cli.answer import answer
from scoring_operator.cli.explanation import Node, explanation
from scoring_operator.cli.options import EXIT_INCOMPLETE, Context, Format, Kubeconfig, Name, Namespace, Output

MARKS: Final = {True: ("✔", "green"), False: ("✘", "bold red"), None: ("•", "yellow")}


def explain(
    name: Name,
    namespace: Namespace = "",
    kubeconfig: Kubeconfig = None,
    context: Context = "",
    output: Output = Format.TABLE,
) -> None:
    """Tell why a pipeline is Ready or not: what the operator judged, the facts below it, and what to do.

    You need to get scoringpipelines, and to list what belongs to them: configmaps, deployments, events,
    networkpolicies, poddisruptionbudgets, pods, replicasets, serviceaccounts and services; and to get pods/proxy, to
    ask the pods. What you may not see is said, and the rest is told all the same.

    Exit codes: 0 it is Ready; 1 the cluster does not answer or refuses; 2 there is no such pipeline; 3 it is not Ready.
    """
    sighting = read(login(namespace, kubeconfig, context), lambda one: one.sighting(name, with_events=True))
    root = explanation(sighting)
    meta = sighting.pipeline["metadata"]
    key = f"{meta['namespace']}/{meta['name']}"
    answer(output, {"pipeline": key, **root.as_data()}, lambda: as_tree(root._replace(what=f"{key}: {root.what}")))
    raise typer.Exit(0 if root.well else EXIT_INCOMPLETE)


def as_tree(node: Node, above: Tree | None = None) -> Tree:
    """Return the tree for a terminal, put below `above` if there is one."""
    mark, style = MARKS[node.well]
    line = Text.assemble((f"{mark} ", style), (node.what, "bold"), f": {node.why}" if node.why else "")
    tree = Tree(line) if above is None else above.add(line)
    for child in node.under:
        as_tree(child, tree)
    return tree
