"""A change that misses a golden case never serves on a real cluster, whatever is deleted afterwards.

The tests of this module follow one pipeline; each leaves it for the next.
"""

import asyncio
import json
from collections.abc import Iterator

import pytest

from harness import deployed, topics
from harness.cluster import Cluster
from harness.deployed import NAME, OF_PIPELINE, Deployed
from harness.kafka import Broker
from harness.waiting import eventually
from harness.wallets import AS_OF, a_swap, a_wallet, encoded
from scoring_service import generate

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

PARTITIONS = 3
RECORDS = 200
CASE = {
    "name": "single-swap",
    "asOf": AS_OF,
    "inputs": [json.loads(encoded(a_wallet(a_swap())))],
    "expect": [{"zscore": "188.000000000000000000"}],
}


@pytest.fixture(scope="module")
def pipeline(cluster: Cluster, kafka: Broker) -> Iterator[Deployed]:
    """The sample with a golden case, and an operator from the chart."""
    with cluster.namespace("golden") as namespace, deployed.operator(cluster, namespace):
        sample = Deployed(cluster, namespace, kafka)
        sample.manifest["spec"]["goldenCases"] = [CASE]
        names = (sample.input, sample.success, sample.failure)
        asyncio.run(topics.create(kafka.bootstrap, *names, partitions=PARTITIONS))
        yield sample


def weigh(pipeline: Deployed, trading: float) -> None:
    """Ask for another weight."""
    pipeline.manifest["spec"]["scorer"]["walletReputation"]["weights"]["trading"] = trading
    pipeline.apply()


def holds_all(shares: list[list[int]]) -> bool:
    """Tell whether every partition is scored by one pod."""
    return sorted(partition for share in shares for partition in share) == list(range(PARTITIONS))


async def rejection(pipeline: Deployed, case: str) -> str:
    """Return why the weights are rejected once they are for that case."""

    def message() -> str:
        found = {c["type"]: c for c in pipeline.status().get("conditions", [])}.get("WeightsVerified", {})
        return found["message"] if found.get("status") == "False" else ""

    return await eventually(message, lambda said: f"golden case {case}," in said, within_s=60)


async def test_a_pipeline_whose_case_holds_becomes_ready(pipeline: Deployed) -> None:
    pipeline.apply()

    pipeline.kubectl("wait", "--for=condition=Ready", f"scoringpipeline/{NAME}", "--timeout=120s")

    assert pipeline.conditions()["WeightsVerified"] == "True"


async def test_a_weight_that_misses_the_case_never_serves_and_is_told_with_the_case(pipeline: Deployed) -> None:
    old = pipeline.status()["revision"]["serving"]

    weigh(pipeline, 0.04)
    said = await rejection(pipeline, "single-swap")

    print(f"\n{said}")
    assert 'input 0, zscore: expected "188.000000000000000000", came "' in said
    shown = pipeline.conditions()
    assert (shown["Available"], shown["Ready"], shown["Stalled"]) == ("True", "False", "True")
    assert set(pipeline.serving()) == {old}
    assert pipeline.status()["revision"]["serving"] == old


async def test_deleting_every_pod_leaves_scoring_running_on_the_old_revision(pipeline: Deployed) -> None:
    old, before = pipeline.status()["revision"]["serving"], {pod["metadata"]["uid"] for pod in pipeline.pods()}

    pipeline.kubectl("delete", "pods", "-l", OF_PIPELINE, "--wait=true", "--timeout=90s")
    await eventually(pipeline.ready_partitions, holds_all, within_s=90)
    records = [topics.Record(wallet.value, wallet.key) for wallet in generate.wallets(RECORDS, seed=5)]
    await topics.produce(pipeline.broker.bootstrap, pipeline.input, records)
    scores = await topics.read_at_least(pipeline.broker.bootstrap, pipeline.success, RECORDS, within_s=60)

    assert before.isdisjoint(pod["metadata"]["uid"] for pod in pipeline.pods())
    assert {dict(score.headers)["scoring-revision"].decode() for score in scores} == {old}
    assert set(pipeline.serving()) == {old}


async def test_other_cases_that_miss_on_what_serves_cost_nothing_and_going_back_is_ready_again(
    pipeline: Deployed,
) -> None:
    restarts = pipeline.restarts()
    wrong = CASE | {"name": "wrong", "expect": [{"zscore": "1"}]}

    pipeline.manifest["spec"]["goldenCases"] = [CASE, wrong]
    weigh(pipeline, 0.4)
    await rejection(pipeline, "wrong")
    assert pipeline.conditions()["Available"] == "True"
    pipeline.manifest["spec"]["goldenCases"] = [CASE]
    pipeline.apply()

    pipeline.kubectl("wait", "--for=condition=Ready", f"scoringpipeline/{NAME}", "--timeout=60s")
    assert pipeline.conditions()["WeightsVerified"] == "True"
    assert pipeline.restarts() == restarts
