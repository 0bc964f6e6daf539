"""`kubectl-scoring` on a real API server: what it shows, what it would change, and what it gives away."""

import asyncio
import io
import json
import os
import socket
import tarfile
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from harness.apiserver import Apiserver
from harness.commands import COMMAND, Person, ended
from harness.identity import kubeconfig_of
from harness.pipelines import a_lane, a_manifest, a_report
from harness.prerequisites import without
from harness.stage import Api, until
from harness.state import state
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired.children import Decisions, children
from scoring_operator.facts import Manifest
from scoring_service.contract.names import OPS_PORT, STATUS_PATH
from scoring_service.contract.pipeline import parse_pipeline
from scoring_service.contract.scorer_file import ScorerFile

pytestmark = pytest.mark.apiserver

PIPELINES = "scoring.dev/v1alpha1/scoringpipelines"
PIPELINE = f"{PIPELINES}/wallets"
WORKERS = WorkerDefaults(image="worker:1")
CANARY = "c4n4ry-7f3a"
PATHS = {
    "ServiceAccount": "v1/serviceaccounts",
    "ConfigMap": "v1/configmaps",
    "Service": "v1/services",
    "NetworkPolicy": "networking.k8s.io/v1/networkpolicies",
    "Deployment": "apps/v1/deployments",
    "PodDisruptionBudget": "policy/v1/poddisruptionbudgets",
}
NOW = "2026-03-01T12:00:00Z"
READY = {
    "observedGeneration": 1,
    "controller": "scoring/operator",
    "replicas": 1,
    "readyReplicas": 1,
    "partitions": 2,
    "assignedPartitions": 2,
    "image": "worker:1",
    "conditions": [
        {"type": kind, "status": "True", "reason": reason, "message": reason, "lastTransitionTime": NOW}
        for kind, reason in (
            ("Available", "AllPartitionsScored"),
            ("Ready", "SpecRealised"),
            ("Accepted", "SpecAccepted"),
            ("KafkaReachable", "BrokersAnswer"),
            ("WeightsVerified", "WeightsTried"),
        )
    ],
}


class Place:
    """One namespace with a pipeline, as an operator has realised it, and a person who looks."""

    def __init__(self, api: Api, person: Person) -> None:
        self.api = api
        self.person = person
        self.run = person.run
        self.key = f"{api.namespace}/wallets"

    async def create(self, status: Manifest | None = None, **parts: Any) -> Manifest:
        """Make the pipeline with all its children and one ready pod."""
        manifest = a_manifest(**parts)
        manifest["metadata"] = {"name": "wallets", "namespace": self.api.namespace}
        stored = await self.api.call("POST", PIPELINES, manifest)
        pipeline = parse_pipeline(stored)
        made = children(pipeline, WORKERS, Decisions(ScorerFile(serving=pipeline.block), 1, WORKERS.image))
        for child in made:
            await self.api.call("POST", PATHS[child["kind"]], child)
        revision = {"desired": pipeline.block.revision, "serving": pipeline.block.revision}
        return await self.api.merge(f"{PIPELINE}/status", {"status": {**READY, "revision": revision, **(status or {})}})

    async def pod(self, address: str, **status: Any) -> str:
        """Make a pod of the Deployment, as its controllers would; return its name."""
        deployment = await self.api.call("GET", "apps/v1/deployments/wallets")
        template = deployment["spec"]["template"]
        hashed = {**template["metadata"]["labels"], "pod-template-hash": "1"}
        owner = _owner("apps/v1", deployment | {"kind": "Deployment"})
        spec = {
            "selector": {"matchLabels": {"pod-template-hash": "1"}},
            "template": {**template, "metadata": {"labels": hashed}},
        }
        meta = {"name": "wallets-1", "labels": hashed, "ownerReferences": [owner]}
        replica_set = await self.api.call("POST", "apps/v1/replicasets", {"metadata": meta, "spec": spec})
        maker = _owner("apps/v1", replica_set | {"kind": "ReplicaSet"})
        made = {
            "metadata": {"name": "wallets-1-a", "labels": hashed, "ownerReferences": [maker]},
            "spec": template["spec"],
        }
        await self.api.call("POST", "v1/pods", made)
        place = {"podIP": address, "podIPs": [{"ip": address}]} if address else {}
        said = {"phase": "Running", **place, **status}
        await self.api.merge("v1/pods/wallets-1-a/status", {"status": said})
        return "wallets-1-a"

    async def manifest_file(self, folder: Path, **parts: Any) -> str:
        """Write what the pipeline could become; return where."""
        path = folder / "pipeline.yaml"
        path.write_text(yaml.safe_dump({**a_manifest(**parts), "metadata": {"name": "wallets"}}))
        return str(path)


def _owner(version: str, manifest: Manifest) -> Manifest:
    named = {part: manifest["metadata"][part] for part in ("name", "uid")}
    return {"apiVersion": version, "kind": manifest["kind"], "controller": True, **named}


@pytest.fixture
async def place(kubeconfig: str, apiserver: Apiserver) -> AsyncIterator[Place]:
    namespace = f"looking-{uuid.uuid4().hex[:8]}"
    apiserver.kubectl("create", "namespace", namespace)
    api = Api(kubeconfig, namespace)
    try:
        yield Place(api, Person(kubeconfig, namespace))
    finally:
        api.close()
        apiserver.kubectl("delete", "namespace", namespace, "--wait=false")


@pytest.fixture
async def worker() -> AsyncIterator[str]:
    """The address of a worker that answers; not on the loopback network, where the API server asks nobody."""

    async def status(_: web.Request) -> web.Response:
        report = a_report(0, lanes=[a_lane(0, lag=5), a_lane(1, lag=25)], partitions=2)
        assert report.status is not None
        said = json.loads(report.status.encode())
        return web.json_response({**said, "recordsPerSecond": 10.0, "lastError": f"login with password={CANARY}"})

    app = web.Application()
    app.add_routes([web.get(STATUS_PATH, status)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    address = _own_address()
    try:
        await web.TCPSite(runner, address, OPS_PORT).start()
    except OSError as error:
        without(f"no free port {OPS_PORT} on {address}: {error}")
    yield address
    await runner.cleanup()


def _own_address() -> str:
    """Return an address of this machine that others could reach; the test is skipped if it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        try:
            found.connect(("192.0.2.1", 9))
        except OSError as error:
            without(f"this machine has no address but the loopback: {error}")
        address: str = found.getsockname()[0]
    return address


UP = {"conditions": [{"type": "Ready", "status": "True"}]}


async def test_pipelines_and_one_with_its_pods_are_shown(place: Place, worker: str) -> None:
    await place.create()
    pod = await place.pod(worker, **UP)

    everything, one = await place.run("status"), await place.run("status", "wallets", "-o", "json")

    head, row = everything.out.splitlines()
    assert (
        dict(zip(head.split(), row.split(), strict=True)).items()
        >= {
            "NAME": "wallets",
            "READY": "True",
            "REPLICAS": "1/1",
            "PARTITIONS": "2/2",
            "REASON": "SpecRealised",
        }.items()
    )
    said = json.loads(one.out)
    assert (one.code, said["name"], [shown["name"] for shown in said["pods"]]) == (0, "wallets", [pod])
    assert said["pods"][0]["status"]["recordsPerSecond"] == 10.0


async def test_who_watches_hears_of_a_change(place: Place) -> None:
    await place.create()
    watching = await asyncio.create_subprocess_exec(
        COMMAND, "status", "-w", *place.person.where, stdout=asyncio.subprocess.PIPE
    )
    assert watching.stdout is not None
    try:
        async with asyncio.timeout(60):
            first = await watching.stdout.readline()
            await place.api.merge(f"{PIPELINE}/status", {"status": {"readyReplicas": 0}})
            second = await watching.stdout.readline()
    finally:
        watching.terminate()
        await watching.wait()

    assert first.decode().startswith(f"{place.key}: Ready True (SpecRealised)")
    assert "0/1 ready" in second.decode()


async def test_what_is_well_is_explained_with_0(place: Place, worker: str) -> None:
    await place.create()
    await place.pod(worker, **UP)

    answer = await place.run("explain", "wallets", "-o", "yaml")

    tree = yaml.safe_load(answer.out)
    assert (answer.code, tree["well"], tree["pipeline"]) == (0, True, place.key)
    assert [node["what"] for node in tree["under"] if not node["well"]] == []


async def test_what_is_not_ready_is_explained_down_to_the_event_of_the_pod(place: Place) -> None:
    not_ready = {
        "type": "Ready",
        "status": "False",
        "reason": "NoReadyPods",
        "message": "0 of 1",
        "lastTransitionTime": NOW,
    }
    await place.create(status={"conditions": [not_ready]})
    waiting = {"reason": "ImagePullBackOff", "message": "no such image"}
    pod = await place.pod("", containerStatuses=[_container(waiting)])
    event = {
        "metadata": {"name": "warning"},
        "involvedObject": {"kind": "Pod", "name": pod, "namespace": place.api.namespace},
        "type": "Warning",
        "reason": "Failed",
        "message": "pull access denied",
        "lastTimestamp": NOW,
    }
    await place.api.call("POST", "v1/events", event)

    answer = await place.run("explain", "wallets")

    assert answer.code == 3
    assert f"{place.key}: Ready is False: NoReadyPods: 0 of 1" in answer.out.splitlines()[0]
    assert f"pod {pod}: ImagePullBackOff: no such image; Failed: pull access denied" in answer.out


def _container(waiting: Manifest) -> Manifest:
    named = {"name": "worker", "image": "worker:1", "imageID": "", "ready": False, "restartCount": 0}
    return {**named, "state": {"waiting": waiting}}


async def test_lag_and_top_are_what_the_pods_say(place: Place, worker: str) -> None:
    await place.create()
    pod = await place.pod(worker, **UP)

    lag, top = await place.run("lag", "wallets", "-o", "json"), await place.run("top", "wallets", "-o", "json")

    waiting = json.loads(lag.out)
    assert (lag.code, waiting["records"], waiting["drainSeconds"]) == (0, 30, 3.0)
    assert [(row["partition"], row["pod"], row["lag"]) for row in waiting["partitions"]] == [(0, pod, 5), (1, pod, 25)]
    assert [(row["name"], row["lag"], row["recordsPerSecond"]) for row in json.loads(top.out)] == [(pod, 30, 10.0)]


async def test_a_lag_that_nobody_can_tell_is_not_zero_and_ends_with_3(place: Place) -> None:
    await place.create()
    await place.pod("192.0.2.1", **UP)

    answer = await place.run("lag", "wallets")

    assert answer.code == 3
    assert f"{place.key}: the lag is not known" in answer.out
    assert "not seen: status of wallets-1-a: " in answer.out


async def test_a_manifest_that_says_the_same_differs_in_nothing(place: Place, tmp_path: Path) -> None:
    stored = await place.create()

    answer = await place.run("diff", await place.manifest_file(tmp_path))

    assert (answer.code, answer.out) == (0, f"{place.key}: nothing would change\n")
    assert (await place.api.call("GET", PIPELINE))["metadata"]["resourceVersion"] == stored["metadata"][
        "resourceVersion"
    ]


@pytest.mark.parametrize(
    ("parts", "effect", "pods"),
    [
        ({"trading": 0.3}, "live", "live"),
        ({"delivery": {"maxLatency": "20ms"}}, "rolls", "one by one"),
        ({"pod": {"labels": {"team": "a"}}}, "rolls", "one by one"),
        ({"delivery": {"guarantee": "ExactlyOnce"}}, "rolls", "all pods end"),
    ],
    ids=str,
)
async def test_a_change_is_told_with_its_effect_and_what_becomes_of_the_pods(
    place: Place, tmp_path: Path, parts: Any, effect: str, pods: str
) -> None:
    await place.create()

    answer = await place.run("diff", await place.manifest_file(tmp_path, **parts), "-o", "json")

    said = json.loads(answer.out)
    assert (answer.code, {field["effect"] for field in said["fields"]}) == (1, {effect})
    assert pods in said["pods"]
    assert (await place.api.call("GET", PIPELINE))["metadata"]["generation"] == 1


async def test_a_change_that_the_api_server_refuses_ends_with_2_and_its_words(place: Place, tmp_path: Path) -> None:
    await place.create()

    answer = await place.run("diff", await place.manifest_file(tmp_path, topic="another"))

    assert (answer.code, answer.out) == (2, "")
    assert "spec.input.topic is immutable" in answer.said


async def test_a_pipeline_that_is_not_there_would_be_created_with_its_children(place: Place, tmp_path: Path) -> None:
    answer = await place.run("diff", await place.manifest_file(tmp_path), "-o", "json")

    said = json.loads(answer.out)
    assert (answer.code, {child["verb"] for child in said["children"]}) == (1, {"created"})
    assert await place.api.items(PIPELINES) == []


async def test_a_report_gives_nothing_away(place: Place, worker: str, tmp_path: Path) -> None:
    variables = [{"name": "HTTPS_PROXY", "value": f"http://user:{CANARY}@proxy"}]
    cases = [{"name": "one", "asOf": 1, "inputs": [{"wallet": CANARY}], "expect": [{"reason": "schema"}]}]
    secret = {"metadata": {"name": "kafka-user"}, "stringData": {"username": "u", "password": CANARY}}
    await place.api.call("POST", "v1/secrets", secret)
    scram = {"scram": {"mechanism": "SCRAM-SHA-512", "secret": {"name": "kafka-user"}}}
    kafka = {"bootstrapServers": ["kafka:9092"], "sasl": scram}
    await place.create(pod={"env": variables}, goldenCases=cases, kafka=kafka)
    noted = {"metadata": {"annotations": {"team.example/pager": CANARY}}}
    await place.api.merge(PIPELINE, noted)
    await place.pod(worker, **UP)
    file = tmp_path / "report.tar.gz"

    answer = await place.run("report", "wallets", "--to", str(file), "-o", "json")

    said = json.loads(answer.out)
    with tarfile.open(fileobj=io.BytesIO(file.read_bytes())) as opened:
        contents = {entry.name: opened.extractfile(entry).read().decode() for entry in opened}  # type: ignore[union-attr]
    assert (answer.code, said["file"]) == (0, str(file))
    assert [name for name, content in contents.items() if CANARY in content] == []
    assert [name for name, content in contents.items() if "REDACTED" in content] != []
    names = {name.partition("/")[2] for name in contents}
    assert {"pipeline.yaml", "pods/wallets-1-a-status.json", "children/deployment-wallets.yaml"} <= names
    assert not any("secret" in name for name in names)
    assert said["notRead"] == {}, "a pod without a node has an empty log"


VIEWER = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: viewer}
rules:
  - {apiGroups: [scoring.dev], resources: [scoringpipelines], verbs: [get, list]}
  - {apiGroups: [""], resources: [pods, services], verbs: [list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: viewer}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: viewer}
subjects: [{kind: ServiceAccount, name: viewer}]
"""


async def test_who_may_see_little_is_told_that_and_why(
    place: Place, apiserver: Apiserver, worker: str, tmp_path: Path
) -> None:
    await place.create()
    await place.pod(worker, **UP)
    apiserver.kubectl("-n", place.api.namespace, "create", "serviceaccount", "viewer")
    apiserver.kubectl("-n", place.api.namespace, "apply", "-f", "-", stdin=VIEWER)
    viewer = Person(kubeconfig_of(apiserver, place.api.namespace, "viewer", tmp_path), place.api.namespace)

    status, explained = await viewer.run("status"), await viewer.run("explain", "wallets", "-o", "json")

    assert (status.code, "wallets" in status.out) == (0, True)
    (unseen,) = [node for node in json.loads(explained.out)["under"] if node["what"] == "not seen"]
    assert {node["what"] for node in unseen["under"]} == {
        *("configmaps", "deployments", "events", "networkpolicies", "poddisruptionbudgets", "replicasets"),
        *("serviceaccounts", "status of wallets-1-a"),
    }
    assert all("forbidden" in node["why"] for node in unseen["under"])
    assert explained.code == 0, "what the operator says is known all the same"


async def test_a_pipeline_is_given_to_another_release(place: Place) -> None:
    await place.create()

    given = await place.run("adopt", "wallets", "--by", "team-a/scoring", "-o", "json")
    refused = await place.run("adopt", "wallets", "--by", "no such/")

    stored = await place.api.call("GET", PIPELINE)
    assert json.loads(given.out) == {"pipeline": place.key, "from": "scoring/operator", "to": "team-a/scoring"}
    assert stored["metadata"]["annotations"]["scoring.dev/controller"] == "team-a/scoring"
    assert (refused.code, "--by: expected" in refused.said) == (2, True)


async def test_who_waits_for_the_other_release_hears_when_it_acts(place: Place) -> None:
    await place.create()
    giving = asyncio.create_task(place.run("adopt", "wallets", "--by", "team-a/scoring", "--wait"))

    async def given() -> bool:
        """The annotation is written."""
        stored = await place.api.call("GET", PIPELINE)
        return "scoring.dev/controller" in stored["metadata"].get("annotations", {})

    await until(given)
    early, _ = await asyncio.wait([giving], timeout=1)
    await place.api.merge(f"{PIPELINE}/status", {"status": {"controller": "team-a/scoring"}})

    assert not early
    assert (await giving).code == 0


@pytest.mark.parametrize("command", ["explain", "lag", "report", "status", "top", "adopt --by a/b"])
async def test_a_pipeline_that_does_not_exist_ends_it_with_2_and_its_name(place: Place, command: str) -> None:
    verb, *options = command.split()

    answer = await place.run(verb, "nobody", *options)

    assert (answer.code, answer.said.count("\n")) == (2, 1)
    assert '"nobody" not found' in answer.said


async def test_a_context_of_the_kubeconfig_is_chosen_with_its_namespace(place: Place, tmp_path: Path) -> None:
    await place.create()
    config = yaml.safe_load(Path(place.person.kubeconfig).read_text())
    (context,) = config["contexts"]
    config["contexts"].append({"name": "other", "context": {**context["context"], "namespace": place.api.namespace}})
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(config))

    chosen = await ended(str(COMMAND), "status", "--context", "other", KUBECONFIG=str(file))
    unknown = await ended(str(COMMAND), "status", "--context", "none", KUBECONFIG=str(file))

    assert (chosen.code, chosen.out.splitlines()[1].split()[0]) == (0, "wallets")
    assert (unknown.code, unknown.said.count("\n")) == (1, 1)


@pytest.fixture
def kubectl(tmp_path: Path) -> tuple[str, dict[str, str]]:
    """The path of kubectl, and an environment in which it finds the plugin and its completion."""
    for name, call in (("kubectl-scoring", str(COMMAND)), ("kubectl_complete-scoring", _completing())):
        script = tmp_path / name
        script.write_text(f'#!/bin/sh\nexec {call} "$@"\n')
        script.chmod(0o755)
    (binary,) = state().glob("kubernetes-*/kubectl")
    return str(binary), {"PATH": f"{tmp_path}:{os.environ['PATH']}"}


def _completing() -> str:
    return f"{COMMAND.with_name('python')} -m scoring_operator.cli.kubectl_complete"


async def test_it_is_a_plugin_of_kubectl(place: Place, kubectl: tuple[str, dict[str, str]]) -> None:
    await place.create()
    binary, environment = kubectl

    plugin = await ended(binary, "scoring", "status", *place.person.where, **environment)

    assert (plugin.code, plugin.out.splitlines()[1].split()[0]) == (0, "wallets")
    assert "kubectl-scoring" in (await ended(binary, "plugin", "list", "--name-only", **environment)).out


async def test_kubectl_completes_commands_and_names_of_pipelines(
    place: Place, kubectl: tuple[str, dict[str, str]]
) -> None:
    await place.create()
    binary, environment = kubectl

    commands = await ended(binary, "__complete", "scoring", "exp", **environment)
    names = await ended(binary, "__complete", "scoring", "explain", *place.person.where, "wal", **environment)

    assert commands.out.splitlines()[0] == "explain"
    assert names.out.splitlines()[0] == "wallets"
