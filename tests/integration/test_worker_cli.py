"""`scorer run` on a real Kafka, as a person starts it."""

import asyncio
import json
import shutil
import signal
import sys
from pathlib import Path

import pytest
import yaml

from harness import topics, workers
from harness.kafka import Broker
from scoring_service.contract.startup import Startup

pytestmark = pytest.mark.kafka

SCORER = shutil.which("scorer", path=str(Path(sys.executable).parent)) or "scorer"


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


async def test_a_run_that_ends_when_idle_has_scored_everything(
    kafka: Broker, scoring_data: Path, tmp_path: Path
) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap)
    await topics.produce(kafka.bootstrap, startup.input.topic, workers.real_wallets(scoring_data))
    path = manifest(startup, tmp_path / "pipeline.yaml")

    process = await asyncio.create_subprocess_exec(SCORER, "run", path, "--exit-when-idle")
    async with asyncio.timeout(60):
        code = await process.wait()

    assert code == 0
    assert len(await topics.read(kafka.bootstrap, startup.output.success_topic)) == 931


async def test_ctrl_c_drains_and_ends_well(kafka: Broker, tmp_path: Path) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap)
    path = manifest(startup, tmp_path / "pipeline.yaml")

    process = await asyncio.create_subprocess_exec(SCORER, "run", path, stderr=asyncio.subprocess.PIPE)
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while json.loads(await process.stderr.readline()).get("event") != "partitions assigned":
            pass
        process.send_signal(signal.SIGINT)
        _, rest = await process.communicate()

    assert process.returncode == 0
    assert [json.loads(line)["event"] for line in rest.splitlines()][-2:] == ["draining", "stopped"]


async def test_a_scorer_that_does_not_build_is_refused_before_anything_connects(tmp_path: Path) -> None:
    path = tmp_path / "pipeline.yaml"
    kafka = {"bootstrapServers": ["127.0.0.1:1"]}
    outputs = {"successTopic": "b", "failureTopic": "c"}
    scorer = {"walletReputation": {"variant": "zeru-v1", "weights": {"tradign": 1}}}
    spec = {"kafka": kafka, "input": {"topic": "a"}, "output": outputs, "scorer": scorer}
    resource = {"apiVersion": "scoring.dev/v1alpha1", "kind": "ScoringPipeline", "spec": spec}
    path.write_text(yaml.safe_dump({**resource, "metadata": {"name": "wrong"}}))

    process = await asyncio.create_subprocess_exec(SCORER, "run", path, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()

    assert process.returncode == 2
    assert b"tradign" in said
