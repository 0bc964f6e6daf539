"""What `helm test` runs, on a real API server as the account that the chart makes for it: all its rights, no other."""

import json
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp import web

from harness import apiserver as apiserver_
from harness import chart, permissions
from harness.apiserver import Apiserver
from harness.identity import kubeconfig_of
from harness.permissions import Right
from harness.pipelines import a_manifest
from harness.prerequisites import needed
from harness.releases import DEFINITION
from scoring_operator.metrics import own
from scoring_operator.verify.kube import opened
from scoring_operator.verify.port import Subject
from scoring_operator.verify.running import verified

pytestmark = pytest.mark.apiserver

ACCOUNT = "scoring-operator-test"
PIPELINE = "smoke-scoring-operator"
LEADER = "operator-0"
RIGHTS = {
    Right("scoring.dev", "scoringpipelines", "list"),
    Right("scoring.dev", "scoringpipelines", "get"),
    Right("coordination.k8s.io", "leases", "get"),
    Right("", "pods", "get"),
}


class Place(NamedTuple):
    """A release's namespace, with the account of its test."""

    server: Apiserver
    subject: Subject
    granted: set[Right]

    def create(self, kind: str, version: str, name: str, **parts: Any) -> None:
        made = {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **parts}
        self.server.kubectl("-n", self.subject.namespace, "create", "-f", "-", stdin=json.dumps(made))

    def tell(self, what: str, status: dict[str, Any]) -> None:
        """Write the status of an object."""
        patch = ("--subresource=status", "--type=merge", "-p", json.dumps({"status": status}))
        self.server.kubectl("-n", self.subject.namespace, "patch", what, *patch)


@pytest.fixture(scope="module")
def audited() -> Iterator[Apiserver]:
    """An API server that logs what accounts ask, with this checkout's definition."""
    with needed(), apiserver_.obtain("audited") as server:
        server.kubectl(
            "apply", "--server-side", "--force-conflicts", "-f", str(chart.CHART / "files/scoringpipelines.yaml")
        )
        server.kubectl("wait", "--for=condition=Established", "--timeout=60s", DEFINITION)
        yield server


@pytest.fixture
def place(audited: Apiserver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    namespace = f"verified-{uuid.uuid4().hex[:8]}"
    with needed():
        objects = chart.tests(namespace, test__bootstrapServers=["kafka:9092"])
    audited.kubectl("create", "namespace", namespace)
    permissions.install(audited, objects)
    monkeypatch.setenv("KUBECONFIG", kubeconfig_of(audited, namespace, ACCOUNT, tmp_path))
    yield Place(audited, Subject(namespace, f"{namespace}.scoring-operator", PIPELINE), permissions.granted(objects))
    audited.kubectl("-n", namespace, "delete", "scoringpipelines", "--all", "--wait=false")
    audited.kubectl("delete", "namespace", "--wait=false", namespace)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Where a leader answers."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text={"/readyz": "ok", "/metrics": f"{own.LEADER.name} 1.0\n"}[request.path])

    app = web.Application()
    app.add_routes([web.get("/readyz", answer), web.get("/metrics", answer)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


def stand(place: Place, port: int) -> None:
    """Put a leader with its Lease there, and a pipeline that has scored."""
    ports = [{"name": "ops", "containerPort": port}]
    container = {"name": "operator", "image": "none", "ports": ports}
    place.create("Pod", "v1", LEADER, spec={"serviceAccountName": ACCOUNT, "containers": [container]})
    place.tell(f"pod/{LEADER}", {"podIP": "127.0.0.1", "podIPs": [{"ip": "127.0.0.1"}]})
    held = {"holderIdentity": f"{LEADER}_1a2b", "leaseDurationSeconds": 15}
    place.create("Lease", "coordination.k8s.io/v1", place.subject.lease, spec=held)
    place.create("ScoringPipeline", "scoring.dev/v1alpha1", PIPELINE, spec=a_manifest()["spec"])
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "SpecRealised",
        "message": "",
        "observedGeneration": 1,
        "lastTransitionTime": "2026-03-01T12:00:00Z",
    }
    place.tell(f"scoringpipeline/{PIPELINE}", {"conditions": [ready], "firstCommitTime": "2026-03-01T12:00:00Z"})


async def said_of(subject: Subject) -> list[str]:
    """Return the lines of one look."""
    lines: list[str] = []
    async with opened(subject) as release:
        await verified(release, subject, lines.append, within_s=0)
    return lines


async def test_all_rights_of_the_account_are_used_and_none_is_missing(place: Place, port: int) -> None:
    stand(place, port)

    lines = await said_of(place.subject)

    account = f"{place.subject.namespace}:{ACCOUNT}"
    assert [line.partition(" ")[0] for line in lines] == ["ok"] * 5
    assert permissions.refused(place.server.audit, account) == []
    assert permissions.used(permissions.asked(place.server.audit, account)) == place.granted == RIGHTS


async def test_in_another_namespace_the_account_is_refused_and_the_test_says_so(place: Place) -> None:
    (line,) = await said_of(place.subject._replace(namespace="default"))

    assert line.startswith("failed  ScoringPipelines are served: scoringpipelines.scoring.dev is forbidden")


async def test_of_an_empty_namespace_it_says_that_nobody_leads(place: Place) -> None:
    assert "nobody holds the Lease" in (await said_of(place.subject))[-1]


def test_without_brokers_no_right_on_a_single_pipeline_is_granted() -> None:
    with needed():
        objects = chart.tests("shop")

    assert permissions.granted(objects) == RIGHTS - {Right("scoring.dev", "scoringpipelines", "get")}
    assert [made["kind"] for made in objects if "rules" in made] == ["Role"]


def test_of_leases_and_pipelines_only_the_named_ones_are_granted() -> None:
    with needed():
        rules = [
            rule
            for made in chart.tests("shop", test__bootstrapServers=["kafka:9092"])
            for rule in made.get("rules") or ()
        ]

    named = {
        (resource, verb): rule.get("resourceNames")
        for rule in rules
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert named == {
        ("scoringpipelines", "list"): None,
        ("scoringpipelines", "get"): [PIPELINE],
        ("leases", "get"): ["shop.scoring-operator"],
        ("pods", "get"): None,
    }


def test_the_test_makes_no_pod_that_the_operators_selectors_find() -> None:
    with needed():
        (pod,) = [made for made in chart.tests("shop") if made["kind"] == "Pod"]
        (deployment,) = [made for made in chart.rendered("shop") if made["kind"] == "Deployment"]

    selector = deployment["spec"]["selector"]["matchLabels"]
    assert not selector.items() <= pod["metadata"]["labels"].items()
    assert pod["spec"]["containers"][0]["image"] == deployment["spec"]["template"]["spec"]["containers"][0]["image"]


def test_the_pipeline_has_a_name_that_its_rules_take_and_no_other_object_of_the_test() -> None:
    with needed():
        objects = chart.tests("shop", test__bootstrapServers=["kafka:9092"])

    names = {made["kind"]: made["metadata"]["name"] for made in objects}
    assert re.fullmatch(r"[a-z][a-z0-9-]{0,40}[a-z0-9]", names.pop("ScoringPipeline"))
    assert set(names.values()) == {ACCOUNT}
    assert PIPELINE not in names.values()
