"""What the operator may do is what it does: the chart's roles, and the requests of a whole life, as the server logged.

It logs in as the account of the rendered chart, with nothing but the rendered roles, on an API server that logs each of
its requests. The list of rights is written out here by hand: whoever widens it says so in this file.
"""

import asyncio
import json
import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from harness import apiserver as apiserver_
from harness import chart, permissions
from harness.apiserver import Apiserver
from harness.identity import kubeconfig_of
from harness.permissions import Asked, Right
from harness.pipelines import a_manifest
from harness.prerequisites import needed
from harness.stage import Api, Manifest, Stage, until
from scoring_operator import app
from scoring_operator.api import __path__ as api_path
from scoring_operator.config import OperatorConfig
from scoring_operator.look import Clocks
from scoring_service.contract.names import CONTROLLER_ANNOTATION

pytestmark = [pytest.mark.apiserver, pytest.mark.timeout(300)]

DEFINITION = Path(api_path[0]) / "scoringpipelines.yaml"
RELEASE = "scoring-operator"
PIPELINES = "scoring.dev/v1alpha1/scoringpipelines"
NAME, NEIGHBOUR = "wallets", "volumes"
OBJECT = {"get", "list", "watch", "create", "patch", "delete"}
RIGHTS = {
    ("scoring.dev", "scoringpipelines"): {"list", "watch"},
    ("scoring.dev", "scoringpipelines/status"): {"patch"},
    ("scoring.dev", "scoringpipelines/scale"): {"patch"},
    ("apps", "deployments"): OBJECT,
    ("", "services"): OBJECT,
    ("", "configmaps"): OBJECT,
    ("", "serviceaccounts"): OBJECT,
    ("policy", "poddisruptionbudgets"): OBJECT,
    ("networking.k8s.io", "networkpolicies"): OBJECT,
    ("", "pods"): {"list", "watch", "patch"},
    ("apps", "replicasets"): {"list", "watch"},
    ("coordination.k8s.io", "leases"): {"get", "create", "update", "list", "watch"},
    ("events.k8s.io", "events"): {"create", "patch"},
}
"""Everything that the operator may do, by group and resource."""
EXPECTED = {Right(*of, verb) for of, verbs in RIGHTS.items() for verb in verbs}
PATHS = (
    f"v1/serviceaccounts/{NAME}",
    f"v1/services/{NAME}",
    f"v1/configmaps/{NAME}-live",
    f"networking.k8s.io/v1/networkpolicies/{NAME}",
    f"apps/v1/deployments/{NAME}",
    f"policy/v1/poddisruptionbudgets/{NAME}",
)
"""One child of each kind."""


class Place:
    """A release, the account that it runs as, and the namespace whose pipeline lives through everything."""

    def __init__(self, server: Apiserver, scope: str, folder: Path) -> None:
        stem = uuid.uuid4().hex[:8]
        self.server, self.scope, self.folder = server, scope, folder
        self.release, self.elsewhere = f"rights-{stem}", f"elsewhere-{stem}"
        self.served = self.release if scope == "Namespace" else f"served-{stem}"
        self.objects = chart.rendered(self.release, scope=scope)
        self.account = f"{self.release}:{RELEASE}"
        self._ahead_s = 0.0

    @property
    def config(self) -> OperatorConfig:
        """What the chart's Deployment tells its operator."""
        (deployment,) = (made for made in self.objects if made["kind"] == "Deployment")
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        said = {one["name"]: one["value"] for one in container["env"] if "value" in one}
        pod = {"POD_NAME": "operator-0", "POD_NAMESPACE": self.release, "SCORING_HEALTH_PORT": "0"}
        return OperatorConfig.from_env(said | pod)

    def later(self, seconds: float) -> None:
        """Let time pass for the operator's own clock."""
        self._ahead_s += seconds

    @asynccontextmanager
    async def operator(self) -> AsyncIterator[None]:
        """Run the operator as its account."""
        stop = asyncio.Event()
        clocks = Clocks(monotonic=lambda: time.monotonic() + self._ahead_s)
        task = asyncio.create_task(app.run(self.config, stop, clocks=clocks))
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait_for(task, 20)

    def requests(self) -> list[Asked]:
        """Return what the operator has asked for."""
        return permissions.asked(self.server.audit, self.account)


class Life:
    """One pipeline, and the person who changes it."""

    def __init__(self, api: Api, name: str) -> None:
        self.api, self.name, self.path = api, name, f"{PIPELINES}/{name}"

    async def create(self, **parts: Any) -> None:
        manifest = a_manifest(replicas=2, **parts)
        manifest["metadata"] = {"name": self.name}
        await self.api.call("POST", PIPELINES, manifest)
        await self.ready()

    async def change(self, **spec: Any) -> None:
        await self.api.merge(self.path, {"spec": spec})
        await self.ready()

    async def pipeline(self) -> Manifest:
        found = await self.api.get(self.path)
        assert found is not None
        return found

    async def ready(self, ready: str = "True") -> None:
        async def is_settled() -> bool:
            """The present generation is told, and nothing is under way."""
            found = await self.pipeline()
            said = {c["type"]: c for c in found.get("status", {}).get("conditions", [])}
            told = (said["Ready"]["status"], said["Reconciling"]["status"]) if said else ()
            return told == (ready, "False") and said["Ready"]["observedGeneration"] == found["metadata"]["generation"]

        await until(is_settled, within_s=60)

    async def comes_back(self, path: str) -> None:
        """Delete a child, and wait for the next one."""
        former = (await self.api.call("GET", path))["metadata"]["uid"]
        await self.api.call("DELETE", path)

        async def is_back() -> bool:
            """Another one is there."""
            found = await self.api.get(path)
            return found is not None and found["metadata"]["uid"] != former

        await until(is_back)

    async def is_pruned(self, path: str) -> None:
        """Leave a child of a former version beside a child, under another name, and wait until it is gone."""
        like = await self.api.call("GET", path)
        collection, _, name = path.rpartition("/")
        meta = {part: like["metadata"][part] for part in ("labels", "ownerReferences")}
        content = {part: value for part, value in like.items() if part not in ("metadata", "status")}
        if like["kind"] == "Service":
            content["spec"] = {"ports": like["spec"]["ports"], "selector": like["spec"]["selector"]}
        await self.api.call("POST", collection, content | {"metadata": meta | {"name": f"{name}-former"}})

        async def is_gone() -> bool:
            """It is gone."""
            return await self.api.get(f"{path}-former") is None

        await until(is_gone)


@pytest.fixture(scope="module")
def audited() -> Iterator[Apiserver]:
    """An API server that logs what accounts ask, with this checkout's definition."""
    with needed(), apiserver_.obtain("audited") as server:
        server.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(DEFINITION))
        server.kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd/scoringpipelines.scoring.dev")
        yield server


@pytest.fixture
def place(
    audited: Apiserver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Place]:
    with needed():
        made = Place(audited, request.param, tmp_path)
    namespaces = sorted({made.release, made.served, made.elsewhere})
    for namespace in namespaces:
        audited.kubectl("create", "namespace", namespace)
    permissions.install(audited, made.objects)
    monkeypatch.setenv("KUBECONFIG", kubeconfig_of(audited, made.release, RELEASE, tmp_path))
    try:
        yield made
    finally:
        permissions.remove(audited, made.objects)
        for (
            namespace
        ) in namespaces:  # nobody ends a namespace here, and an operator of the whole cluster would see them
            audited.kubectl("-n", namespace, "delete", "scoringpipelines", "--all", "--wait=false")
        audited.kubectl("delete", "namespace", "--wait=false", *namespaces)


async def whole_life(place: Place, life: Life, stage: Stage) -> None:
    """Let everything happen to a pipeline that makes the operator ask for something."""
    weights = {"scorer": {"walletReputation": {"weights": {"trading": 0.3}}}}
    proposed = {"scorer": {"walletReputation": {"variant": "zeru-v1", "weights": {"trading": 0.1}}}}
    await life.create()
    await life.change(**weights)
    assert any(worker.nudges for worker in stage.workers.values())
    await life.change(candidate={"mode": "Shadow", "percent": 50} | proposed)
    await life.api.merge(f"{life.path}/scale", {"spec": {"replicas": 3}})
    await life.ready()
    await life.change(autoscaling={"mode": "PerPartition", "partitionsPerReplica": 2})
    await life.change(replicas=5)  # put back through the scale subresource
    await life.api.merge(life.path, {"spec": {"suspend": True}})
    await life.ready("False")
    await life.change(suspend=False)
    for path in PATHS:
        await life.comes_back(path)
        await life.is_pruned(path)
    place.later(120)  # what happens again is told once a minute
    await life.comes_back(PATHS[0])
    await life.change(delivery={"guarantee": "ExactlyOnce"})  # the former start-up file is deleted
    await given_by_another_release(place, life)
    await has_told_again(place, life)
    await life.api.call("DELETE", life.path)


async def given_by_another_release(place: Place, life: Life) -> None:
    """Let another release have written status and a child, and a person give the pipeline to ours."""
    theirs, service = "scoring/shop/theirs", f"v1/services/{life.name}"
    ours = {CONTROLLER_ANNOTATION: f"{place.release}/{RELEASE}"}
    written = {"apiVersion": "scoring.dev/v1alpha1", "kind": "ScoringPipeline", "metadata": {"name": life.name}}
    applied = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": life.name, "labels": {"by": "theirs"}}}
    apply = "application/apply-patch+yaml"
    await life.api.merge(life.path, {"metadata": {"annotations": ours}})
    query = f"fieldManager={theirs}&force=true"
    await life.api.call("PATCH", f"{service}?{query}", applied, apply)
    await life.api.call(
        "PATCH", f"{life.path}/status?{query}", written | {"status": {"controller": "shop/theirs"}}, apply
    )

    async def is_taken() -> bool:
        """Status and Service are ours alone."""
        found = [await life.pipeline(), await life.api.call("GET", service)]
        managers = {entry["manager"] for one in found for entry in one["metadata"]["managedFields"]}
        return found[0]["status"]["controller"] == ours[CONTROLLER_ANNOTATION] and theirs not in managers

    await until(is_taken)
    await life.ready()


async def has_told_again(place: Place, life: Life) -> None:
    """Wait until an Event about the pipeline says that it happened again."""

    async def has_series() -> bool:
        """An Event has a series."""
        return any(event.get("series") for event in await life.api.items("events.k8s.io/v1/events"))

    await until(has_series)


@pytest.mark.parametrize("place", ["Namespace", "Cluster"], indirect=True)
async def test_every_right_is_used_and_nothing_is_refused_in_a_whole_life(place: Place) -> None:
    kubeconfig = str(place.server.kubeconfig)
    api, beside = Api(kubeconfig, place.served), Api(kubeconfig, place.elsewhere)
    try:
        async with Stage(api).playing() as stage, place.operator():
            neighbour = a_manifest(replicas=0)
            neighbour["metadata"] = {"name": NEIGHBOUR}
            await beside.call("POST", PIPELINES, neighbour)
            await whole_life(place, Life(api, NAME), stage)
            requests = place.requests()
        said = await beside.call("GET", f"{PIPELINES}/{NEIGHBOUR}")
    finally:
        api.close()
        beside.close()

    print(f"{place.scope}: {len(requests)} requests, {len(EXPECTED)} rights")
    assert permissions.refused(place.server.audit, place.account) == []
    assert permissions.used(requests) == EXPECTED
    assert ("status" in said) == (place.scope == "Cluster")
    assert {asked for asked in requests if not is_at_home(asked, place)} == set()


def is_at_home(asked: Asked, place: Place) -> bool:
    """Tell whether a request stays where it belongs: about one object, in the namespace of its pipeline."""
    if asked.right.resource == "leases" and asked.right.verb not in ("list", "watch"):
        return asked.namespace == place.release
    if asked.right.verb in ("list", "watch"):
        return asked.namespace == ("" if place.scope == "Cluster" else place.release)
    if asked.name.startswith(NEIGHBOUR):
        return asked.namespace == place.elsewhere
    if asked.name.startswith(NAME):
        return asked.namespace == place.served
    return asked.right.verb == "create" and asked.namespace in (
        place.served,
        place.elsewhere,
    )  # the name is in the body


@pytest.mark.parametrize("scope", ["Namespace", "Cluster"])
def test_the_chart_grants_the_list_and_no_verb_on_secrets(scope: str) -> None:
    with needed():
        objects = chart.rendered("shop", scope=scope)

    rights = permissions.granted(objects)

    assert rights == EXPECTED
    assert not {right for right in rights if right.resource.startswith("secrets") or "*" in right}
    roles = {(made["kind"], made["metadata"].get("namespace", "")) for made in objects if "rules" in made}
    wide = {("ClusterRole", "")} if scope == "Cluster" else {("Role", "shop")}
    assert roles == wide | {("Role", "shop")}


@pytest.mark.parametrize("scope", ["Namespace", "Cluster"])
def test_of_leases_only_the_releases_own_is_granted(scope: str) -> None:
    with needed():
        rules = [rule for made in chart.rendered("shop", scope=scope) for rule in made.get("rules") or ()]

    limits = {
        verb: rule.get("resourceNames") for rule in rules if rule["resources"] == ["leases"] for verb in rule["verbs"]
    }

    own = ["shop.scoring-operator"]
    assert limits == {"get": own, "update": own, "list": own, "watch": own, "create": None}


def test_without_live_refresh_pods_may_not_be_patched() -> None:
    with needed():
        rights = permissions.granted(chart.rendered("shop", liveRefresh=False))

    assert rights == EXPECTED - {Right("", "pods", "patch")}


def test_a_scope_that_is_none_is_refused_with_its_name() -> None:
    with needed(), pytest.raises(subprocess.CalledProcessError) as failed:
        chart.rendered("shop", scope="Everything")

    assert "at '/scope': value must be one of 'Namespace', 'Cluster'" in failed.value.stderr


@pytest.mark.parametrize("place", ["Namespace"], indirect=True)
async def test_an_operator_of_one_namespace_cannot_even_list_what_is_in_another(place: Place) -> None:
    (kubeconfig,) = place.folder.glob("*.kubeconfig")
    at_home, beside = Api(str(kubeconfig), place.served), Api(str(kubeconfig), place.elsewhere)
    try:
        for path in (PIPELINES, *(path.rpartition("/")[0] for path in PATHS), "v1/pods", "apps/v1/replicasets"):
            assert await at_home.items(path) == [] or path == "v1/serviceaccounts"
            assert await status_of(beside, path) == permissions.FORBIDDEN
        for path in ("v1/secrets", "v1/secrets/any", "rbac.authorization.k8s.io/v1/roles"):
            assert await status_of(at_home, path) == permissions.FORBIDDEN
    finally:
        at_home.close()
        beside.close()


async def status_of(api: Api, path: str) -> int:
    """Return the status that a GET is answered with."""
    try:
        await api.call("GET", path)
    except ApiException as error:
        return int(error.status)
    return 200


def test_a_right_that_nobody_uses_is_seen(tmp_path: Path) -> None:
    """The comparison itself can fail: of two rights one is used, and a creation by patch uses two."""
    rules = [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["create", "patch", "delete"]}]
    event = {
        "verb": "patch",
        "user": {"username": "system:serviceaccount:shop:operator"},
        "objectRef": {"apiGroup": "apps", "resource": "deployments", "namespace": "shop", "name": "wallets"},
        "responseStatus": {"code": 201},
        "requestURI": "/apis/apps",
    }
    log = tmp_path / "audit.log"
    log.write_text(f"{json.dumps(event)}\n{json.dumps(event | {'responseStatus': {'code': 403}})}\n")

    unused = permissions.granted([{"rules": rules}]) - permissions.used(permissions.asked(log, "shop:operator"))

    assert unused == {Right("apps", "deployments", "delete")}
    assert permissions.refused(log, "shop:operator") == ["/apis/apps"]
