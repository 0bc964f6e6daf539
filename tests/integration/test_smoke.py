"""`scorer smoke` on a real Kafka, as a person starts it."""

from pathlib import Path

import pytest

from harness import topics, workers
from harness.commands import Answer, ended
from harness.kafka import Broker
from scoring_service.contract.names import STARTUP_FILE
from scoring_service.contract.startup import Startup

pytestmark = pytest.mark.kafka


async def smoke(startup: Startup, folder: Path, *options: str) -> Answer:
    path = folder / STARTUP_FILE
    path.write_bytes(startup.encode())
    return await ended(workers.SCORER, "smoke", "--startup", str(path), *options)


async def test_records_come_back_as_scores_through_topics_that_were_missing(kafka: Broker, tmp_path: Path) -> None:
    startup = workers.a_startup(kafka.bootstrap, topics.unique("smoke"))
    async with workers.running(startup, tmp_path):
        first = await smoke(startup, tmp_path, "--create-topics", "--within=50")
        again = await smoke(startup, tmp_path, "--create-topics", "--records=5")

    assert (first.code, again.code) == (0, 0), first.said + again.said
    assert f"3 records written to {startup.input.topic}, 3 of them scored" in first.out
    assert "5 of them scored" in again.out
    assert len(await topics.read(kafka.bootstrap, startup.output.success_topic)) == 8


async def test_without_workers_no_record_is_scored(kafka: Broker, tmp_path: Path) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap, partitions=1)

    answer = await smoke(startup, tmp_path, "--within=1")

    assert answer.code == 1
    assert "0 of them scored after" in answer.out


async def test_a_missing_topic_is_named_and_not_made_by_itself(kafka: Broker, tmp_path: Path) -> None:
    startup = workers.a_startup(kafka.bootstrap, topics.unique("smoke"))

    answer = await smoke(startup, tmp_path)

    assert answer.code == 1
    assert answer.said == f"scorer: topic {startup.input.topic} does not exist\n"
