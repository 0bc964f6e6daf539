"""`scorer record-golden` on a real Kafka: the last records become cases, and the group never hears of it."""

import asyncio
import json
import sys
from pathlib import Path

import pytest
import yaml

from harness import topics, workers
from harness.kafka import Broker
from scoring_service.contract.startup import Startup
from scoring_service.generate import wallets

pytestmark = pytest.mark.kafka

AS_OF_MS = 1_704_499_200_000


def manifest(startup: Startup, path: Path) -> Path:
    spec = {
        "kafka": {"bootstrapServers": list(startup.bootstrap_servers)},
        "input": {"topic": startup.input.topic},
        "output": {"successTopic": startup.output.success_topic, "failureTopic": startup.output.failure_topic},
        "scorer": {"walletReputation": {"variant": "zeru-v1"}},
    }
    resource = {"apiVersion": "scoring.dev/v1alpha1", "kind": "ScoringPipeline", "spec": spec}
    path.write_text(yaml.safe_dump({**resource, "metadata": {"name": startup.pipeline}}))
    return path


async def run(*arguments: str | Path) -> tuple[int | None, str, str]:
    command = (sys.executable, "-m", "scoring_service.cli", *map(str, arguments))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    async with asyncio.timeout(90):
        out, said = await process.communicate()
    return process.returncode, out.decode(), said.decode()


async def test_the_last_records_of_the_topic_become_cases_that_hold(kafka: Broker, tmp_path: Path) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap, partitions=3)
    values = [wallet.value for wallet in wallets(30, 3, transactions=2)]
    records = [topics.Record(value, timestamp_ms=AS_OF_MS + n) for n, value in enumerate(values)]
    await topics.produce(kafka.bootstrap, startup.input.topic, records)
    path = manifest(startup, tmp_path / "pipeline.yaml")

    code, out, said = await run("record-golden", path, "--from-topic", "--last", "12")

    assert code == 0, said
    assert said.startswith("12 records in 12 cases, ")
    cases = yaml.safe_load(out)["goldenCases"]
    addresses = {value["wallet_address"] for case in cases for value in case["inputs"]}
    assert addresses == {json.loads(value)["wallet_address"] for value in values[-12:]}
    file = tmp_path / "cases.yaml"
    file.write_text(out)
    code, out, _ = await run("lint", path, "--cases", file)
    assert code == 0, out
    assert "12 of 12 cases hold" in out


async def test_a_topic_without_records_has_no_cases_and_a_missing_one_is_named(kafka: Broker, tmp_path: Path) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap)
    path = manifest(startup, tmp_path / "pipeline.yaml")

    assert await run("record-golden", path, "--from-topic") == (
        0,
        "goldenCases: []\n",
        "0 records in 0 cases, 0.0 of 64 KiB\n",
    )

    path.write_text(path.read_text().replace(startup.input.topic, "nowhere"))
    code, _, said = await run("record-golden", path, "--from-topic")
    assert (code, said) == (1, "scorer: topic nowhere does not exist\n")
