"""`kubectl-scoring plan`: what a manifest would change, compared with the revision that the cluster serves."""

import json
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from scoring_operator.cli.access import act, login
from scoring_operator.cli.manifest import Unreadable, named_manifest_in
from scoring_operator.cli.options import EXIT_INCOMPLETE, Context, Kubeconfig, Namespace, refuse
from scoring_operator.facts import Manifest
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile

if TYPE_CHECKING:
    from scoring_operator.cluster.kube.person import Person

PASSED_ON: Final = {"allow_extra_args": True, "ignore_unknown_options": True}


def plan(
    called: typer.Context,
    pipeline: Annotated[Path, typer.Argument(metavar="PIPELINE.yaml", help="Manifest with the proposed scorer.")],
    namespace: Namespace = "",
    kubeconfig: Kubeconfig = None,
    context: Context = "",
) -> None:
    """Show what a manifest would change, beside the revision that its pipeline serves now.

    `scorer plan` does it on this machine, and gets all options behind PIPELINE.yaml that are not below: --last, --file,
    --threshold, --movers, --html, --secrets, -o. The brokers, unless --file is given, must be reachable from here. The
    cluster is only read: you need to get scoringpipelines and configmaps.

    Exit codes: 0 done; 1 the cluster or the brokers do not answer or refuse; 2 wrong usage, or no such pipeline; 3 it
    serves nothing yet, or the installation lacks the extra `local`.
    """
    if find_spec("aiokafka") is None:
        refuse("aiokafka is not installed: pip install 'scoring-operator[local]'", EXIT_INCOMPLETE)
    try:
        metadata: Manifest = named_manifest_in(pipeline)["metadata"]
    except Unreadable as error:
        refuse(f"{pipeline}: {error}")
    where = namespace or metadata.get("namespace", "")
    served = act(login(where, kubeconfig, context), metadata["name"], _served)
    raise typer.Exit(_compared(pipeline, served, called.args))


async def _served(one: "Person") -> Manifest:
    """Return the stored pipeline with the scorer that its pods serve."""
    stored = await one.pipeline()
    block = serving(await one.live_file())
    if block is None:
        refuse(f"{one.key} serves no revision yet", EXIT_INCOMPLETE)
    return {**stored, "spec": {**stored["spec"], "scorer": {block.member: block.parameters}}}


def serving(content: str) -> ScorerBlock | None:
    """Return the serving block of a live file; None if there is none, or the file cannot be read."""
    try:
        return ScorerFile.decode(content.encode()).serving
    except (msgspec.MsgspecError, RecursionError):
        return None


def _compared(pipeline: Path, served: Manifest, options: list[str]) -> int:
    """Run `scorer plan` and return its exit code; stdout and stderr are its own."""
    with tempfile.TemporaryDirectory(prefix="scoring-plan-") as folder:
        current = Path(folder) / "serving.yaml"
        current.write_text(json.dumps(served), "utf-8")  # JSON is YAML
        command = [sys.executable, "-m", "scoring_service.cli", "plan", str(pipeline), "--current", str(current)]
        return subprocess.run([*command, *options], check=False).returncode  # noqa: S603 - our own command
