"""Autoscalers on a real cluster: the operator's own under a real load, and the real HorizontalPodAutoscaler beside it.

A pod scores a hundred records a second, because its scorer sleeps: so the right number of pods is known beforehand. The
windows are the shortest that the definition allows; what is left of the minutes is what the decision takes.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiokafka import AIOKafkaProducer

from harness import deployed, metrics_api, packages, topics, workers
from harness.cluster import Cluster
from harness.kafka import Broker
from harness.waiting import eventually

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

NAME = "pulse"
PARTITIONS = 3
PER_POD = 100
LOAD = 200
"""Records a second: with room for a third more 267, of which two pods, with two partitions and one, bear less."""
RIGHT = 3
WITHIN_S = 400
BATCH = 500
"""Records that a worker takes at once: what may come twice of a partition that a pod loses without a word."""
QUICK = {"mode": "Auto", "targetDrainTime": "10s", "cooldown": "10s", "scaleDownDelay": "10s"}


class Scaled:
    """A namespace with an operator of the chart, and one pipeline."""

    def __init__(self, cluster: Cluster, namespace: str, broker: Broker) -> None:
        self.cluster, self.namespace, self.broker = cluster, namespace, broker
        self.input, self.success, self.failure = (topics.unique(stem) for stem in ("events", "pulses", "failures"))
        self.began = time.monotonic()

    async def create(self, **spec: Any) -> None:
        """Create topics and the pipeline, and wait for it."""
        names = (self.input, self.success, self.failure)
        await topics.create(self.broker.bootstrap, *names, partitions=PARTITIONS)
        manifest = yaml.safe_load((packages.SAMPLE / "pipeline.yaml").read_text())
        manifest["spec"] |= {
            "kafka": {"bootstrapServers": [self.broker.pod_bootstrap]},
            "input": {"topic": self.input},
            "output": {"successTopic": self.success, "failureTopic": self.failure},
            "scorer": {"custom": {"name": "slowPulse", "parameters": {"seconds": 1 / PER_POD}}},
            **spec,
        }
        await asyncio.to_thread(self._apply, yaml.safe_dump(manifest))
        self.began = time.monotonic()

    def _apply(self, manifest: str) -> None:
        self.kubectl("apply", "--validate=strict", "-f", "-", stdin=manifest)
        self.kubectl("wait", "--for=condition=Ready", f"scoringpipeline/{NAME}", "--timeout=180s")

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        return self.cluster.kubectl("-n", self.namespace, *arguments, stdin=stdin)

    def pipeline(self) -> dict[str, Any]:
        found: dict[str, Any] = self.cluster.get(self.namespace, "scoringpipeline", NAME, "--show-managed-fields")
        return found

    def scaling(self) -> dict[str, Any]:
        said: dict[str, Any] = self.pipeline().get("status", {}).get("scaling", {})
        return said

    async def until_replicas(self, wanted: int) -> dict[str, Any]:
        """Wait until so many pods are asked for and ready; return the pipeline."""

        def has(found: dict[str, Any]) -> bool:
            return bool(found["spec"]["replicas"] == wanted == found["status"].get("readyReplicas"))

        found = await eventually(self.pipeline, has, within_s=WITHIN_S, every_s=1.0)
        print(f"\n{wanted} pods after {time.monotonic() - self.began:.0f} s: {json.dumps(found['status']['scaling'])}")
        return found

    def condition(self, kind: str) -> tuple[str, str]:
        found = next(one for one in self.pipeline()["status"]["conditions"] if one["type"] == kind)
        return found["status"], found["reason"]


@pytest.fixture
def place(cluster: Cluster, kafka: Broker) -> Iterator[Scaled]:
    with cluster.namespace("scaling") as namespace, deployed.operator(cluster, namespace):
        yield Scaled(cluster, namespace, kafka)


@asynccontextmanager
async def under_load(place: Scaled, per_second: int) -> AsyncIterator[list[topics.Place]]:
    """Write so many records a second beside the block, over all partitions; yield where they are."""
    places: list[topics.Place] = []
    over = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_write(place, per_second, places, over))
        try:
            yield places
        finally:
            over.set()


async def _write(place: Scaled, per_second: int, places: list[topics.Place], over: asyncio.Event) -> None:
    began = time.monotonic()
    async with AIOKafkaProducer(bootstrap_servers=place.broker.bootstrap, linger_ms=5) as producer:
        while not over.is_set():
            due = int((time.monotonic() - began) * per_second)
            values = [json.dumps({"address": f"0x{n:x}", "events": n}).encode() for n in range(len(places), due)]
            sent = [
                await producer.send(place.input, value, partition=n % PARTITIONS)
                for n, value in enumerate(values, start=len(places))
            ]
            places += [topics.Place(m.partition, m.offset) for m in await asyncio.gather(*sent)]
            await asyncio.sleep(0.2)


async def test_a_step_of_the_load_brings_the_right_pods_and_they_go_and_nothing_is_lost(place: Scaled) -> None:
    await place.create(replicas=1, autoscaling=QUICK)

    async with under_load(place, LOAD) as places:
        await place.until_replicas(RIGHT)
    await place.until_replicas(1)

    assert place.condition("ScalingActive")[0] == "True"
    await topics.read_at_least(place.broker.bootstrap, place.success, len(places), within_s=60)
    found = Counter(map(workers.source, await topics.read(place.broker.bootstrap, place.success)))
    doubled = sum(count - 1 for count in found.values())
    print(f"\n{len(places)} records sent, {len(found)} scored, {doubled} of them twice")
    assert set(found) == set(workers.sources(places, place.input))
    assert doubled <= PARTITIONS * BATCH
    assert await topics.read(place.broker.bootstrap, place.failure) == []


async def test_the_horizontal_pod_autoscaler_scales_and_auto_steps_back(place: Scaled, tmp_path: Path) -> None:
    assert place.broker.pod_bootstrap
    address = place.broker.pod_bootstrap.rpartition(":")[0]
    await place.create(replicas=1, autoscaling=QUICK)

    with metrics_api.metric(place.cluster, place.namespace, address, tmp_path) as wanted:
        wanted.pods = 2
        place.cluster.apply(place.namespace, an_autoscaler())
        pipeline = await place.until_replicas(2)
        assert scalers(pipeline) == ["kube-controller-manager"]
        await eventually(place.scaling, lambda said: said.get("reason") == "ForeignAutoscaler", within_s=30)
        assert place.condition("ScalingActive") == ("False", "ForeignAutoscaler")

        wanted.pods = 3
        await place.until_replicas(3)


def an_autoscaler() -> dict[str, Any]:
    """Return a HorizontalPodAutoscaler that wants as many pods as the metric says."""
    target = {"type": "AverageValue", "averageValue": "1"}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": NAME},
        "spec": {
            "scaleTargetRef": {"apiVersion": "scoring.dev/v1alpha1", "kind": "ScoringPipeline", "name": NAME},
            "minReplicas": 1,
            "maxReplicas": 3,
            "metrics": [{"type": "External", "external": {"metric": {"name": metrics_api.METRIC}, "target": target}}],
        },
    }


def scalers(pipeline: dict[str, Any]) -> list[str]:
    """Return who has written the scale subresource."""
    return [entry["manager"] for entry in pipeline["metadata"]["managedFields"] if entry.get("subresource") == "scale"]
