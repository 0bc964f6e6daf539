"""`kubectl-scoring reset`: set a suspended pipeline's offsets, run in its namespace, where its credentials are."""

import asyncio
import json
import secrets
import sys
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer
from rich.console import Console

from scoring_operator.cli.access import act, login
from scoring_operator.cli.answer import answer
from scoring_operator.cli.options import (
    EXIT_FAILED,
    EXIT_INCOMPLETE,
    Context,
    Format,
    Kubeconfig,
    Name,
    Namespace,
    Output,
    refuse,
)
from scoring_operator.cli.waiting import LOOK_EVERY_S
from scoring_operator.desired.reset_job import reset_job
from scoring_operator.errors import Conflict
from scoring_operator.facts import Manifest
from scoring_service.contract.pipeline import parse_pipeline

if TYPE_CHECKING:
    from scoring_operator.cluster.kube.person import Person

SHOWN: Final = 256


class Ended(NamedTuple):
    """What came of the Job's pod."""

    code: int
    said: str


def reset(  # noqa: PLR0913, RUF100 - one parameter per option
    name: Name,
    namespace: Namespace = "",
    kubeconfig: Kubeconfig = None,
    context: Context = "",
    to_earliest: Annotated[bool, typer.Option("--to-earliest", help="Read everything that is there again.")] = False,
    to_latest: Annotated[bool, typer.Option("--to-latest", help="Leave out everything that is there.")] = False,
    to_datetime: Annotated[
        str, typer.Option(metavar="TIME", help="From the first record of that moment or later, ISO 8601 with a zone.")
    ] = "",
    to_offset: Annotated[
        str, typer.Option(metavar="P:N,…", help="Partition P from offset N; the other partitions stay.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Set the offsets of a suspended pipeline's group.

    A Job in the pipeline's namespace does it, with the image, the ServiceAccount and the Secrets of the workers; it is
    deleted at the end. You need to create, get and delete Jobs and to read logs of pods there.

    Exit codes: 0 done; 1 the cluster or the brokers do not answer or refuse; 2 wrong usage, no such pipeline or no such
    offset; 3 the pipeline is not suspended, has pods left, or its group has members.
    """
    options = _options(to_earliest, to_latest, to_datetime, to_offset)
    options += ["--dry-run"] if dry_run else []
    options += ["--output", (Format.TABLE if output is Format.TABLE else Format.JSON).value]
    ended = act(login(namespace, kubeconfig, context), name, lambda one: _reset(one, options))
    if ended.code or output is Format.TABLE:
        typer.echo(ended.said.rstrip("\n"), err=ended.code != 0)
        raise typer.Exit(ended.code)
    answer(output, json.loads(ended.said), str)


def _options(to_earliest: bool, to_latest: bool, to_datetime: str, to_offset: str) -> list[str]:
    given = [
        *(["--to-earliest"] if to_earliest else []),
        *(["--to-latest"] if to_latest else []),
        *([f"--to-datetime={to_datetime}"] if to_datetime else []),
        *([f"--to-offset={to_offset}"] if to_offset else []),
    ]
    if len(given) != 1:
        refuse("expected one of --to-earliest, --to-latest, --to-datetime and --to-offset")
    return given


async def _reset(one: "Person", options: Sequence[str]) -> Ended:
    """Run the Job and delete it, whatever happens."""
    stored = await one.pipeline()
    await _refuse_unless_quiet(one, stored)
    job = f"{one.key.name}-reset-{secrets.token_hex(3)}"
    manifest = reset_job(parse_pipeline(stored), await one.deployment(), job, options)
    try:
        await one.start(manifest)
        return await _ended(one, job)
    finally:
        with suppress(Conflict):  # it may not be there
            await one.delete(job)


async def _refuse_unless_quiet(one: "Person", stored: Manifest) -> None:
    name, _ = one.key.name, one.key.namespace
    if not stored["spec"].get("suspend"):
        refuse(
            f"{one.key} is not suspended: suspend it first with kubectl-scoring suspend {name} --wait", EXIT_INCOMPLETE
        )
    if left := await one.pods():
        refuse(f"{one.key} is suspended, and {len(left)} pods have not ended yet: {', '.join(left)}", EXIT_INCOMPLETE)
    if (stored.get("status") or {}).get("observedGeneration") != stored["metadata"]["generation"]:
        refuse(f"the operator has not acted on the latest change of {one.key} yet: is it running?", EXIT_INCOMPLETE)


async def _ended(one: "Person", job: str) -> Ended:
    """Return what the Job's pod has said once it has ended, or why it never ran."""
    watched = sys.stderr.isatty()
    with Console(stderr=True).status("starting") if watched else nullcontext() as shown:
        while True:
            pod, status = await one.pod_of(job), (await one.job(job)).get("status") or {}
            if pod is not None and (code := exit_code(pod)) is not None:
                return Ended(code, await one.log(pod["metadata"]["name"]))
            if failed := failure(status):
                return Ended(EXIT_FAILED, f"kubectl-scoring: the Job {job} failed: {failed}; its pod: {state_of(pod)}")
            if shown is not None:
                shown.update(state_of(pod))
            await asyncio.sleep(LOOK_EVERY_S)


def exit_code(pod: Manifest) -> int | None:
    """Return the exit code of a pod's container; None before it has ended."""
    for container in (pod.get("status") or {}).get("containerStatuses") or ():
        ended = container["state"].get("terminated")
        if ended:
            return int(ended["exitCode"])
    return None


def failure(status: Manifest) -> str:
    """Return why a Job has failed; empty if it has not."""
    for condition in status.get("conditions") or ():
        if condition["type"] == "Failed" and condition["status"] == "True":
            return f"{condition.get('reason', '')}: {condition.get('message', '')}"[:SHOWN]
    return ""


def state_of(pod: Manifest | None) -> str:
    """Return what a pod is waiting for, in its own words."""
    if pod is None:
        return "none yet"
    status = pod.get("status") or {}
    for container in status.get("containerStatuses") or ():
        waiting = container["state"].get("waiting")
        if waiting:
            return f"{waiting.get('reason', '')} {waiting.get('message', '')}".strip()[:SHOWN]
    for condition in status.get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return f"{condition.get('reason', '')} {condition.get('message', '')}".strip()[:SHOWN]
    return str(status.get("phase", "Pending"))
