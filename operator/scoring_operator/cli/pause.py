"""`kubectl-scoring pause` and `resume`: stop a pipeline's workers and keep everything else, and start them again."""

import asyncio
import json
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Final

import typer

from scoring_operator.cli.options import (
    EXIT_FAILED,
    Format,
    Kubeconfig,
    Name,
    Namespace,
    Output,
    failures_told,
    refuse,
)

if TYPE_CHECKING:
    from scoring_operator.cluster.kube.person import Person

LOOK_EVERY_S: Final = 0.5
PAUSED_WITHIN_S: Final = 120.0
"""The pods' grace period, and time for operator and kubelet."""


def pause(
    name: Name,
    namespace: Namespace = "",
    kubeconfig: Kubeconfig = None,
    wait: Annotated[bool, typer.Option("--wait", help="Return only once no pod is left; 120 s at most.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Suspend a pipeline: its pods finish what is in flight, commit and end; `resume` goes on where they stopped.

    Brokers forget the offsets of a group without members after offsets.retention.minutes, 7 days by default.

    Exit codes: 0 done; 1 the cluster does not answer or refuses, or pods are left after the wait; 2 there is no such
    pipeline.
    """

    async def run() -> str:
        from scoring_operator.cluster.kube.person import person  # only here: a Tab waits for what is loaded

        async with person(name, namespace, str(kubeconfig) if kubeconfig else None) as one:
            await one.suspend(suspend=True)
            if wait and (left := await _pods_left(one)):
                refuse(f"{one.key} is suspended, {len(left)} pods are left: {', '.join(left)}", EXIT_FAILED)
            return str(one.key)

    with failures_told():
        key = asyncio.run(run())
    _answer(output, key, "suspended", {"suspend": True})


def resume(name: Name, namespace: Namespace = "", kubeconfig: Kubeconfig = None, output: Output = Format.TABLE) -> None:
    """Let a suspended pipeline go on; if it is not suspended, release lanes that its failure budget holds.

    Exit codes: 0 done; 1 the cluster does not answer or refuses; 2 there is no such pipeline.
    """

    async def run() -> tuple[str, str, dict[str, object]]:
        from scoring_operator.cluster.kube.person import person  # only here: a Tab waits for what is loaded

        async with person(name, namespace, str(kubeconfig) if kubeconfig else None) as one:
            if (await one.pipeline())["spec"].get("suspend"):
                await one.suspend(suspend=False)
                return str(one.key), "goes on", {"suspend": False}
            moment = await one.release()
            return str(one.key), "is not suspended: lanes that its failure budget holds go on", {"resume": moment}

    with failures_told():
        key, said, done = asyncio.run(run())
    _answer(output, key, said, done)


async def _pods_left(one: "Person") -> list[str]:
    """Return the pods that are left when there are none, or when the wait is over."""
    deadline = monotonic() + PAUSED_WITHIN_S
    while True:
        left = await one.pods()
        if not left or monotonic() >= deadline:
            return left
        await asyncio.sleep(LOOK_EVERY_S)


def _answer(output: Format, key: str, said: str, done: dict[str, object]) -> None:
    typer.echo(json.dumps({"pipeline": key, **done}) if output is Format.JSON else f"{key} {said}")
