"""`kubectl-scoring suspend`, `resume` and `reset` on a real API server, as a person starts them."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from harness.apiserver import Apiserver
from harness.commands import COMMAND, Answer, Person
from harness.pipelines import a_manifest
from harness.stage import Api, until
from scoring_operator.cluster.kube.person import person
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired import naming
from scoring_operator.desired.deployment import deployment
from scoring_operator.errors import Conflict, InvalidManifest
from scoring_operator.facts import Manifest
from scoring_service.contract.pipeline import parse_pipeline
from scoring_service.contract.revision import revision_of

pytestmark = pytest.mark.apiserver

PIPELINE = "scoring.dev/v1alpha1/scoringpipelines/wallets"
JOBS = "batch/v1/jobs"


class Place:
    """One namespace with a pipeline of which an operator has taken note, and a person in it."""

    def __init__(self, kubeconfig: str, api: Api) -> None:
        self.kubeconfig = kubeconfig
        self.api = api

    async def create(self, **parts: Any) -> Manifest:
        manifest = a_manifest(**parts)
        manifest["metadata"] = {"name": "wallets", "namespace": self.api.namespace}
        stored = await self.api.call("POST", PIPELINE.rpartition("/")[0], manifest)
        pipeline = parse_pipeline(stored)
        workers = WorkerDefaults(image="worker:1")
        made = deployment(pipeline, workers, replicas=0, image="worker:1", startup="wallets-startup-1")
        await self.api.call("POST", "apps/v1/deployments", made)
        return await self.take_note()

    async def take_note(self) -> Manifest:
        """Play the operator that has acted on the latest change."""
        stored = await self.get()
        status = {"status": {"observedGeneration": stored["metadata"]["generation"]}}
        return await self.api.merge(f"{PIPELINE}/status", status)

    async def get(self) -> Manifest:
        found = await self.api.get(PIPELINE)
        assert found is not None
        return found

    async def pod(self, phase: str) -> None:
        """Play a worker's pod."""
        labels = naming.labels(parse_pipeline(await self.get()))
        name = f"wallets-{uuid.uuid4().hex[:5]}"
        spec = {"containers": [{"name": "worker", "image": "worker:1"}], "serviceAccountName": "default"}
        meta = {"name": name, "labels": labels}
        await self.api.call("POST", "v1/pods", {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec})
        await self.api.merge(f"v1/pods/{name}/status", {"status": {"phase": phase}})

    async def run(self, *arguments: str) -> Answer:
        return await Person(self.kubeconfig, self.api.namespace).run(*arguments)


@pytest.fixture
async def place(kubeconfig: str, apiserver: Apiserver) -> AsyncIterator[Place]:
    namespace = f"day-two-{uuid.uuid4().hex[:8]}"
    apiserver.kubectl("create", "namespace", namespace)
    apiserver.kubectl("-n", namespace, "create", "serviceaccount", "default")
    api = Api(kubeconfig, namespace)
    try:
        yield Place(kubeconfig, api)
    finally:
        api.close()
        apiserver.kubectl("delete", "namespace", namespace, "--wait=false")


async def test_pause_suspends_and_resume_takes_it_back(place: Place) -> None:
    await place.create()

    paused = await place.run("suspend", "wallets")
    suspended = (await place.get())["spec"]["suspend"]
    resumed = await place.run("resume", "wallets", "-o", "json")

    assert (paused.code, paused.out, suspended) == (0, f"{place.api.namespace}/wallets suspended\n", True)
    assert json.loads(resumed.out) == {"pipeline": f"{place.api.namespace}/wallets", "suspend": False}
    assert (await place.get())["spec"]["suspend"] is False


async def test_resume_of_what_is_not_suspended_releases_held_lanes(place: Place) -> None:
    await place.create()
    annotations = []
    for _ in range(2):
        await place.run("resume", "wallets")
        annotations.append((await place.get())["metadata"]["annotations"]["scoring.dev/resume"])

    assert annotations == sorted(set(annotations))
    assert (await place.get())["spec"].get("suspend", False) is False


async def test_pause_waits_for_the_pods_to_end(place: Place) -> None:
    await place.create()
    await place.pod("Running")
    pausing = asyncio.create_task(place.run("suspend", "wallets", "--wait"))

    async def suspended() -> bool:
        """The pipeline is suspended."""
        return bool((await place.get())["spec"].get("suspend"))

    await until(suspended)
    early, _ = await asyncio.wait([pausing], timeout=1)
    (pod,) = await place.api.items("v1/pods")
    await place.api.call("DELETE", f"v1/pods/{pod['metadata']['name']}", {"gracePeriodSeconds": 0})

    assert not early
    assert (await pausing).code == 0


async def test_a_reset_of_a_running_pipeline_is_refused(place: Place) -> None:
    await place.create()

    answer = await place.run("reset", "wallets", "--to-earliest")

    assert answer.code == 3
    assert "suspend it first with kubectl-scoring suspend wallets --wait" in answer.said
    assert await place.api.items(JOBS) == []


async def test_a_reset_is_refused_while_pods_are_left(place: Place) -> None:
    await place.create(suspend=True)
    await place.pod("Succeeded")
    await place.pod("Running")

    answer = await place.run("reset", "wallets", "--to-earliest")

    assert (answer.code, "1 pods have not ended yet" in answer.said) == (3, True)
    assert await place.api.items(JOBS) == []


async def test_a_reset_is_refused_while_the_operator_has_not_acted(place: Place) -> None:
    await place.create(suspend=True)
    await place.api.merge(PIPELINE, {"spec": {"replicas": 3}})

    answer = await place.run("reset", "wallets", "--to-earliest")

    assert (answer.code, "the operator has not acted" in answer.said) == (3, True)


async def test_a_reset_runs_a_job_and_says_why_that_failed(place: Place) -> None:
    """Without nodes nothing runs: the test plays the Job controller that gives up."""
    await place.create(suspend=True)
    resetting = asyncio.create_task(place.run("reset", "wallets", "--to-datetime", "2026-03-01T08:00:00Z"))

    async def jobs() -> list[Manifest]:
        """There is a Job."""
        return await place.api.items(JOBS)

    (job,) = await until(jobs)
    now = "2026-03-01T08:00:00Z"
    reason = {"reason": "DeadlineExceeded", "message": "no time left", "lastTransitionTime": now}
    conditions = [{"type": kind, "status": "True", **reason} for kind in ("FailureTarget", "Failed")]
    path = f"{JOBS}/{job['metadata']['name']}/status"
    await place.api.merge(path, {"status": {"startTime": now, "conditions": conditions}})
    answer = await resetting

    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["command"][-3:] == ["--to-datetime=2026-03-01T08:00:00Z", "--output", "table"]
    assert (answer.code, "DeadlineExceeded: no time left; its pod: none yet" in answer.said) == (1, True)
    assert [one for one in await place.api.items(JOBS) if "deletionTimestamp" not in one["metadata"]] == []


COMMANDS = ["discard", "history", "suspend", "promote", "reset --to-earliest", "resume", "rollback", "upgrade"]


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_pipeline_that_does_not_exist_ends_it_with_2_and_its_name(place: Place, command: str) -> None:
    verb, *options = command.split()

    answer = await place.run(verb, "nobody", *options)

    assert (answer.code, answer.said.count("\n")) == (2, 1)
    assert '"nobody" not found' in answer.said


async def test_a_scorer_that_somebody_changed_meanwhile_is_not_overwritten(place: Place) -> None:
    stored = await place.create()
    stale = {"walletReputation": {"variant": "zeru-v1"}}

    async with person("wallets", place.api.namespace, place.kubeconfig) as one:
        with pytest.raises(InvalidManifest):
            await one.propose(stale, stale)

    assert (await place.get())["spec"] == stored["spec"]


async def test_a_pipeline_that_has_never_served_has_nowhere_to_go_back_to(place: Place) -> None:
    await place.create()

    history, rollback = await place.run("history", "wallets"), await place.run("rollback", "wallets")

    assert (history.code, history.out) == (0, "no revision has served yet\n")
    assert (rollback.code, rollback.said) == (
        3,
        "kubectl-scoring: there is no former revision: those that served are none\n",
    )


async def test_no_cluster_ends_it_with_1_and_one_line(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        COMMAND, "suspend", "wallets", "--kubeconfig", str(tmp_path / "none"), stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()

    assert (process.returncode, said.count(b"\n")) == (1, 1)
    assert b"cannot log in to a cluster" in said


TRIED = {"walletReputation": {"variant": "zeru-v1", "weights": {"liquidityProvision": 0.2, "trading": 0.8}}}
CANDIDATE = {"mode": "Canary", "percent": 10, "scorer": TRIED}


async def test_promote_moves_the_candidate_to_the_scorer_in_one_change(place: Place) -> None:
    created = await place.create(candidate=CANDIDATE)
    revision = revision_of(*next(iter((await place.get())["spec"]["candidate"]["scorer"].items())))
    early = await place.run("promote", "wallets")
    await place.api.merge(f"{PIPELINE}/status", {"status": {"revision": {"candidate": revision}}})

    answer = await place.run("promote", "wallets", "-o", "json")

    stored = await place.get()
    assert (early.code, "does not run on every ready pod yet; --force" in early.said) == (3, True)
    assert (answer.code, json.loads(answer.out)["promoted"]) == (0, revision), answer.said
    assert "candidate" not in stored["spec"]
    assert stored["spec"]["scorer"] == created["spec"]["candidate"]["scorer"]
    assert stored["metadata"]["generation"] == created["metadata"]["generation"] + 1


TIMES = {"asOf": 1, "inputs": [{"a": None}], "expect": [None], "tolerance": 1e-9}


@pytest.mark.parametrize("own", [[], [{"name": "tried", **TIMES}]], ids=["none of its own", "its own"])
async def test_promote_takes_the_cases_of_the_candidate_along_if_it_has_any(place: Place, own: list[Manifest]) -> None:
    """To the null: a merge would drop it from an input."""
    cases = [{"name": "serving", **TIMES}]
    await place.create(goldenCases=cases, candidate=CANDIDATE | {"goldenCases": own})

    answer = await place.run("promote", "wallets", "--force")

    assert answer.code == 0, answer.said
    assert (await place.get())["spec"]["goldenCases"] == (own or cases)


async def test_a_pipeline_that_changed_meanwhile_is_not_promoted(place: Place) -> None:
    stored = await place.create(candidate=CANDIDATE)
    await place.api.merge(PIPELINE, {"spec": {"candidate": {"percent": 20}}})

    async with person("wallets", place.api.namespace, place.kubeconfig) as one:
        with pytest.raises(Conflict):
            await one.promote(stored)

    assert (await place.get())["spec"]["candidate"]["percent"] == 20


async def test_discard_drops_the_candidate_and_nothing_else(place: Place) -> None:
    created = await place.create(candidate=CANDIDATE)

    answers = [await place.run("discard", "wallets") for _ in range(2)]

    spec = (await place.get())["spec"]
    assert [answer.code for answer in answers] == [0, 3]
    assert "has no candidate" in answers[1].said
    assert spec == {name: part for name, part in created["spec"].items() if name != "candidate"}
