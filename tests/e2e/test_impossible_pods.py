"""Row 31 of the fault matrix on a real cluster: pods that cannot run are said, those that do score on.

The tests of this module follow one pipeline; each leaves it Ready for the next.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from harness import deployed, topics
from harness.cluster import Cluster
from harness.deployed import NAME, Deployed
from harness.kafka import Broker
from harness.waiting import eventually

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

PARTITIONS = 3
WITHIN_S = 60
"""Until the status says why, and until it is Ready again once the spec is mended."""


@pytest.fixture(scope="module")
def pipeline(cluster: Cluster, kafka: Broker) -> Iterator[Deployed]:
    """The sample, Ready, and an operator from the chart."""
    with cluster.namespace("impossible") as namespace, deployed.operator(cluster, namespace):
        sample = Deployed(cluster, namespace, kafka)
        names = (sample.input, sample.success, sample.failure)
        asyncio.run(topics.create(kafka.bootstrap, *names, partitions=PARTITIONS))
        sample.apply()
        sample.kubectl("wait", "--for=condition=Ready", f"scoringpipeline/{NAME}", "--timeout=120s")
        yield sample


def ready(pipeline: Deployed) -> tuple[str, str]:
    """Return status and message of Ready."""
    found: dict[str, Any] = {c["type"]: c for c in pipeline.status()["conditions"]}["Ready"]
    return found["status"], found["message"]


def running(pipeline: Deployed) -> set[str]:
    """Return the uids of the pods that are ready."""
    conditions = {pod["metadata"]["uid"]: pod["status"].get("conditions", []) for pod in pipeline.pods()}
    is_ready = {"type": "Ready", "status": "True"}
    return {uid for uid, said in conditions.items() if any(is_ready.items() <= one.items() for one in said)}


@pytest.mark.parametrize(
    ("pod", "why"),
    [
        ({"image": "scoring-operator/none:1"}, "ErrImage"),
        ({"resources": {"requests": {"cpu": "1000"}, "limits": {"cpu": "1000"}}}, "Insufficient cpu"),
    ],
    ids=["an image that is nowhere", "more processors than there are"],
)
async def test_pods_that_cannot_run_are_said_and_the_former_ones_score_on(
    pipeline: Deployed, pod: dict[str, Any], why: str
) -> None:
    before, possible = running(pipeline), pipeline.manifest["spec"].get("pod", {})

    pipeline.manifest["spec"]["pod"] = {**possible, **pod}
    pipeline.apply()
    status, said = await eventually(lambda: ready(pipeline), lambda found: why in found[1], within_s=WITHIN_S)

    print(f"\n{said}")
    assert status == "False"
    assert pipeline.conditions()["Available"] == "True"
    assert running(pipeline) == before
    assert sorted(p for share in pipeline.ready_partitions() for p in share) == list(range(PARTITIONS))

    pipeline.manifest["spec"]["pod"] = possible
    pipeline.apply()
    await eventually(lambda: ready(pipeline)[0], lambda found: found == "True", within_s=WITHIN_S)
    assert running(pipeline) == before
