"""Windows on a real Kafka: whoever has a partition, and however a recording was replayed, scores are the same."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from harness import ticks, topics, workers
from harness.kafka import Broker
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.scorers.base import Output, Row, Source

pytestmark = pytest.mark.kafka

WINDOW = 20
BLOCK = ScorerBlock(member="volatility", parameters={"windowSize": WINDOW})
SYMBOLS = ("BTC-USD", "ETH-USD", "SOL-USD")
PARTITIONS = 3


def recorded(folder: Path, count: int) -> list[topics.Record]:
    """Return real ticks, each as one of three symbols in turn, a partition for each."""
    found = []
    for number, row in enumerate(ticks.recorded_rows(folder / ticks.CALM)[:count]):
        symbol = SYMBOLS[number % len(SYMBOLS)]
        value = ticks.encoded({"symbol": symbol, "price": row.value.price, "timestamp": row.as_of})
        partition = number % PARTITIONS
        found.append(topics.Record(value, symbol.encode(), partition, int(row.as_of * 1000)))
    return found


def uninterrupted(records: Sequence[topics.Record]) -> dict[tuple[int, int], dict[str, Any]]:
    """Return the features of every record that has a score, by its place, from one fold over each partition."""
    scorer = ticks.scorer(windowSize=WINDOW)
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for partition in range(PARTITIONS):
        own = [record for record in records if record.partition == partition]
        values = [scorer.decode(record.value or b"") for record in own]
        rows = [Row(value, None, value.timestamp, Source("t", partition, n)) for n, value in enumerate(values)]
        for offset, outcome in enumerate(scorer.score(rows, scorer.start())[0]):
            if isinstance(outcome, Output):
                found[partition, offset] = {"score": outcome.number, "ret_std": outcome.features.ret_std}
    return found


def scores(outputs: Sequence[Any]) -> dict[tuple[int, int], dict[str, Any]]:
    """Return what was written, by the record that it is of; one that was written twice is the same both times."""
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for output in outputs:
        _, partition, offset = workers.source(output).rsplit("/", 2)
        body = json.loads(output.value)
        said = {"score": body["score"], "ret_std": body["features"]["ret_std"]}
        assert found.setdefault((int(partition), int(offset)), said) == said
    return found


async def test_who_takes_over_from_a_killed_worker_scores_as_if_there_had_been_one_all_along(
    kafka: Broker, scoring_data: Path, tmp_path: Path
) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap, partitions=PARTITIONS)
    records = recorded(scoring_data, 3000)
    topic, success = startup.input.topic, startup.output.success_topic
    expected = uninterrupted(records)
    async with workers.running(startup, tmp_path, "first", BLOCK) as first:
        await topics.produce(kafka.bootstrap, topic, records[:1500])
        await first.until(lambda status: status.scored_total > 600)
        first.kill()
    async with workers.running(startup, tmp_path, "second", BLOCK) as second:
        await topics.produce(kafka.bootstrap, topic, records[1500:])
        await second.until(lambda status: bool(status.lanes) and all(lane.lag == 0 for lane in status.lanes), 60)
        metrics = await second.metrics()

    found = scores(await topics.read(kafka.bootstrap, success))
    assert found == expected
    assert metrics["scorer_window_keys"] == len(SYMBOLS)
    assert metrics["scorer_window_keys_on_several_partitions"] == 0


async def test_a_partition_that_moves_between_workers_keeps_its_scores(
    kafka: Broker, scoring_data: Path, tmp_path: Path
) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap, partitions=PARTITIONS)
    records = recorded(scoring_data, 3000)
    topic, success = startup.input.topic, startup.output.success_topic

    async with workers.running(startup, tmp_path, "first", BLOCK) as first:
        await topics.produce(kafka.bootstrap, topic, records[:1000])
        await first.until(lambda status: len(status.lanes) == PARTITIONS and status.scored_total > 0)
        async with workers.running(startup, tmp_path, "second", BLOCK) as second:
            await second.until(lambda status: len(status.lanes) > 0)
            await topics.produce(kafka.bootstrap, topic, records[1000:2000])
            await second.until(lambda status: status.scored_total > 0)
            assert await second.terminate() == 0
        await topics.produce(kafka.bootstrap, topic, records[2000:])
        await first.until(lambda s: len(s.lanes) == PARTITIONS and all(lane.lag == 0 for lane in s.lanes), 60)

    assert scores(await topics.read(kafka.bootstrap, success)) == uninterrupted(records)


@pytest.mark.timeout(180)
async def test_a_replay_has_the_same_scores_at_every_speed(kafka: Broker, scoring_data: Path, tmp_path: Path) -> None:
    lines = (scoring_data / ticks.CALM).read_text().splitlines()
    (tmp_path / "ticks.csv").write_text("\n".join(lines[:200]) + "\n")

    found = [await replayed(kafka, tmp_path / "ticks.csv", tmp_path, speed) for speed in ("max", "1000", "10")]

    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 199 - WINDOW + 1


async def replayed(kafka: Broker, file: Path, folder: Path, speed: str) -> list[dict[str, Any]]:
    """Return the scores of a recording that was replayed at a speed."""
    startup = await workers.a_pipeline(kafka.bootstrap, partitions=1)
    command = [workers.SCORER, "replay", str(file), startup.input.topic, "--brokers", kafka.bootstrap, "--speed", speed]
    async with workers.running(startup, folder, f"at-{speed}", BLOCK) as worker:
        replay = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert await replay.wait() == 0
        await worker.until(lambda status: status.scored_total == 199 - WINDOW + 1, 60)
    outputs = await topics.read(kafka.bootstrap, startup.output.success_topic)
    return [scores([output])[0, int(workers.source(output).rsplit("/", 1)[1])] for output in outputs]
