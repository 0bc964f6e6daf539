"""`kubectl-scoring adopt`: give a pipeline to another release of the operator."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from scoring_operator.cli.access import act, login
from scoring_operator.cli.answer import answer
from scoring_operator.cli.options import (
    EXIT_FAILED,
    Context,
    Format,
    Kubeconfig,
    Name,
    Namespace,
    Output,
    refuse,
)
from scoring_operator.cli.waiting import awaited
from scoring_operator.config import CONTROLLER
from scoring_operator.facts import Manifest

if TYPE_CHECKING:
    from scoring_operator.cluster.kube.person import Person

ADOPTED_WITHIN_S: Final = 60.0


def adopt(
    name: Name,
    by: Annotated[
        str, typer.Option("--by", metavar="RELEASE", help="Who is to act on it: `<namespace>/<release>` of the chart.")
    ],
    namespace: Namespace = "",
    kubeconfig: Kubeconfig = None,
    context: Context = "",
    wait: Annotated[bool, typer.Option("--wait", help="Return only once that release acts; 60 s at most.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Give a pipeline to another release of the operator; the one that has it stands back, and no pod restarts for it.

    Exit codes: 0 done; 1 the cluster does not answer or refuses, or that release has not come within the wait; 2 wrong
    usage, or there is no such pipeline.
    """
    if not CONTROLLER.fullmatch(by):
        refuse(f"--by: expected <namespace>/<release>, such as scoring-system/scoring-operator (got {by!r})")

    def acts(pipeline: Manifest) -> bool:
        return _controller(pipeline) == by

    async def step(one: "Person") -> tuple[str, str]:
        former = _controller(await one.pipeline())
        await one.give(by)
        if wait and not acts(await awaited(one.pipeline, acts, ADOPTED_WITHIN_S)):
            refuse(f"{one.key} is given to {by}, which has not taken it yet: is it running?", EXIT_FAILED)
        return str(one.key), former

    key, former = act(login(namespace, kubeconfig, context), name, step)
    answer(output, {"pipeline": key, "from": former, "to": by}, lambda: f"{key} goes from {former or 'nobody'} to {by}")


def _controller(pipeline: Manifest) -> str:
    said: str = (pipeline.get("status") or {}).get("controller", "")
    return said
