"""`scorer replay` on a real Kafka, as a person starts it."""

from pathlib import Path

import pytest

from harness import ticks, topics, workers
from harness.commands import Answer, ended
from harness.kafka import Broker

pytestmark = pytest.mark.kafka

COUNT = 1200
LINES = [ticks.encoded(ticks.a_tick(100.0 + n % 7, timestamp=ticks.BEGAN + n / 100)) for n in range(COUNT)]


async def replay(kafka: Broker, file: Path, topic: str, *options: str) -> Answer:
    return await ended(workers.SCORER, "replay", str(file), topic, "--brokers", kafka.bootstrap, *options)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ticks.ndjson"
    path.write_bytes(b"\n".join(LINES))
    return path


@pytest.mark.parametrize("speed", ["max", "10"])
async def test_ticks_are_on_the_topic_in_order_with_their_symbol_and_moment(
    kafka: Broker, file: Path, speed: str
) -> None:
    topic = topics.unique("replay")
    await topics.create(kafka.bootstrap, topic, partitions=3)

    answer = await replay(kafka, file, topic, f"--speed={speed}")

    assert (answer.code, answer.out) == (0, f"1,200 records written to {topic}\n"), answer.said
    records = await topics.read(kafka.bootstrap, topic)
    assert [record.value for record in records] == LINES
    assert {record.key for record in records} == {b"BTC-USD"}
    assert [record.timestamp for record in records] == [int((ticks.BEGAN + n / 100) * 1000) for n in range(COUNT)]


async def test_a_run_begins_where_it_is_told(kafka: Broker, file: Path) -> None:
    topic = topics.unique("replay")
    await topics.create(kafka.bootstrap, topic)

    answer = await replay(kafka, file, topic, "--speed=max", "--from-record=1191")

    assert answer.code == 0, answer.said
    assert [record.value for record in await topics.read(kafka.bootstrap, topic)] == LINES[1190:]


async def test_a_missing_topic_is_named(kafka: Broker, file: Path) -> None:
    topic = topics.unique("replay")

    answer = await replay(kafka, file, topic, "--speed=max")

    assert answer.code == 1
    assert f"topic {topic} does not exist" in answer.said
