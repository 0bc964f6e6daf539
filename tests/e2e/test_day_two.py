"""A pipeline that scores exactly once on a real cluster is paused, set back to the start of its topic, and resumed."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from harness import deployed, topics, workers
from harness.cluster import Cluster
from harness.deployed import NAME, Deployed
from harness.kafka import Broker
from harness.waiting import eventually
from scoring_service import generate

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

PARTITIONS = 3
RECORDS = 300
COMMANDS = "from scoring_operator.cli import app; app()"


@pytest.fixture(scope="module")
def pipeline(cluster: Cluster, kafka: Broker) -> Iterator[Deployed]:
    """A pipeline with exactly-once and dead letters, and an operator from the chart."""
    with cluster.namespace("day-two") as namespace, deployed.operator(cluster, namespace):
        sample = Deployed(cluster, namespace, kafka)
        dead = topics.unique("dead")
        sample.manifest["spec"]["output"]["deadLetterTopic"] = dead
        sample.manifest["spec"]["delivery"] = {"guarantee": "ExactlyOnce"}
        names = (sample.input, sample.success, sample.failure, dead)
        asyncio.run(topics.create(kafka.bootstrap, *names, partitions=PARTITIONS))
        yield sample


async def test_a_pipeline_that_is_reset_while_it_pauses_scores_everything_once_more(pipeline: Deployed) -> None:
    pipeline.apply()
    pipeline.kubectl("wait", "--for=condition=Ready", f"scoringpipeline/{NAME}", "--timeout=120s")
    records = [topics.Record(w.value, w.key) for w in generate.wallets(RECORDS, seed=7)]
    places = await topics.produce(pipeline.broker.bootstrap, pipeline.input, records)
    await _scored(pipeline, times=1)
    await eventually(pipeline.status, lambda status: "firstCommitTime" in status, within_s=30)

    assert "suspended" in _command(pipeline, "suspend", NAME, "--wait")
    assert pipeline.pods() == []
    said = _command(pipeline, "reset", NAME, "--to-earliest")
    assert "PARTITION" in said
    print(said)
    _command(pipeline, "resume", NAME)
    await _scored(pipeline, times=2)

    found = Counter(map(workers.source, await topics.read(pipeline.broker.bootstrap, pipeline.success)))
    assert found == dict.fromkeys(workers.sources(places, pipeline.input), 2)


async def test_a_pipeline_that_runs_is_not_reset(pipeline: Deployed) -> None:
    refused = _run(pipeline, "reset", NAME, "--to-earliest")

    assert refused.returncode == 3
    assert "suspend" in refused.stderr


async def _scored(pipeline: Deployed, times: int) -> None:
    await topics.read_at_least(pipeline.broker.bootstrap, pipeline.success, RECORDS * times, within_s=90)


def _command(pipeline: Deployed, *arguments: str) -> str:
    done = _run(pipeline, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def _run(pipeline: Deployed, *arguments: str) -> "subprocess.CompletedProcess[str]":
    access = ("-n", pipeline.namespace, "--kubeconfig", str(pipeline.cluster.kubeconfig))
    return subprocess.run(
        [sys.executable, "-c", COMMANDS, *arguments, *access], capture_output=True, text=True, timeout=180
    )
