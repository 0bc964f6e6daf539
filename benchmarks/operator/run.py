"""One operator through all measurements, on an API server of its own that is new."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import yaml
from benchmarks.operator import change, contestants, creation, drift, kube, restart, steady, unrelated
from benchmarks.operator.audit import Audit
from benchmarks.operator.change import Change
from benchmarks.operator.contestants import Contestant
from benchmarks.operator.creation import Creation
from benchmarks.operator.drift import Repair
from benchmarks.operator.restart import Restart
from benchmarks.operator.sampling import Samples
from benchmarks.operator.scene import Scene
from benchmarks.operator.seen import Seen
from benchmarks.operator.steady import Steady
from benchmarks.operator.unrelated import Unrelated
from benchmarks.workers import ROOT, Failed

from harness.apiserver import Apiserver
from harness.identity import operator_kubeconfig
from scoring_operator.api import __path__ as api_path
from scoring_operator.cluster.kube.kinds import CHILDREN, PIPELINE

DEFINITION: Final = Path(api_path[0]) / "scoringpipelines.yaml"
HEALTH_PORT: Final = 18_453

Told = Callable[[str], None]
"""Told what is being measured."""


class Plan(NamedTuple):
    """How much of everything."""

    pipelines: int
    drift_rounds: int
    changes: int
    """Of a weight one after the other, and as many of replicas."""
    steady_s: float


@dataclass
class Result:
    """What was measured of one operator; None: it failed at that."""

    contestant: Contestant
    creation: Creation | None = None
    steady: Steady | None = None
    drift: list[Repair] | None = None
    """Empty: it repairs nothing."""
    change: Change | None = None
    restart: Restart | None = None
    unrelated: Unrelated | None = None
    connections: int = 0
    """Most at once to the API server, over the whole run."""
    loads: list[float] = field(default_factory=list)
    """Load averages of the machine meanwhile."""
    problems: dict[str, str] = field(default_factory=dict)
    """By measurement, why it has no figures."""


async def run(contestant: Contestant, plan: Plan, server: Apiserver, told: Told) -> Result:
    """Measure one operator; one that ends by itself has what was measured before."""
    result = Result(contestant)
    try:
        async with _scene(contestant, server) as scene:
            for name, measure in _measures(scene, plan).items():
                told(name)
                scene.samples.forget()
                await _measured(result, name, measure)
                result.connections, result.loads = scene.samples.peak_connections, scene.samples.loads
    except* Failed as failed:
        result.problems["run"] = "; ".join(map(str, _leaves(failed)))
    return result


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _leaves(part)
    else:
        yield error


async def _measured(result: Result, name: str, measure: Callable[[], Awaitable[object]]) -> None:
    try:
        setattr(result, name, await measure())
    except (Failed, TimeoutError) as error:
        result.problems[name] = str(error)


def _measures(scene: Scene, plan: Plan) -> dict[str, Callable[[], Awaitable[object]]]:
    """Return the measurements in their order, by the part of the result that each gives."""
    repairs = scene.operator.contestant.is_ours
    return {
        "creation": lambda: creation.measure(scene, plan.pipelines),
        "steady": lambda: steady.measure(scene, plan.steady_s),
        "drift": lambda: drift.measure(scene, plan.drift_rounds) if repairs else drift.probe(scene),
        "change": lambda: change.measure(scene, plan.changes),
        "restart": lambda: restart.measure(scene),
        "unrelated": lambda: unrelated.measure(scene),
    }


@asynccontextmanager
async def _scene(contestant: Contestant, server: Apiserver) -> AsyncIterator[Scene]:
    """Have an operator at work in a namespace of its own, with stand-ins and eyes."""
    namespace = f"bench-{uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory() as folder:
        kubeconfig = await asyncio.to_thread(_prepared, server, namespace, Path(folder), contestant)
        log = Path(folder, "operator.log")
        port = urlsplit(yaml.safe_load(server.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]).port
        async with (
            kube.logged_in(server.kubeconfig) as api,
            Seen(api, namespace, (PIPELINE, *CHILDREN)).watching() as seen,
            contestants.running(contestant, namespace, kubeconfig, log, HEALTH_PORT) as operator,
            _stand_ins(server.kubeconfig, namespace) as asked_url,
            Samples(operator, port or 0).taken() as samples,
        ):
            yield Scene(api, namespace, operator, seen, Audit(server.audit), samples, asked_url)


def _prepared(server: Apiserver, namespace: str, folder: Path, contestant: Contestant) -> str:
    """Return a kubeconfig of the operator's: ours with the chart's Role, the other one may do anything."""
    server.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(DEFINITION))
    server.kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd/scoringpipelines.scoring.dev")
    server.kubectl("create", "namespace", namespace)
    kubeconfig = operator_kubeconfig(server, namespace, folder)
    if not contestant.is_ours:
        account = f"--serviceaccount={namespace}:scoring-operator"
        server.kubectl("create", "clusterrolebinding", namespace, "--clusterrole=cluster-admin", account)
    return kubeconfig


@asynccontextmanager
async def _stand_ins(kubeconfig: Path, namespace: str) -> AsyncIterator[str]:
    """Have the stand-ins inside the block, which fails when they end; yield where they tell whom they were asked."""
    command = (sys.executable, "-m", "benchmarks.operator.stand_ins", str(kubeconfig), namespace)
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)

    async def hold() -> None:
        raise Failed("stand-ins", f"ended with {await process.wait()}", "")

    async with asyncio.TaskGroup() as group:
        held = group.create_task(hold())
        try:
            assert process.stdout is not None  # noqa: S101 - tells mypy what PIPE means
            port = (await process.stdout.readline()).decode().strip()
            yield f"http://127.0.0.1:{port}/asked"
        finally:
            held.cancel()
            process.kill()
            await process.wait()


def version_of(server: Apiserver) -> str:
    """Return the version of an API server."""
    found: str = json.loads(server.kubectl("get", "--raw", "/version"))["gitVersion"]
    return found
