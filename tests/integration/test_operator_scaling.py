"""The autoscaler on a real API server: through the scale subresource, beside people and other autoscalers.

The workers are played; what flows through them is arithmetic. Their clock, and the operator's, are faster than real.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.apiserver import Apiserver
from harness.flow import Flow
from harness.identity import operator_kubeconfig
from harness.pipelines import a_manifest
from harness.stage import Api, Manifest, Stage, until
from scoring_operator import app
from scoring_operator.config import OperatorConfig, WorkerDefaults
from scoring_operator.look import Clocks

pytestmark = pytest.mark.apiserver

PIPELINES = "scoring.dev/v1alpha1/scoringpipelines"
NAME = "wallets"
FASTER = 10.0
"""Than real: a look every ten seconds is one every second."""
WITHIN_S = 90.0
QUICK = {"mode": "Auto", "cooldown": "10s", "scaleDownDelay": "10s"}
PARTITIONS, PER_POD, HIGH, FAR_TOO_HIGH = 6, 100.0, 140.0, 2_000.0
FOR_NONE, FOR_HIGH = 1, 2
"""Pods: 140 records a second are 187 with room for a third more, and of six partitions one pod then bears three."""


def now() -> float:
    return time.monotonic() * FASTER


class World:
    """A namespace with a stage, and a person in it."""

    def __init__(self, api: Api, stage: Stage, apiserver: Apiserver) -> None:
        self.api, self.stage, self._apiserver = api, stage, apiserver
        self.flow = stage.flow = Flow(PARTITIONS, PER_POD, now())
        stage.now = now

    @asynccontextmanager
    async def operator(self) -> AsyncIterator[None]:
        """Run an operator in whose eyes time is fast."""
        stop = asyncio.Event()
        config = OperatorConfig(WorkerDefaults(image="scoring/service:1"), namespace=self.api.namespace, health_port=0)
        clocks = Clocks(monotonic=now, uniform=lambda least, most: (least + most) / 2 / FASTER)
        task = asyncio.create_task(app.run(config, stop, clocks=clocks))
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait_for(task, 15)

    async def create(self, **parts: Any) -> None:
        manifest = a_manifest(**parts)
        manifest["metadata"] = {"name": NAME}
        await self.api.call("POST", PIPELINES, manifest)

    async def kubectl(self, *arguments: str) -> None:
        await asyncio.to_thread(self._apiserver.kubectl, "-n", self.api.namespace, *arguments)

    async def pipeline(self) -> Manifest:
        found = await self.api.get(f"{PIPELINES}/{NAME}")
        assert found is not None
        return found

    async def scaling(self) -> Manifest:
        said: Manifest = (await self.pipeline()).get("status", {}).get("scaling", {})
        return said

    async def until_replicas(self, wanted: int) -> Manifest:
        """Wait for the spec to ask for so many, and as many pods; return the pipeline."""

        async def has() -> bool:
            """spec.replicas and the pods are as many as is wanted."""
            pipeline = await self.pipeline()
            return bool(pipeline["spec"]["replicas"] == wanted == len(self.stage.workers))

        await until(has, within_s=WITHIN_S)
        return await self.pipeline()

    async def until_reason(self, reason: str) -> Manifest:
        async def says() -> bool:
            """status.scaling gives the reason."""
            return bool((await self.scaling()).get("reason") == reason)

        await until(says, within_s=WITHIN_S)
        return await self.scaling()

    async def condition(self, kind: str) -> tuple[str, str]:
        found = next(one for one in (await self.pipeline())["status"]["conditions"] if one["type"] == kind)
        return found["status"], found["reason"]

    async def looks(self, count: int) -> None:
        """Let the operator look so many more times."""
        async with asyncio.timeout(WITHIN_S):
            await asyncio.sleep(count * 10 / FASTER)


@pytest.fixture
async def world(
    kubeconfig: str, apiserver: Apiserver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[World]:
    namespace = f"scaling-{uuid.uuid4().hex[:8]}"
    apiserver.kubectl("create", "namespace", namespace)
    monkeypatch.setenv("KUBECONFIG", operator_kubeconfig(apiserver, namespace, tmp_path))
    api = Api(kubeconfig, namespace)
    try:
        async with Stage(api, PARTITIONS).playing() as stage:
            world = World(api, stage, apiserver)
            async with world.operator():
                yield world
    finally:
        api.close()
        apiserver.kubectl("delete", "namespace", namespace, "--wait=false")


def writers(pipeline: Manifest) -> dict[str, str]:
    """Return who owns `spec.replicas`, and the subresource by which they wrote it."""
    return {
        entry["manager"]: entry.get("subresource", "")
        for entry in pipeline["metadata"]["managedFields"]
        if "f:replicas" in entry["fieldsV1"].get("f:spec", {})
    }


async def test_a_step_of_the_load_goes_through_the_scale_subresource_and_back(world: World) -> None:
    await world.create(autoscaling=QUICK)
    world.flow.rate = HIGH

    pipeline = await world.until_replicas(FOR_HIGH)
    assert writers(pipeline) == {"scoring/scoring-operator": "scale"}
    said = await world.until_reason("DrainTimeWithinTarget")
    assert said["inputs"]["neededReplicas"] == FOR_HIGH
    assert await world.condition("ScalingActive") == ("True", "ReplicasDecided")

    world.flow.rate = 0.0
    await world.until_replicas(FOR_NONE)


async def test_who_advises_leaves_replicas_alone(world: World) -> None:
    await world.create(autoscaling={**QUICK, "mode": "Advise"})
    world.flow.rate = HIGH

    async def advises() -> bool:
        """status.scaling wants more."""
        return bool((await world.scaling()).get("desired", 0) > 1)

    await until(advises, within_s=WITHIN_S)

    pipeline = await world.pipeline()
    assert pipeline["spec"]["replicas"] == 1
    assert "scoring/scoring-operator" not in writers(pipeline)


async def test_what_a_person_scales_to_by_hand_stays_for_the_cooldown_and_no_longer(world: World) -> None:
    await world.create(autoscaling=QUICK)
    await world.until_reason("DrainTimeWithinTarget")
    before = (await world.scaling())["lastScaleTime"]

    await world.kubectl("scale", f"scoringpipelines/{NAME}", "--replicas=3")

    pipeline = await world.until_replicas(3)
    assert writers(pipeline) == {"kubectl": "scale"}
    await world.until_replicas(FOR_NONE)
    assert (await world.scaling())["lastScaleTime"] > before


@pytest.mark.parametrize("how", ["update", "patch"])
async def test_another_autoscaler_is_found_by_its_signature_and_left_alone(world: World, how: str) -> None:
    """The HorizontalPodAutoscaler's controller updates the scale subresource, others patch it.

    Nobody applies it server-side: for custom resources the API server answers that with an error of its own.
    """
    await world.create(autoscaling=QUICK)
    await world.until_reason("Measuring")

    path = f"{PIPELINES}/{NAME}/scale?fieldManager=horizontal-pod-autoscaler"
    if how == "patch":
        await world.api.merge(path, {"spec": {"replicas": 3}})
    else:
        scale = await world.api.call("GET", f"{PIPELINES}/{NAME}/scale")
        await world.api.call("PUT", path, {**scale, "spec": {"replicas": 3}})

    said = await world.until_reason("ForeignAutoscaler")
    assert "horizontal-pod-autoscaler writes the scale subresource" in said["message"]
    assert await world.condition("ScalingActive") == ("False", "ForeignAutoscaler")
    world.flow.rate = FAR_TOO_HIGH
    await world.looks(20)
    assert (await world.pipeline())["spec"]["replicas"] == 3

    await world.kubectl("scale", f"scoringpipelines/{NAME}", "--replicas=2")
    await world.until_replicas(PARTITIONS)
