"""`scorer redrive` on a real Kafka, as a person starts it."""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka import ConsumerRecord

from harness import topics, workers
from harness.dead_letters import TIMESTAMP_MS, a_dead_letter
from harness.kafka import Broker
from scoring_service.contract.names import HEADER_ATTEMPT, STARTUP_FILE
from scoring_service.contract.startup import Startup

pytestmark = pytest.mark.kafka

IN_USE = 3


async def a_pipeline(kafka: Broker, partitions: int = 1) -> Startup:
    """Create a pipeline's topics, the one for dead letters included."""
    startup = await workers.a_pipeline(kafka.bootstrap, partitions=partitions)
    dead = f"{startup.input.topic}-dead"
    await topics.create(kafka.bootstrap, dead, partitions=partitions)
    return msgspec.structs.replace(startup, output=msgspec.structs.replace(startup.output, dead_letter_topic=dead))


async def bury(startup: Startup, *letters: topics.Record) -> None:
    await topics.produce(startup.bootstrap_servers[0], startup.output.dead_letter_topic, letters)


async def input_of(startup: Startup) -> list[ConsumerRecord]:
    return await topics.read(startup.bootstrap_servers[0], startup.input.topic)


async def start(startup: Startup, folder: Path, *options: str) -> asyncio.subprocess.Process:
    path = folder / STARTUP_FILE
    path.write_bytes(startup.encode())
    command = (sys.executable, "-m", "scoring_service.cli", "redrive", "--startup", str(path), *options)
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)


async def redrive(startup: Startup, folder: Path, *options: str) -> dict[str, Any]:
    """Run it to its end and return what it answers as JSON."""
    process = await start(startup, folder, "-o", "json", *options)
    async with asyncio.timeout(60):
        out, said = await process.communicate()
    assert process.returncode == 0, said
    answered: dict[str, Any] = json.loads(out)
    return answered


async def test_a_dead_letter_comes_back_as_it_was_with_one_header_more(kafka: Broker, tmp_path: Path) -> None:
    startup = await a_pipeline(kafka, partitions=3)
    own = (("trace", b"abc"), ("scoring-source", b"upstream/0/7"), ("trace", b"def"))
    await bury(startup, a_dead_letter(startup, 5, headers=own, partition=2))

    answered = await redrive(startup, tmp_path)

    (record,) = await input_of(startup)
    assert answered["sent"] == 1
    assert (record.key, record.value, record.timestamp, record.partition) == (b"key-5", b"{broken 5", TIMESTAMP_MS, 2)
    assert record.headers == (*own, (HEADER_ATTEMPT, b"1"))


async def test_a_second_run_sends_nothing_twice_whatever_was_selected(kafka: Broker, tmp_path: Path) -> None:
    startup = await a_pipeline(kafka)
    reasons = ["decode", "timestamp", "oversize"] * 10
    await bury(startup, *(a_dead_letter(startup, n, reason=reason) for n, reason in enumerate(reasons)))

    first = await redrive(startup, tmp_path, "--reason", "timestamp")
    second = await redrive(startup, tmp_path, "--reason", "decode", "--reason", "timestamp")
    third = await redrive(startup, tmp_path)
    fourth = await redrive(startup, tmp_path)

    assert [run["sentByReason"] for run in (first, second, third, fourth)] == [
        {"timestamp": 10},
        {"decode": 10},
        {"oversize": 10},
        {},
    ]
    assert sorted(record.key for record in await input_of(startup)) == sorted(b"key-%d" % n for n in range(30))


async def test_a_record_comes_back_three_times_and_no_more(kafka: Broker, tmp_path: Path) -> None:
    startup = await a_pipeline(kafka)
    attempts = [None, b"1", b"2", b"3", b"17"]
    for number, attempt in enumerate(attempts):
        headers = () if attempt is None else ((HEADER_ATTEMPT, attempt),)
        await bury(startup, a_dead_letter(startup, number, headers=headers))

    answered = await redrive(startup, tmp_path)

    assert answered["skipped"] == {"attempts": 2}
    assert [dict(record.headers)[HEADER_ATTEMPT] for record in await input_of(startup)] == [b"1", b"2", b"3"]


async def test_times_choose_by_the_records_own(kafka: Broker, tmp_path: Path) -> None:
    startup = await a_pipeline(kafka)
    await bury(startup, *(a_dead_letter(startup, n, timestamp_ms=TIMESTAMP_MS + n * 60_000) for n in range(4)))

    window = ("--since", "2024-01-06T00:01:00Z", "--until", "2024-01-06T01:03:00+01:00")
    answered = await redrive(startup, tmp_path, *window)

    assert [record.key for record in await input_of(startup)] == [b"key-1", b"key-2"]
    assert answered["skipped"] == {"other time": 2}


async def test_what_is_no_dead_letter_of_this_pipeline_stays(kafka: Broker, tmp_path: Path) -> None:
    startup = await a_pipeline(kafka)
    other = msgspec.structs.replace(startup, pipeline="another")
    await bury(startup, topics.Record(b"stray"), a_dead_letter(other, 1), a_dead_letter(startup, 2))

    answered = await redrive(startup, tmp_path)

    assert [record.key for record in await input_of(startup)] == [b"key-2"]
    assert answered["skipped"] == {"not a dead letter": 1, "other pipeline": 1}


async def test_a_dry_run_counts_and_changes_nothing(kafka: Broker, tmp_path: Path) -> None:
    startup = await a_pipeline(kafka)
    await bury(startup, *(a_dead_letter(startup, n) for n in range(5)))

    dry = await redrive(startup, tmp_path, "--dry-run")
    after_dry = await input_of(startup)
    wet = await redrive(startup, tmp_path)

    assert (dry["sent"], after_dry, wet["sent"]) == (5, [], 5)


async def test_a_limit_stops_and_the_next_run_goes_on(kafka: Broker, tmp_path: Path) -> None:
    startup = await a_pipeline(kafka)
    await bury(startup, *(a_dead_letter(startup, n) for n in range(7)))

    limited = await redrive(startup, tmp_path, "--limit", "3")
    rest = await redrive(startup, tmp_path)

    assert (limited["sent"], rest["sent"]) == (3, 4)
    assert [record.key for record in await input_of(startup)] == [b"key-%d" % n for n in range(7)]


async def test_ctrl_c_keeps_what_was_sent_and_the_next_run_goes_on(kafka: Broker, tmp_path: Path) -> None:
    startup = await a_pipeline(kafka)
    await bury(startup, *(a_dead_letter(startup, n) for n in range(200)))

    process = await start(startup, tmp_path, "--rate", "20", "-o", "json")
    await topics.read_at_least(kafka.bootstrap, startup.input.topic, 5, within_s=30)
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(30):
        out, _ = await process.communicate()
    rest = await redrive(startup, tmp_path, "--rate", "10000")

    stopped = json.loads(out)
    assert process.returncode == 0
    assert 5 <= stopped["sent"] < 200
    assert [record.key for record in await input_of(startup)] == [b"key-%d" % n for n in range(200)]
    assert rest["sent"] == 200 - stopped["sent"]


async def test_a_killed_run_loses_nothing_and_doubles_one_batch_at_most(kafka: Broker, tmp_path: Path) -> None:
    startup = await a_pipeline(kafka)
    await bury(startup, *(a_dead_letter(startup, n) for n in range(300)))

    process = await start(startup, tmp_path, "--rate", "200")
    await topics.read_at_least(kafka.bootstrap, startup.input.topic, 60, within_s=30)
    process.kill()
    await process.wait()
    refused = await start(startup, tmp_path)
    _, said = await refused.communicate()
    async with asyncio.timeout(40):  # the brokers give the killed member up after 10 s
        while await (again := await start(startup, tmp_path, "--rate", "10000")).wait() == IN_USE:
            pass

    keys = [record.key for record in await input_of(startup)]
    assert (refused.returncode, b"another redrive is running" in said) == (IN_USE, True)
    assert again.returncode == 0
    assert set(keys) == {b"key-%d" % n for n in range(300)}
    assert len(keys) - 300 <= 20


async def test_what_a_worker_rejects_again_comes_back_until_it_has_had_its_attempts(
    kafka: Broker, tmp_path: Path
) -> None:
    startup = await a_pipeline(kafka)
    own = [("trace", b"abc")]
    broken = topics.Record(b"{", b"key", timestamp_ms=TIMESTAMP_MS, headers=own)
    await topics.produce(kafka.bootstrap, startup.input.topic, [broken])

    runs = []
    async with workers.running(startup, tmp_path) as worker:
        for attempt in range(1, 5):
            await worker.until(lambda status, seen=attempt: status.rejected_total == seen)
            runs.append(await redrive(startup, tmp_path))

    records = await input_of(startup)
    assert [run["sent"] for run in runs] == [1, 1, 1, 0]
    assert runs[-1]["skipped"] == {"attempts": 1}
    assert {(record.key, record.value, record.timestamp) for record in records} == {(b"key", b"{", TIMESTAMP_MS)}
    assert [list(record.headers) for record in records] == [
        own,
        *([*own, (HEADER_ATTEMPT, b"%d" % attempt)] for attempt in (1, 2, 3)),
    ]


async def test_a_rate_is_kept(kafka: Broker, tmp_path: Path) -> None:
    startup = await a_pipeline(kafka)
    await bury(startup, *(a_dead_letter(startup, n) for n in range(100)))

    loop = asyncio.get_running_loop()
    began = loop.time()
    await redrive(startup, tmp_path, "--rate", "50")

    assert loop.time() - began >= 100 / 50


async def test_brokers_that_do_not_answer_end_it_with_1_and_one_line(tmp_path: Path) -> None:
    startup = workers.a_startup("127.0.0.1:1", "nobody")
    output = msgspec.structs.replace(startup.output, dead_letter_topic="dead")

    process = await start(msgspec.structs.replace(startup, output=output), tmp_path)
    _, said = await process.communicate()

    assert process.returncode == 1
    assert said.splitlines()[0].startswith(b"scorer: cannot connect to 127.0.0.1:1")
    assert len(said.splitlines()) == 1
