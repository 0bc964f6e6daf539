"""A scorer of another package on a real cluster: an image with one package more, and nothing else but the resource."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from harness import deployed, packages, topics
from harness.cluster import Cluster
from harness.kafka import Broker
from harness.topics import Record
from harness.waiting import eventually

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

NAME = "pulse"
AS_OF_MS = 1_704_499_200_000


class Place:
    """A namespace with an operator from the chart, and topics for the sample."""

    def __init__(self, cluster: Cluster, namespace: str, broker: Broker) -> None:
        self.cluster, self.namespace, self.broker = cluster, namespace, broker
        self.input, self.success, self.failure = (topics.unique(stem) for stem in ("events", "pulses", "failures"))
        self.manifest: dict[str, Any] = yaml.safe_load((packages.SAMPLE / "pipeline.yaml").read_text())
        self.manifest["spec"]["kafka"]["bootstrapServers"] = [broker.pod_bootstrap]
        self.manifest["spec"]["input"]["topic"] = self.input
        self.manifest["spec"]["output"] = {"successTopic": self.success, "failureTopic": self.failure}

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        return self.cluster.kubectl("-n", self.namespace, *arguments, stdin=stdin)

    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = self.cluster.get(self.namespace, "scoringpipeline", NAME).get("status", {})
        return status

    def pods(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.cluster.get(self.namespace, "pods", "-l", f"scoring.dev/pipeline={NAME}")[
            "items"
        ]
        return found

    def set_half(self, half: float) -> None:
        """Change the scorer's only parameter, as a person would."""
        patch = {"spec": {"scorer": {"custom": {"parameters": {"half": half}}}}}
        self.kubectl("patch", "scoringpipeline", NAME, "--type=merge", "-p", json.dumps(patch))


@pytest.fixture
def place(cluster: Cluster, kafka: Broker) -> Iterator[Place]:
    with cluster.namespace("custom") as namespace, deployed.operator(cluster, namespace):
        at = Place(cluster, namespace, kafka)
        asyncio.run(topics.create(kafka.bootstrap, at.input, at.success, at.failure, partitions=2))
        yield at


async def pulses(at: Place, count: int) -> dict[str, float]:
    """Return the scores by address, once there are so many."""
    found = await topics.read_at_least(at.broker.bootstrap, at.success, count, within_s=60)
    return {json.loads(record.value)["address"]: json.loads(record.value)["pulse"] for record in found}


async def send(at: Place, address: str) -> None:
    value = json.dumps({"address": address, "events": 100}).encode()
    await topics.produce(at.broker.bootstrap, at.input, [Record(value, timestamp_ms=AS_OF_MS)])


def test_a_package_in_the_image_scores_changes_live_and_is_refused_by_its_own_words(place: Place) -> None:
    async def story() -> None:
        place.kubectl("apply", "--validate=strict", "-f", "-", stdin=yaml.safe_dump(place.manifest))
        place.kubectl("wait", "--for=condition=Ready", f"scoringpipeline/{NAME}", "--timeout=120s")
        await send(place, "0xa")
        assert await pulses(place, 1) == {"0xa": 500.0}
        first = place.pods()

        before = place.status()["revision"]["serving"]
        place.set_half(300)
        await eventually(place.status, lambda status: status["revision"]["serving"] != before, within_s=60)
        await send(place, "0xb")
        assert await pulses(place, 2) == {"0xa": 500.0, "0xb": 250.0}

        place.set_half(0)
        said = "scorer.custom.parameters.half: Expected `float` >= 0.001 (got 0)"
        await eventually(place.status, lambda status: said in json.dumps(status["conditions"]), within_s=60)
        await send(place, "0xc")
        assert (await pulses(place, 3))["0xc"] == 250.0

        assert [pod["metadata"]["uid"] for pod in place.pods()] == [pod["metadata"]["uid"] for pod in first]
        assert {pod["spec"]["containers"][0]["image"] for pod in first} == {"local/pulse-scorer:dev"}

    asyncio.run(story())
