"""`scorer reset` on a real Kafka, as a person starts it."""

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from harness import topics, workers
from harness.kafka import Broker
from scoring_service.contract.names import STARTUP_FILE
from scoring_service.contract.startup import Startup

pytestmark = pytest.mark.kafka

NOON_MS = 1_704_542_400_000
"""2024-01-06T12:00:00Z."""


class Answer(NamedTuple):
    code: int | None
    out: str
    said: str

    @property
    def moves(self) -> list[tuple[int | None, ...]]:
        """Partition, current, new and delta of each."""
        return [tuple(one.values()) for one in json.loads(self.out)["partitions"]]


async def reset(startup: Startup, folder: Path, *options: str) -> Answer:
    path = folder / STARTUP_FILE
    path.write_bytes(startup.encode())
    command = (sys.executable, "-m", "scoring_service.cli", "reset", "--startup", str(path), *options)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    async with asyncio.timeout(60):
        out, said = await process.communicate()
    return Answer(process.returncode, out.decode(), said.decode())


async def a_pipeline(kafka: Broker) -> Startup:
    """Return a pipeline with ten records an hour apart in the first of two partitions, and three in the second."""
    startup = await workers.a_pipeline(kafka.bootstrap, partitions=2)
    first = [topics.Record(b"{}", partition=0, timestamp_ms=NOON_MS + hour * 3_600_000) for hour in range(10)]
    second = [topics.Record(b"{}", partition=1, timestamp_ms=NOON_MS) for _ in range(3)]
    await topics.produce(kafka.bootstrap, startup.input.topic, [*first, *second])
    return startup


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--to-earliest"], {0: 0, 1: 0}),
        (["--to-latest"], {0: 10, 1: 3}),
        (["--to-datetime", "2024-01-06T15:30:00Z"], {0: 4, 1: 3}),
        (["--to-datetime", "2024-01-06T15:00:00+02:00"], {0: 1, 1: 3}),
        (["--to-offset", "0:7,1:1"], {0: 7, 1: 1}),
        (["--to-offset", "1:2"], {1: 2}),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)
async def test_a_group_goes_where_it_is_told(kafka: Broker, tmp_path: Path, options: Any, expected: Any) -> None:
    startup = await a_pipeline(kafka)

    answer = await reset(startup, tmp_path, *options)

    assert answer.code == 0, answer.said
    assert await topics.committed(kafka.bootstrap, startup.input.group) == expected


async def test_the_answer_shows_where_each_partition_was_and_goes(kafka: Broker, tmp_path: Path) -> None:
    startup = await a_pipeline(kafka)
    await reset(startup, tmp_path, "--to-offset", "0:6")

    answer = await reset(startup, tmp_path, "--to-earliest", "-o", "json")

    assert answer.moves == [(0, 6, 0, -6), (1, None, 0, None)]


async def test_a_dry_run_shows_it_and_changes_nothing(kafka: Broker, tmp_path: Path) -> None:
    startup = await a_pipeline(kafka)
    await reset(startup, tmp_path, "--to-offset", "0:6,1:1")

    answer = await reset(startup, tmp_path, "--to-latest", "--dry-run")

    assert [line.split() for line in answer.out.splitlines()[1:]] == [
        ["PARTITION", "CURRENT", "NEW", "DELTA"],
        ["0", "6", "10", "+4"],
        ["1", "1", "3", "+2"],
    ]
    assert await topics.committed(kafka.bootstrap, startup.input.group) == {0: 6, 1: 1}


async def test_a_group_with_members_is_refused_with_3_and_they_are_named(kafka: Broker, tmp_path: Path) -> None:
    startup = await a_pipeline(kafka)
    async with workers.running(startup, tmp_path, "wallets-7") as worker:
        await worker.until(lambda status: status.ready and len(status.lanes) == 2)

        answer = await reset(startup, tmp_path, "--to-earliest")

    assert (answer.code, answer.out) == (3, "")
    assert answer.said.startswith(f"scorer: group {startup.input.group} has 1 member: wallets-7 on 127.0.0.1; stop")
    assert f"kubectl-scoring suspend {startup.pipeline}" in answer.said


async def test_a_worker_scores_again_what_a_reset_gives_back(kafka: Broker, tmp_path: Path) -> None:
    startup = await a_pipeline(kafka)
    async with workers.running(startup, tmp_path, "first") as worker:
        await worker.until(lambda status: status.rejected_total == 13)
        await worker.terminate()

    await reset(startup, tmp_path, "--to-datetime", "2024-01-06T20:00:00Z")

    async with workers.running(startup, tmp_path, "second") as worker:
        await worker.until(lambda status: sum(lane.lag == 0 for lane in status.lanes) == 2)
        assert await worker.terminate() == 0
    failures = await topics.read(kafka.bootstrap, startup.output.failure_topic)
    times = Counter(workers.source(record) for record in failures)
    again = sorted(source for source, count in times.items() if count == 2)
    assert (len(times), again) == (13, [f"{startup.input.topic}/0/8", f"{startup.input.topic}/0/9"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "expected one of --to-earliest"),
        (["--to-earliest", "--to-latest"], "expected one of --to-earliest"),
        (["--to-datetime", "yesterday"], "expected a moment with its zone"),
        (["--to-datetime", "2024-01-06T15:30:00"], "expected a moment with its zone"),
        (["--to-offset", "0:5,0:6"], "expected each partition once"),
        (["--to-offset", "x:1"], "expected each partition once"),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_2(tmp_path: Path, options: Any, said: str) -> None:
    answer = await reset(workers.a_startup("127.0.0.1:1", "nobody"), tmp_path, *options)

    assert (answer.code, said in answer.said) == (2, True)


async def test_offsets_that_do_not_exist_are_refused_with_2(kafka: Broker, tmp_path: Path) -> None:
    startup = await a_pipeline(kafka)

    beyond = await reset(startup, tmp_path, "--to-offset", "0:11")
    nowhere = await reset(startup, tmp_path, "--to-offset", "2:0")

    assert (beyond.code, nowhere.code) == (2, 2)
    assert "partition 0: expected an offset from 0 to 10, got 11" in beyond.said
    assert "partition 2: expected one of 0 to 1" in nowhere.said
    assert await topics.committed(kafka.bootstrap, startup.input.group) == {}


async def test_a_topic_that_does_not_exist_ends_it_with_1_and_one_line(kafka: Broker, tmp_path: Path) -> None:
    startup = workers.a_startup(kafka.bootstrap, topics.unique("nowhere"))

    answer = await reset(startup, tmp_path, "--to-earliest")

    assert (answer.code, answer.said) == (1, f"scorer: topic {startup.input.topic} does not exist\n")
