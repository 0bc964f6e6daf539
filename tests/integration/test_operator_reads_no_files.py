"""No field of a pipeline makes the operator open a file, dial an address, look up a name or start a program.

Others had that hole: a path or a URL in a resource, and the operator read its own token and sent it out. Every text of
the definition is filled here, also with what the definition would refuse, and the process itself notes what it does.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from harness import apiserver as apiserver_
from harness.apiserver import Apiserver
from harness.identity import operator_kubeconfig
from harness.pipelines import a_manifest
from harness.poisoned import Poisoned, lax, places, poisoned
from harness.prerequisites import needed
from harness.stage import Api, Manifest, Stage, until
from harness.state import REPOSITORY
from harness.watched import Deed, deeds
from scoring_operator.api import __path__ as api_path
from scoring_service.contract.names import CONTROLLER_ANNOTATION

pytestmark = [pytest.mark.apiserver, pytest.mark.timeout(400)]

DEFINITION = Path(api_path[0]) / "scoringpipelines.yaml"
PIPELINES = "scoring.dev/v1alpha1/scoringpipelines"
FILES = (
    "/var/run/secrets/kubernetes.io/serviceaccount/token",
    "file:///etc/passwd",
    "../../../../../../../../etc/shadow",
    "/proc/self/environ",
)
NAMES = ("leak.tenant.invalid:9092", "http://leak.tenant.invalid/")
METADATA = ("http://169.254.169.254/latest/meta-data/iam", "169.254.169.254:80")
TRACES = ("secrets/kubernetes.io", "etc/passwd", "etc/shadow", "self/environ", "leak.tenant", "169.254.169.254")

ITSELF = {Path("/etc/mime.types"), *(Path("/proc", name) for name in ("stat", "self/stat", "self/limits", "self/fd"))}
"""What libraries read of the process and of the machine: for metrics, and the types of files that are never sent."""


class Listener:
    """A port of this machine where nobody should come by."""

    def __init__(self) -> None:
        self.visitors = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                visitor, _ = self._socket.accept()
            except OSError:
                return
            self.visitors += 1
            visitor.close()

    def close(self) -> None:
        self._socket.close()


class Operator:
    """A watched process, and the namespace that it serves."""

    def __init__(self, server: Apiserver, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.api = Api(str(server.kubeconfig), f"paths-{uuid.uuid4().hex[:8]}")
        server.kubectl("create", "namespace", self.api.namespace)
        self.kubeconfig = operator_kubeconfig(server, self.api.namespace, folder)
        self.log = folder / "deeds"
        self._said = folder / "operator.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *bugs: str) -> None:
        environment = {
            **os.environ,
            "KUBECONFIG": self.kubeconfig,
            "SCORING_WORKER_IMAGE": "scoring/service:1",
            "SCORING_NAMESPACE": self.api.namespace,
            "SCORING_HEALTH_PORT": "0",
        }
        command = [sys.executable, "-m", "harness.watched", str(self.log), *bugs]
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(command, env=environment, stderr=said)

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self.server.kubectl("-n", self.api.namespace, "delete", "scoringpipelines", "--all", "--wait=false")
        self.api.close()
        self.server.kubectl("delete", "namespace", self.api.namespace, "--wait=false")

    async def create(self, name: str, manifest: Manifest, status: Manifest | None = None) -> None:
        meta = {"name": name, "annotations": manifest["metadata"].get("annotations", {})}
        await self.api.call("POST", PIPELINES, {**manifest, "metadata": meta})
        if status:
            await self.api.merge(f"{PIPELINES}/{name}/status", {"status": status})

    async def looked_at(self, within_s: float = 30.0) -> None:
        """Return once it has come to a pipeline that is made now: those before it had their turn."""
        name = f"last-{uuid.uuid4().hex[:8]}"
        await self.create(name, a_manifest(replicas=0))

        async def is_told() -> bool:
            """The last pipeline has a status."""
            assert self._process is not None
            assert self._process.poll() is None, self._said.read_text()
            found = await self.api.get(f"{PIPELINES}/{name}")
            return found is not None and "conditions" in found.get("status", {})

        await until(is_told, within_s)

    async def untold(self) -> list[str]:
        """Return the pipelines of which it has said nothing."""
        return [p["metadata"]["name"] for p in await self.api.items(PIPELINES) if "conditions" not in p["status"]]


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


@pytest.fixture
async def operator(tmp_path: Path) -> AsyncIterator[Operator]:
    """An operator that is still to be started, on an API server whose definition has no rules meanwhile."""
    definition = yaml.safe_load(DEFINITION.read_text())
    with needed(), apiserver_.obtain("audited") as server:
        apply = ("apply", "--server-side", "--force-conflicts", "-f", "-")
        server.kubectl(*apply, stdin=json.dumps(lax(definition)))
        server.kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd/scoringpipelines.scoring.dev")
        made = Operator(server, tmp_path)
        try:
            yield made
        finally:
            made.close()
            server.kubectl(*apply, stdin=json.dumps(definition))


def test_every_text_of_the_definition_is_found() -> None:
    """Fields that are added later are among them: they are found by walking. These are known to be there."""
    found = {".".join(place) for place in places()}

    assert len(found) > 90
    assert found >= {
        "spec.kafka.bootstrapServers.[]",
        "spec.kafka.tls.caSecret.name",
        "spec.scorer.custom.parameters",
        "spec.pod.env.[].value",
        "spec.pod.labels.{key}",
        "spec.pod.resources.limits.{}",
        "spec.goldenCases.[].inputs.[]",
        "status.image",
    }


async def test_what_a_tenant_writes_is_neither_opened_nor_dialled(operator: Operator, listener: Listener) -> None:
    addresses = (*NAMES, *METADATA, listener.address, f"http://{listener.address}/")
    cases = list(poisoned(FILES, addresses))
    operator.start()
    async with Stage(operator.api).playing() as stage:
        await operator.create("ordinary", a_manifest(replicas=2))
        await until(lambda: asked_all(operator, stage), within_s=60)
        pods = {f"{worker.address}:9090" for worker in stage.workers.values()}

    for number, case in enumerate(cases):
        await operator.create(f"p{number}", case.manifest, case.status)
    await operator.looked_at(within_s=180)

    done = deeds(operator.log)
    print(f"{len(cases)} pipelines, {len(places())} places of a text; {len(done)} different deeds")
    assert not {deed for deed in done if is_traced(deed, listener)}
    assert listener.visitors == 0
    assert {deed.whom for deed in done if deed.what == "dialled"} == {api_server(operator), *pods}
    assert {deed.whom for deed in done if deed.what == "looked up"} <= {api_server(operator)}
    assert not {deed for deed in done if deed.what == "started"}
    assert not {deed.whom for deed in done if deed.what == "opened" and not is_own(Path(deed.whom), operator)}
    assert set(await operator.untold()) <= left_to_others(cases)


async def test_a_leak_is_seen(operator: Operator, listener: Listener) -> None:
    """The same operator with the bug that others had: the eyes above see it."""
    operator.start("leak")
    manifest = a_manifest(replicas=0, kafka={"bootstrapServers": [listener.address]}, topic=FILES[0])

    await operator.create("victim", manifest)
    await operator.looked_at()

    assert Deed("opened", FILES[0]) in deeds(operator.log)
    assert Deed("dialled", listener.address) in deeds(operator.log)
    assert listener.visitors > 0


async def asked_all(operator: Operator, stage: Stage) -> bool:
    """Each of the two pods has been asked for its status."""
    dialled = {deed.whom for deed in deeds(operator.log) if deed.what == "dialled"}
    return len(stage.workers) == 2 and {f"{worker.address}:9090" for worker in stage.workers.values()} <= dialled


def is_traced(deed: Deed, listener: Listener) -> bool:
    """Tell whether a deed is about something that a tenant wrote."""
    return any(trace in deed.whom for trace in (*TRACES, listener.address))


def api_server(operator: Operator) -> str:
    """Return host and port of the API server."""
    (cluster,) = json.loads(Path(operator.kubeconfig).read_text())["clusters"]
    return str(urlsplit(cluster["cluster"]["server"]).netloc)


def is_own(path: Path, operator: Operator) -> bool:
    """Tell whether a file is code, how to log in (clients put certificates into files), or about the process itself."""
    code = (sys.prefix, sys.base_prefix, *(REPOSITORY / part for part in ("operator", "service", "tests")))
    login = (Path(operator.kubeconfig), Path.home() / ".netrc")
    is_temporary = path.parent == Path(tempfile.gettempdir())
    return is_temporary or path in (*login, *ITSELF) or any(path.is_relative_to(folder) for folder in code)


def left_to_others(cases: list[Poisoned]) -> set[str]:
    """Return the pipelines that another release is said to act on."""
    foreign = (f"metadata.annotations.{CONTROLLER_ANNOTATION}", "status.controller")
    return {f"p{number}" for number, case in enumerate(cases) if case.place in foreign}
