"""`kubectl-scoring promote` and `discard`: what becomes of a pipeline's candidate."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from scoring_operator.cli.access import act, login
from scoring_operator.cli.answer import answer
from scoring_operator.cli.options import (
    EXIT_INCOMPLETE,
    Context,
    Format,
    Kubeconfig,
    Name,
    Namespace,
    Output,
    refuse,
)
from scoring_operator.cluster.login import Login
from scoring_operator.facts import Manifest
from scoring_service.contract.revision import revision_of

if TYPE_CHECKING:
    from scoring_operator.cluster.kube.person import Person

Step = Callable[["Person", Manifest], Awaitable[None]]
"""What to do, with the pipeline as stored."""


def promote(
    name: Name,
    namespace: Namespace = "",
    kubeconfig: Kubeconfig = None,
    context: Context = "",
    force: Annotated[bool, typer.Option("--force", help="Also while a pod does not run the candidate.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Make the candidate the scorer that serves, in one change: spec.candidate.scorer becomes spec.scorer.

    Its pods have built it already, and take it over between two batches.

    Exit codes: 0 done; 1 the cluster does not answer or refuses, or the pipeline changed meanwhile; 2 there is no such
    pipeline; 3 it has no candidate, or not every ready pod runs it.
    """

    async def step(one: "Person", pipeline: Manifest) -> None:
        if not force and (why := _not_running(pipeline)):
            refuse(f"{one.key}: {why}; --force promotes all the same", EXIT_INCOMPLETE)
        await one.promote(pipeline)

    _on_candidate(login(namespace, kubeconfig, context), name, output, step, "promoted")


def discard(
    name: Name,
    namespace: Namespace = "",
    kubeconfig: Kubeconfig = None,
    context: Context = "",
    output: Output = Format.TABLE,
) -> None:
    """Drop the candidate; the scorer that serves goes on.

    Exit codes: 0 done; 1 the cluster does not answer or refuses; 2 there is no such pipeline; 3 it has no candidate.
    """

    async def step(one: "Person", _: Manifest) -> None:
        await one.discard()

    _on_candidate(login(namespace, kubeconfig, context), name, output, step, "discarded")


def _on_candidate(as_whom: Login, name: str, output: Format, step: Step, done: str) -> None:
    async def steps(one: "Person") -> tuple[str, str]:
        pipeline = await one.pipeline()
        if not pipeline["spec"].get("candidate"):
            refuse(f"{one.key} has no candidate", EXIT_INCOMPLETE)
        await step(one, pipeline)
        return str(one.key), revision(pipeline)

    key, of = act(as_whom, name, steps)
    answer(output, {"pipeline": key, done: of}, lambda: f"{key}: candidate {of} {done}")


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
