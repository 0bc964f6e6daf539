"""`kubectl-scoring suspend` and `resume`: stop a pipeline's workers and keep everything else, and start them again."""

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

if TYPE_CHECKING:
    from scoring_operator.cluster.kube.person import Person

SUSPENDED_WITHIN_S: Final = 120.0
"""The pods' grace period, and time for operator and kubelet."""


def suspend(
    name: Name,
    namespace: Namespace = "",
    kubeconfig: Kubeconfig = None,
    context: Context = "",
    wait: Annotated[bool, typer.Option("--wait", help="Return only once no pod is left; 120 s at most.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Suspend a pipeline: its pods finish what is in flight, commit and end; `resume` goes on where they stopped.

    Brokers forget the offsets of a group without members after offsets.retention.minutes, 7 days by default.

    Exit codes: 0 done; 1 the cluster does not answer or refuses, or pods are left after the wait; 2 there is no such
    pipeline.
    """

    async def step(one: "Person") -> str:
        await one.suspend(suspend=True)
        if wait and (left := await awaited(one.pods, lambda pods: not pods, SUSPENDED_WITHIN_S)):
            refuse(f"{one.key} is suspended, {len(left)} pods are left: {', '.join(left)}", EXIT_FAILED)
        return str(one.key)

    key = act(login(namespace, kubeconfig, context), name, step)
    answer(output, {"pipeline": key, "suspend": True}, lambda: f"{key} suspended")


def resume(
    name: Name,
    namespace: Namespace = "",
    kubeconfig: Kubeconfig = None,
    context: Context = "",
    output: Output = Format.TABLE,
) -> None:
    """Let a suspended pipeline go on; if it is not suspended, release lanes that its failure budget holds.

    Exit codes: 0 done; 1 the cluster does not answer or refuses; 2 there is no such pipeline.
    """

    async def step(one: "Person") -> tuple[str, str, dict[str, object]]:
        if (await one.pipeline())["spec"].get("suspend"):
            await one.suspend(suspend=False)
            return str(one.key), "goes on", {"suspend": False}
        moment = await one.release()
        return str(one.key), "is not suspended: lanes that its failure budget holds go on", {"resume": moment}

    key, said, done = act(login(namespace, kubeconfig, context), name, step)
    answer(output, {"pipeline": key, **done}, lambda: f"{key} {said}")
