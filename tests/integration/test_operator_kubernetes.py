"""The operator on a real API server, with kopf in this process: what a person sees, writes and breaks.

It logs in as a ServiceAccount with the chart's Role: whatever works here works with these permissions.
"""

import asyncio
import json
import re
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from harness.apiserver import Apiserver
from harness.commands import Answer, Person
from harness.identity import operator_kubeconfig
from harness.pipelines import a_manifest
from harness.stage import Api, Manifest, Stage, settled, until
from scoring_operator import app
from scoring_operator.config import DEFAULT_CONTROLLER, OperatorConfig, WorkerDefaults
from scoring_operator.look import Clocks
from scoring_operator.watching import FOLLOW_S
from scoring_service.contract.names import CONTROLLER_ANNOTATION
from scoring_service.contract.revision import revision_of

pytestmark = pytest.mark.apiserver

PIPELINES = "scoring.dev/v1alpha1/scoringpipelines"
NAME = "wallets"
WRITES = ("PATCH", "POST", "PUT", "DELETE")


def revision_in(pipeline: Manifest) -> str:
    """Return the revision of the scorer block that the API server stored."""
    ((member, parameters),) = pipeline["spec"]["scorer"].items()
    return revision_of(member, parameters)


def trading(weight: float) -> Manifest:
    """Return the merge patch that changes one weight."""
    return {"spec": {"scorer": {"walletReputation": {"weights": {"trading": weight}}}}}


class World:
    """One namespace with an operator, a stage and a person."""

    def __init__(self, api: Api, stage: Stage, health_port: int, kubeconfig: str) -> None:
        self.api, self.stage, self._port, self._kubeconfig = api, stage, health_port, kubeconfig
        self._operator = AsyncExitStack()

    async def start(self, clocks: Clocks | None = None) -> None:
        """Start an operator."""
        await self._operator.enter_async_context(running(self.api.namespace, self._port, clocks))

    async def stop(self) -> None:
        """Stop the operator."""
        await self._operator.aclose()

    async def create(self, **parts: Any) -> None:
        manifest = a_manifest(**parts)
        manifest["metadata"] = {"name": NAME}
        await self.api.call("POST", PIPELINES, manifest)

    async def command(self, verb: str, *options: str) -> Answer:
        """Run kubectl-scoring as the administrator."""
        return await Person(self._kubeconfig, self.api.namespace).run(verb, NAME, *options)

    async def serves(self, weight: float) -> str:
        """Change a weight, and return the revision once it serves."""
        wanted = revision_in(await self.api.merge(f"{PIPELINES}/{NAME}", trading(weight)))
        await self.until_serving(wanted)
        return wanted

    async def until_serving(self, revision: str) -> None:
        async def is_serving() -> bool:
            """The revision serves."""
            return bool((await self.pipeline())["status"]["revision"]["serving"] == revision)

        await until(is_serving)

    async def pipeline(self) -> Manifest:
        found = await self.api.get(f"{PIPELINES}/{NAME}")
        assert found is not None
        return found

    async def condition(self, kind: str) -> tuple[str, str]:
        conditions = (await self.pipeline()).get("status", {}).get("conditions", [])
        return next(((c["status"], c["reason"]) for c in conditions if c["type"] == kind), ("", ""))

    async def ready(self) -> Manifest:
        async def settled() -> bool:
            """The pipeline is Ready in its present generation, and nothing is under way."""
            pipeline = await self.pipeline()
            conditions = {c["type"]: c for c in pipeline.get("status", {}).get("conditions", [])}
            return bool(
                conditions.get("Ready", {}).get("status") == "True"
                and conditions["Reconciling"]["status"] == "False"
                and conditions["Ready"]["observedGeneration"] == pipeline["metadata"]["generation"]
            )

        await until(settled)
        return await self.pipeline()

    async def requests(self) -> dict[str, int]:
        """Requests to the API server so far, by verb, as the operator exports them; those for the Lease apart."""
        text = await self._metrics()
        counts: dict[str, int] = {}
        for labels, count in re.findall(r"^scoring_operator_api_requests_total\{(.*)\} ([\d.]+)$", text, re.M):
            said = dict(re.findall(r'(\w+)="([^"]*)"', labels))
            if said["resource"] != "leases":
                counts[said["verb"]] = counts.get(said["verb"], 0) + int(float(count))
        return counts

    async def reconciles(self) -> int:
        """Reconciles so far, of any result."""
        found = re.findall(r"^controller_runtime_reconcile_total\{.*\} ([\d.]+)$", await self._metrics(), re.M)
        return sum(int(float(count)) for count in found)

    async def _metrics(self) -> str:
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{self._port}/metrics") as answer:
            return await answer.text()

    async def quiet(self) -> None:
        """Return when no write has been made for a second."""
        await settled(self.writes, for_s=1.0)

    async def silent(self) -> None:
        """Return when nothing has been requested for so long that no list of a watch is still to be followed."""
        await settled(self.requests, for_s=FOLLOW_S + 1.0)

    async def writes(self) -> int:
        return sum(count for verb, count in (await self.requests()).items() if verb in WRITES)


@asynccontextmanager
async def running(
    namespace: str, port: int, clocks: Clocks | None = None, controller: str = DEFAULT_CONTROLLER
) -> AsyncIterator[None]:
    stop = asyncio.Event()
    workers = WorkerDefaults(image="scoring/service:1")
    config = OperatorConfig(workers, namespace=namespace, health_port=port, controller=controller)
    task = asyncio.create_task(app.run(config, stop, clocks=clocks))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 15)


@pytest.fixture
async def world(
    kubeconfig: str, apiserver: Apiserver, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int, tmp_path: Path
) -> AsyncIterator[World]:
    namespace = f"operator-{uuid.uuid4().hex[:8]}"
    apiserver.kubectl("create", "namespace", namespace)
    apiserver.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
    monkeypatch.setenv("KUBECONFIG", operator_kubeconfig(apiserver, namespace, tmp_path))
    api = Api(kubeconfig, namespace)
    try:
        async with Stage(api).playing() as stage:
            world = World(api, stage, unused_tcp_port, kubeconfig)
            await world.start()
            yield world
            await world.stop()
    finally:
        api.close()
        apiserver.kubectl("delete", "namespace", namespace, "--wait=false")


async def test_a_pipeline_becomes_ready_with_children_that_the_restricted_profile_admits(world: World) -> None:
    began = time.monotonic()
    await world.create(replicas=2)

    pipeline = await world.ready()

    print(f"created to Ready: {time.monotonic() - began:.2f} s")
    assert pipeline["status"]["revision"] == {"desired": revision_in(pipeline), "serving": revision_in(pipeline)}
    assert pipeline["status"]["lag"] == {"records": 18}
    assert pipeline["status"]["readyReplicas"] == len(world.stage.workers) == 2
    for path in (
        "v1/serviceaccounts",
        "v1/services",
        "apps/v1/deployments",
        "policy/v1/poddisruptionbudgets",
        "networking.k8s.io/v1/networkpolicies",
    ):
        child = await world.api.get(f"{path}/{NAME}")
        assert child is not None
        (owner,) = child["metadata"]["ownerReferences"]
        assert (owner["uid"], owner["controller"]) == (pipeline["metadata"]["uid"], True)
    assert "finalizers" not in pipeline["metadata"]
    assert "annotations" not in pipeline["metadata"]


async def test_nothing_is_requested_while_nothing_changes(world: World) -> None:
    await world.stop()
    await world.start(Clocks(uniform=lambda _, __: 0.05))  # at rest as well it looks at once again
    await world.create(replicas=2)
    await world.ready()
    await world.silent()
    before, version = await world.requests(), (await world.pipeline())["metadata"]["resourceVersion"]
    seen = await world.reconciles()

    async def has_looked_often() -> bool:
        return await world.reconciles() >= seen + 20

    await until(has_looked_often)
    assert await world.requests() == before
    assert (await world.pipeline())["metadata"]["resourceVersion"] == version


@pytest.mark.parametrize(
    "path", [f"apps/v1/deployments/{NAME}", f"v1/services/{NAME}", f"v1/serviceaccounts/{NAME}",
             f"policy/v1/poddisruptionbudgets/{NAME}", f"networking.k8s.io/v1/networkpolicies/{NAME}",
             f"v1/configmaps/{NAME}-live"]
)  # fmt: skip
async def test_a_deleted_child_comes_back(world: World, path: str) -> None:
    await world.create()
    await world.ready()
    await world.quiet()
    former = await world.api.get(path)
    assert former is not None
    began = time.monotonic()
    await world.api.call("DELETE", path)

    async def is_back() -> bool:
        child = await world.api.get(path)
        return child is not None and child["metadata"]["uid"] != former["metadata"]["uid"]

    await until(is_back)
    print(f"{path} deleted and back: {(time.monotonic() - began) * 1000:.0f} ms")
    child = await world.api.get(path)
    assert child is not None
    assert child.get("data") == former.get("data")


async def test_an_edited_deployment_is_put_back(world: World) -> None:
    await world.create()
    await world.ready()
    await world.quiet()
    began = time.monotonic()
    await world.api.merge(f"apps/v1/deployments/{NAME}", {"spec": {"replicas": 4, "minReadySeconds": 99}})

    async def is_back() -> bool:
        deployment = await world.api.get(f"apps/v1/deployments/{NAME}")
        assert deployment is not None
        return bool(deployment["spec"]["replicas"] == 1 and deployment["spec"]["minReadySeconds"] == 5)

    await until(is_back)
    print(f"Deployment edited and back: {(time.monotonic() - began) * 1000:.0f} ms")


async def test_an_edited_network_policy_is_put_back(world: World) -> None:
    """Somebody opens everything: what a policy does not say it takes away, so a rule more is drift as well."""
    await world.create()
    await world.ready()
    await world.quiet()
    path = f"networking.k8s.io/v1/networkpolicies/{NAME}"
    former = await world.api.get(path)
    assert former is not None
    await world.api.merge(path, {"spec": {"egress": [{}], "policyTypes": ["Ingress"]}})

    async def is_back() -> bool:
        policy = await world.api.get(path)
        return policy is not None and bool(policy["spec"] == former["spec"])

    await until(is_back)


async def test_an_edited_live_file_is_put_back(world: World) -> None:
    await world.create()
    await world.ready()
    await world.quiet()
    path = f"v1/configmaps/{NAME}-live"
    former = await world.api.get(path)
    assert former is not None
    began = time.monotonic()
    await world.api.merge(path, {"data": {"scorer.json": "rubbish"}})

    async def is_back() -> bool:
        config_map = await world.api.get(path)
        assert config_map is not None
        return bool(config_map["data"] == former["data"])

    await until(is_back)
    print(f"live file edited and back: {(time.monotonic() - began) * 1000:.0f} ms")


async def test_a_child_without_its_owner_reference_gets_it_back(world: World) -> None:
    await world.create()
    await world.ready()
    await world.quiet()
    await world.api.merge(f"v1/services/{NAME}", {"metadata": {"ownerReferences": None}})

    async def is_back() -> bool:
        service = await world.api.get(f"v1/services/{NAME}")
        return service is not None and bool(service["metadata"].get("ownerReferences"))

    await until(is_back)


async def test_a_changed_weight_is_proposed_nudged_and_promoted_without_touching_pods(world: World) -> None:
    await world.create(replicas=3)
    await world.ready()
    await world.quiet()
    deployment = await world.api.get(f"apps/v1/deployments/{NAME}")
    pods = {pod["metadata"]["uid"] for pod in await world.api.items("v1/pods")}
    began = time.monotonic()
    wanted = revision_in(await world.api.merge(f"{PIPELINES}/{NAME}", trading(0.3)))

    async def is_promoted() -> bool:
        return bool((await world.pipeline())["status"]["revision"]["serving"] == wanted)

    await until(is_promoted)
    promoted = time.monotonic()
    await world.ready()

    live = [worker.revisions[-2:] for worker in world.stage.workers.values()]
    first = [min(at for at, revision in w.revisions if revision == wanted) for w in world.stage.workers.values()]
    print(f"on all pods after {max(first) - began:.2f} s, promoted after {promoted - began:.2f} s")
    assert all(revisions[-1][1] == wanted for revisions in live)
    config_map = await world.api.get(f"v1/configmaps/{NAME}-live")
    assert config_map is not None
    assert json.loads(config_map["data"]["scorer.json"])["proposed"] is None
    assert {pod["metadata"]["uid"] for pod in await world.api.items("v1/pods")} == pods
    now = await world.api.get(f"apps/v1/deployments/{NAME}")
    assert now is not None
    assert deployment is not None
    assert now["metadata"]["generation"] == deployment["metadata"]["generation"]


async def test_a_refused_weight_stays_a_condition_and_the_former_one_serves(world: World) -> None:
    await world.create()
    former = revision_in(await world.ready())
    wanted = revision_in(await world.api.merge(f"{PIPELINES}/{NAME}?dryRun=All", trading(0.2)))
    world.stage.refuse.add(wanted)
    await world.api.merge(f"{PIPELINES}/{NAME}", trading(0.2))

    async def is_refused() -> bool:
        return await world.condition("Stalled") == ("True", "WeightsRejected")

    await until(is_refused)
    assert await world.condition("Available") == ("True", "AllPartitionsScored")
    assert await world.condition("Ready") == ("False", "WeightsRejected")
    assert (await world.pipeline())["status"]["revision"] == {
        "desired": wanted,
        "serving": former,
        "refused": wanted,
    }


async def test_what_happens_while_the_operator_is_away_is_done_when_it_returns(world: World) -> None:
    """Pods that all die meanwhile find a revision that works, although the one of the spec does not."""
    await world.create(replicas=2)
    former = revision_in(await world.ready())
    wanted = revision_in(await world.api.merge(f"{PIPELINES}/{NAME}?dryRun=All", trading(0.2)))
    world.stage.refuse.add(wanted)
    await world.stop()
    await world.api.merge(f"{PIPELINES}/{NAME}", trading(0.2))
    await world.api.call("DELETE", f"v1/services/{NAME}")
    for pod in await world.api.items("v1/pods"):
        await world.stage.end(pod)

    await world.start()

    async def is_refused() -> bool:
        conditions = [await world.condition(kind) for kind in ("Stalled", "Available")]
        return conditions == [("True", "WeightsRejected"), ("True", "AllPartitionsScored")]

    await until(is_refused)
    assert {worker.revisions[-1][1] for worker in world.stage.workers.values()} == {former}
    assert await world.api.get(f"v1/services/{NAME}") is not None


async def test_a_startup_field_rolls_the_pods_and_the_former_file_goes_afterwards(world: World) -> None:
    await world.create()
    await world.ready()

    async def startups() -> set[str]:
        names = {config_map["metadata"]["name"] for config_map in await world.api.items("v1/configmaps")}
        return {name for name in names if name.startswith(f"{NAME}-startup-")}

    former = await startups()
    await world.api.merge(f"{PIPELINES}/{NAME}", {"spec": {"delivery": {"maxLatency": "20ms"}}})

    async def is_replaced() -> bool:
        now = await startups()
        return len(now) == 1 and now != former

    await until(is_replaced)
    await world.ready()


async def test_scaling_beyond_the_partitions_runs_one_pod_for_each(world: World, apiserver: Apiserver) -> None:
    await world.create()
    await world.ready()
    target = ("-n", world.api.namespace, f"scoringpipelines/{NAME}")
    await asyncio.to_thread(apiserver.kubectl, "scale", *target, "--replicas=9")

    async def is_capped() -> bool:
        return await world.condition("ScalingLimited") == ("True", "MorePodsThanPartitions")

    await until(is_capped)
    pipeline = await world.ready()
    assert pipeline["spec"]["replicas"] == 9
    assert pipeline["status"]["replicas"] == len(world.stage.workers) == 6
    scale = await world.api.get(f"{PIPELINES}/{NAME}/scale")
    assert scale is not None
    assert scale["status"] == {"replicas": 6, "selector": f"scoring.dev/pipeline={NAME}"}


async def test_one_pod_per_so_many_partitions_is_written_through_the_scale_subresource(world: World) -> None:
    await world.create(autoscaling={"mode": "PerPartition", "partitionsPerReplica": 2})

    async def is_scaled() -> bool:
        return bool((await world.pipeline())["spec"]["replicas"] == 3)

    await until(is_scaled)
    pipeline = await world.ready()
    assert pipeline["status"]["replicas"] == 3
    managers = {entry["manager"]: entry.get("subresource", "") for entry in pipeline["metadata"]["managedFields"]
                if "f:replicas" in entry["fieldsV1"].get("f:spec", {})}  # fmt: skip
    assert managers == {"scoring/scoring-operator": "scale"}


async def test_a_child_that_the_api_server_refuses_is_named_in_a_condition(world: World) -> None:
    """The CRD takes any quantities; that a request may not exceed its limit only the Deployment's own rules know."""
    resources = {"requests": {"memory": "512Mi"}, "limits": {"memory": "256Mi"}}
    await world.create(pod={"resources": resources})

    async def is_named() -> bool:
        return await world.condition("Accepted") == ("False", "ManifestRefused")

    await until(is_named)
    conditions = {c["type"]: c for c in (await world.pipeline())["status"]["conditions"]}
    assert "memory" in conditions["Accepted"]["message"]
    assert conditions["Stalled"]["status"] == "True"
    await world.api.merge(f"{PIPELINES}/{NAME}", {"spec": {"pod": {"resources": {"limits": {"memory": "600Mi"}}}}})
    await world.ready()


async def test_an_object_of_somebody_else_is_left_alone(world: World) -> None:
    theirs = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": NAME, "labels": {"team": "other"}}}
    await world.api.call("POST", "v1/serviceaccounts", theirs)
    await world.create()

    async def is_named() -> bool:
        return await world.condition("Stalled") == ("True", "Conflict")

    await until(is_named)
    account = await world.api.get(f"v1/serviceaccounts/{NAME}")
    assert account is not None
    assert account["metadata"]["labels"] == {"team": "other"}


async def test_of_two_releases_one_acts_until_the_pipeline_is_given_to_the_other(
    world: World, unused_tcp_port_factory: Callable[[], int]
) -> None:
    await world.create(replicas=2)
    await world.ready()
    await world.quiet()
    pods = set(world.stage.workers)

    async with running(world.api.namespace, unused_tcp_port_factory(), controller="shop/second"):
        await world.api.merge(f"{PIPELINES}/{NAME}", trading(0.3))
        await world.ready()
        acting = (await world.pipeline())["status"]["controller"]
        given = {"metadata": {"annotations": {CONTROLLER_ANNOTATION: "shop/second"}}}
        began = time.monotonic()
        await world.api.merge(f"{PIPELINES}/{NAME}", given)

        async def is_taken_over() -> bool:
            return bool((await world.pipeline())["status"]["controller"] == "shop/second")

        await until(is_taken_over)
        print(f"given to taken over: {(time.monotonic() - began) * 1000:.0f} ms")
        await world.api.call("DELETE", f"v1/services/{NAME}")

        async def is_back() -> bool:
            service = await world.api.get(f"v1/services/{NAME}")
            managers = {entry["manager"] for entry in service["metadata"]["managedFields"]} if service else set()
            return "scoring/shop/second" in managers

        await until(is_back)
        pipeline = await world.ready()

    assert acting == DEFAULT_CONTROLLER
    assert set(world.stage.workers) == pods  # no pod was replaced
    owners = {e["manager"] for e in pipeline["metadata"]["managedFields"] if e.get("subresource") == "status"}
    assert owners == {"scoring/shop/second"}


async def test_a_deleted_pipeline_gets_nothing_back(world: World) -> None:
    """Without a controller manager nothing is collected here; all that matters is that the operator keeps still."""
    await world.create()
    await world.ready()
    await world.quiet()
    began = time.monotonic()
    await world.api.call("DELETE", f"{PIPELINES}/{NAME}")
    assert await world.api.get(f"{PIPELINES}/{NAME}") is None  # no finalizer held it
    print(f"pipeline deleted: {(time.monotonic() - began) * 1000:.0f} ms")
    before = await world.writes()
    await world.api.call("DELETE", f"apps/v1/deployments/{NAME}")

    await world.quiet()

    assert await world.writes() == before
    assert await world.api.get(f"apps/v1/deployments/{NAME}") is None


async def live_file(world: World) -> Manifest:
    config_map = await world.api.get(f"v1/configmaps/{NAME}-live")
    found: Manifest = json.loads(config_map["data"]["scorer.json"]) if config_map else {}
    return found


async def test_the_first_commit_is_remembered_whatever_becomes_of_the_live_file(world: World) -> None:
    await world.create()
    assert "firstCommitTime" not in (await world.ready())["status"]
    world.stage.committed = 7

    async def is_started() -> bool:
        return bool((await live_file(world)).get("started"))

    await until(is_started, within_s=60)
    said = (await world.ready())["status"]["firstCommitTime"]
    world.stage.committed = None
    await world.stop()
    await world.api.call("DELETE", f"v1/configmaps/{NAME}-live")
    await world.start()

    await until(is_started)
    assert (await world.ready())["status"]["firstCommitTime"] == said


async def test_a_resume_is_in_the_live_file_within_seconds(world: World, apiserver: Apiserver) -> None:
    await world.create()
    await world.ready()
    await world.quiet()
    former, began = await live_file(world), time.monotonic()
    target = ("-n", world.api.namespace, f"scoringpipelines/{NAME}")
    await asyncio.to_thread(apiserver.kubectl, "annotate", *target, "scoring.dev/resume=once")

    async def is_told() -> bool:
        return bool((await live_file(world))["resume"] == "once")

    await until(is_told, within_s=5)
    print(f"annotated to told: {time.monotonic() - began:.2f} s")
    assert await live_file(world) == former | {"resume": "once"}
    await world.ready()


async def test_a_suspended_pipeline_runs_no_pod_until_it_is_not(world: World) -> None:
    await world.create(replicas=2)
    await world.ready()
    await world.api.merge(f"{PIPELINES}/{NAME}", {"spec": {"suspend": True}})

    async def is_settled() -> bool:
        conditions = [await world.condition(kind) for kind in ("Available", "Ready", "Reconciling")]
        return conditions == [("False", "Suspended"), ("False", "Suspended"), ("False", "Settled")]

    await until(is_settled)
    assert world.stage.workers == {}
    assert (await world.pipeline())["spec"]["replicas"] == 2
    await world.api.merge(f"{PIPELINES}/{NAME}", {"spec": {"suspend": False}})
    await world.ready()
    assert len(world.stage.workers) == 2


ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


EXACTLY_ONCE = {"spec": {"delivery": {"guarantee": "ExactlyOnce"}}}


async def test_another_guarantee_rolls_with_recreate_and_anything_else_does_not(world: World) -> None:
    await world.create(replicas=2)
    await world.ready()
    await world.api.merge(f"{PIPELINES}/{NAME}", EXACTLY_ONCE)

    async def has_rolled() -> bool:
        return world.stage.strategies == [ROLLING, {"type": "Recreate"}, ROLLING]

    await until(has_rolled)
    await world.ready()
    await world.api.merge(f"{PIPELINES}/{NAME}", {"spec": {"delivery": {"maxLatency": "20ms"}}})
    await world.ready()
    assert len(world.stage.strategies) == 3


async def test_a_strategy_that_somebody_else_owns_as_well_is_named_and_no_pod_ends(world: World) -> None:
    """Server-side apply drops only what nobody else applied with the same value; a null drops no more."""
    await world.create(replicas=2)
    await world.ready()
    theirs = {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"strategy": ROLLING}}
    path = f"apps/v1/deployments/{NAME}?fieldManager=theirs"
    await world.api.call("PATCH", path, theirs, "application/apply-patch+yaml")
    await world.api.merge(f"{PIPELINES}/{NAME}", EXACTLY_ONCE)

    async def is_named() -> bool:
        return await world.condition("Stalled") == ("True", "ManifestRefused")

    await until(is_named)
    conditions = {c["type"]: c for c in (await world.pipeline())["status"]["conditions"]}
    assert "rollingUpdate" in conditions["Accepted"]["message"]
    assert conditions["Available"]["status"] == "True"
    assert len(world.stage.workers) == 2


async def test_pods_that_do_not_join_the_group_say_why_in_the_conditions(world: World) -> None:
    world.stage.held = "CredentialsMissing"
    await world.create()

    async def is_said() -> bool:
        return await world.condition("Available") == ("False", "CredentialsMissing")

    await until(is_said)
    conditions = {c["type"]: c for c in (await world.pipeline())["status"]["conditions"]}
    assert conditions["Available"]["message"].endswith("what CredentialsMissing means")
    assert conditions["Stalled"]["status"] == "False"
    world.stage.held = ""
    await world.ready()
    assert await world.condition("KafkaReachable") == ("True", "BrokersAnswer")


async def test_a_rollback_shows_what_changes_and_brings_the_former_revision_back(world: World) -> None:
    await world.create()
    first = revision_in(await world.ready())
    second = await world.serves(0.3)

    tried = await world.command("rollback", "--dry-run")
    untouched = revision_in(await world.pipeline())
    done = await world.command("rollback")
    await world.until_serving(first)
    history = await world.command("history", "-o", "json")

    changed = "  walletReputation.weights.trading: 0.3 → 0.4\n"
    assert tried == (0, f"{world.api.namespace}/{NAME} would go back from {second} to {first}\n{changed}", "")
    assert untouched == second
    assert done == (0, f"{world.api.namespace}/{NAME} goes back from {second} to {first}\n{changed}", "")
    assert [(entry["revision"], entry["by"]) for entry in json.loads(history[1])] == [
        (first, "kubectl-scoring"),
        (second, "OpenAPI-Generator"),
    ]


async def test_a_rollback_leads_out_of_a_refused_revision_and_to_any_that_is_listed(world: World) -> None:
    await world.create()
    first = revision_in(await world.ready())
    second = await world.serves(0.3)
    wanted = revision_in(await world.api.merge(f"{PIPELINES}/{NAME}?dryRun=All", trading(0.2)))
    world.stage.refuse.add(wanted)
    await world.api.merge(f"{PIPELINES}/{NAME}", trading(0.2))

    unknown = await world.command("rollback", "--to", "0" * 12)
    _, out, _ = await world.command("rollback", "-o", "json")
    _, to_first, _ = await world.command("rollback", "--to", first, "-o", "json")
    await world.until_serving(first)
    again = await world.command("rollback", "--to", first)

    assert (json.loads(out)["from"], json.loads(out)["to"]) == (wanted, second)
    assert (json.loads(to_first)["from"], json.loads(to_first)["to"]) == (second, first)
    assert unknown == (
        3,
        "",
        f"kubectl-scoring: there is no revision {'0' * 12}: those that served are {second}, {first}\n",
    )
    assert (again[0], again[2]) == (3, f"kubectl-scoring: the spec asks for {first} already\n")


async def test_a_live_file_deleted_while_the_operator_is_away_comes_back_with_what_served(world: World) -> None:
    await world.create(replicas=2)
    former = revision_in(await world.ready())
    wanted = revision_in(await world.api.merge(f"{PIPELINES}/{NAME}?dryRun=All", trading(0.2)))
    world.stage.refuse.add(wanted)
    await world.api.merge(f"{PIPELINES}/{NAME}", trading(0.2))

    async def is_refused() -> bool:
        return await world.condition("Stalled") == ("True", "WeightsRejected")

    await until(is_refused)
    await world.stop()
    await world.api.call("DELETE", f"v1/configmaps/{NAME}-live")
    for pod in await world.api.items("v1/pods"):
        await world.stage.end(pod)

    await world.start()

    async def score() -> bool:
        """Two new pods serve what served."""
        workers = list(world.stage.workers.values())
        return len(workers) == 2 and all(w.revisions and w.revisions[-1][1] == former for w in workers)

    await until(score)


async def test_an_image_is_changed_by_a_person_alone(world: World) -> None:
    await world.create()
    first = (await world.ready())["status"]["image"]

    named = await world.command("upgrade", "--image", "team/worker:2")

    async def has(image: str) -> bool:
        deployment = await world.api.get(f"apps/v1/deployments/{NAME}")
        assert deployment is not None
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        return bool(container["image"] == image and (await world.pipeline())["status"]["image"] == image)

    await until(lambda: has("team/worker:2"))
    default = await world.command("upgrade", "-o", "json")
    await until(lambda: has(first))
    broken = await world.command("upgrade", "--image", "team worker")

    assert named == (0, f"{world.api.namespace}/{NAME} goes from {first} to team/worker:2\n", "")
    assert json.loads(default[1])["from"] == "team/worker:2"
    assert (await world.pipeline())["spec"]["pod"]["image"] == ""
    assert (broken[0], "--image: write an image of at most 512 characters" in broken[2]) == (2, True)


async def events(world: World) -> list[tuple[str, str]]:
    """Return type and reason of every Event about the pipeline."""
    found = await world.api.items("events.k8s.io/v1/events")
    return [(event["type"], event["reason"]) for event in found if event["regarding"]["name"] == NAME]


async def test_transitions_are_events_that_kubectl_shows(world: World, apiserver: Apiserver) -> None:
    await world.create()
    await world.ready()
    wanted = revision_in(await world.api.merge(f"{PIPELINES}/{NAME}?dryRun=All", trading(0.2)))
    world.stage.refuse.add(wanted)
    await world.api.merge(f"{PIPELINES}/{NAME}", trading(0.2))

    async def is_told() -> bool:
        return ("Warning", "WeightsRejected") in await events(world)

    await until(is_told)
    await world.quiet()
    target = ("-n", world.api.namespace, "scoringpipeline", NAME)
    described = await asyncio.to_thread(apiserver.kubectl, "describe", *target)
    found = await events(world)
    assert ("Normal", "SpecRealised") in found
    assert len(found) == len(set(found))
    assert f"revision {wanted}: weights.trading is too much" in described


async def test_without_the_right_to_write_events_everything_else_goes_on(world: World, apiserver: Apiserver) -> None:
    rules = json.loads(
        await asyncio.to_thread(
            apiserver.kubectl, "-n", world.api.namespace, "get", "role", "scoring-operator", "-o", "json"
        )
    )
    rules["rules"] = [rule for rule in rules["rules"] if rule["resources"] != ["events"]]
    await asyncio.to_thread(apiserver.kubectl, "apply", "-f", "-", stdin=json.dumps(rules))

    await world.create()

    await world.ready()
    await world.quiet()
    assert await events(world) == []


async def test_kubectl_wait_returns_when_the_present_generation_is_ready(world: World, apiserver: Apiserver) -> None:
    await world.create(replicas=2)
    target = ("-n", world.api.namespace, f"scoringpipeline/{NAME}", "--for=condition=Ready", "--timeout=60s")
    await asyncio.to_thread(apiserver.kubectl, "wait", *target)
    wanted = revision_in(await world.api.merge(f"{PIPELINES}/{NAME}", trading(0.3)))

    await asyncio.to_thread(apiserver.kubectl, "wait", *target)

    status = (await world.pipeline())["status"]
    assert status["observedGeneration"] == (await world.pipeline())["metadata"]["generation"]
    assert status["revision"] == {"desired": wanted, "serving": wanted}
