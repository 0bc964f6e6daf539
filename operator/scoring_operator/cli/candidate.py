"""`kubectl-scoring promote` and `discard`: what becomes of a pipeline's candidate."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scoring_operator.cli.options import (
    EXIT_INCOMPLETE,
    Format,
    Kubeconfig,
    Name,
    Namespace,
    Output,
    failures_told,
    refuse,
)
from scoring_operator.facts import Manifest
from scoring_service.contract.revision import revision_of

if TYPE_CHECKING:
    from scoring_operator.cluster.kube.person import Person

Act = Callable[["Person", Manifest], Awaitable[None]]
"""What to do, with the pipeline as stored."""


def promote(
    name: Name,
    namespace: Namespace = "",
    kubeconfig: Kubeconfig = None,
    force: Annotated[bool, typer.Option("--force", help="Also while a pod does not run the candidate.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Make the candidate the scorer that serves, in one change: spec.candidate.scorer becomes spec.scorer.

    Its pods have built it already, and take it over between two batches.

    Exit codes: 0 done; 1 the cluster does not answer or refuses, or the pipeline changed meanwhile; 2 there is no such
    pipeline; 3 it has no candidate, or not every ready pod runs it.
    """

    async def act(one: "Person", pipeline: Manifest) -> None:
        if not force and (why := _not_running(pipeline)):
            refuse(f"{one.key}: {why}; --force promotes all the same", EXIT_INCOMPLETE)
        await one.promote(pipeline)

    _on_candidate((name, namespace, kubeconfig), output, act, "promoted")


def discard(
    name: Name, namespace: Namespace = "", kubeconfig: Kubeconfig = None, output: Output = Format.TABLE
) -> None:
    """Drop the candidate; the scorer that serves goes on.

    Exit codes: 0 done; 1 the cluster does not answer or refuses; 2 there is no such pipeline; 3 it has no candidate.
    """

    async def act(one: "Person", _: Manifest) -> None:
        await one.discard()

    _on_candidate((name, namespace, kubeconfig), output, act, "discarded")


def _on_candidate(whom: tuple[str, str, Path | None], output: Format, act: Act, done: str) -> None:
    name, namespace, kubeconfig = whom

    async def run() -> tuple[str, str]:
        from scoring_operator.cluster.kube.person import person  # only here: a Tab waits for what is loaded

        async with person(name, namespace, str(kubeconfig) if kubeconfig else None) as one:
            pipeline = await one.pipeline()
            if not pipeline["spec"].get("candidate"):
                refuse(f"{one.key} has no candidate", EXIT_INCOMPLETE)
            await act(one, pipeline)
            return str(one.key), revision(pipeline)

    with failures_told():
        key, of = asyncio.run(run())
    said = {"pipeline": key, done: of}
    typer.echo(json.dumps(said) if output is Format.JSON else f"{key}: candidate {of} {done}")


def revision(pipeline: Manifest) -> str:
    """Return the revision of a stored pipeline's candidate; empty if it has none: pods refuse it then."""
    ((member, parameters),) = pipeline["spec"]["candidate"]["scorer"].items()
    try:
        return revision_of(member, parameters)
    except ValueError:
        return ""


def _not_running(pipeline: Manifest) -> str:
    """Return why the candidate cannot be taken over as it is; empty if every ready pod runs it."""
    said = pipeline.get("status", {}).get("revision", {})
    if refusal := said.get("candidateRefusal"):
        return f"a pod refuses the candidate: {refusal}"
    wanted = revision(pipeline)
    return "" if said.get("candidate") == wanted else f"candidate {wanted} does not run on every ready pod yet"
