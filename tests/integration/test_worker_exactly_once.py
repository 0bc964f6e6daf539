"""Exactly-once on a real Kafka, judged by a read_committed reader: killed, frozen, stopped, and new."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from harness import kafka as kafka_
from harness import topics, workers
from harness.kafka import Broker
from scoring_service.contract.startup import Startup
from scoring_service.contract.worker_status import WorkerStatus

pytestmark = pytest.mark.kafka

RECORDS = 931 * 30


async def test_sigkill_of_one_of_two_loses_nothing_and_doubles_nothing(
    kafka: Broker, scoring_data: Path, tmp_path: Path
) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap, guarantee="ExactlyOnce")

    async with _two_at_work(kafka, startup, scoring_data, tmp_path) as (doomed, staying, feeding):
        doomed.kill()
        assert not feeding.done(), "the stream ended before the worker died: feed more"
        places = await feeding
        await staying.until(lambda s: _consumed(s) >= len(places), within_s=90)
        assert await staying.terminate() == 0

    assert await _unequal_to_one(kafka, startup, places) == {}


async def test_a_worker_that_was_frozen_beyond_its_session_doubles_nothing_when_it_wakes(
    kafka: Broker, scoring_data: Path, tmp_path: Path
) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap, guarantee="ExactlyOnce")

    async with _two_at_work(kafka, startup, scoring_data, tmp_path) as (zombie, staying, feeding):
        os.kill(zombie.pid, signal.SIGSTOP)
        await staying.until(lambda s: len(s.lanes) == 6, within_s=30)
        os.kill(zombie.pid, signal.SIGCONT)
        await zombie.until(lambda s: len(s.lanes) == 3, within_s=60)
        places = await feeding
        await _until_all(zombie, staying, len(places))
        fenced = (await zombie.metrics())["scorer_fenced_total"]
        assert await zombie.terminate() == await staying.terminate() == 0

    print(f"SIGSTOP: fenced {fenced:.0f} times")
    assert await _unequal_to_one(kafka, startup, places) == {}


async def test_sigterm_of_one_of_two_mid_stream_leaves_no_trace(
    kafka: Broker, scoring_data: Path, tmp_path: Path
) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap, guarantee="ExactlyOnce")

    async with _two_at_work(kafka, startup, scoring_data, tmp_path) as (leaving, staying, feeding):
        assert await leaving.terminate() == 0
        (stopped,) = [line for line in leaving.said() if line["event"] == "stopped"]
        places = await feeding
        await staying.until(lambda s: _consumed(s) >= len(places), within_s=90)
        assert await staying.terminate() == 0

    assert stopped["uncommitted"] == 0
    assert stopped["drain_s"] < 10
    assert await _unequal_to_one(kafka, startup, places) == {}


async def test_the_first_transactions_of_a_new_cluster_lose_nothing(scoring_data: Path, tmp_path: Path) -> None:
    """The brokers make their log of transactions then, which takes long: an assignment must wait for it."""
    with kafka_.obtain("first-transaction", 20192) as fresh:
        startup = await workers.a_pipeline(fresh.bootstrap, guarantee="ExactlyOnce")
        wallets = workers.real_wallets(scoring_data) * 10
        places = await topics.produce(fresh.bootstrap, startup.input.topic, wallets)

        async with workers.running(startup, tmp_path) as worker:
            await worker.until(lambda s: _consumed(s) >= len(places), within_s=60)
            assert await worker.terminate() == 0

        assert await _unequal_to_one(fresh, startup, places) == {}


@asynccontextmanager
async def _two_at_work(
    kafka: Broker, startup: Startup, scoring_data: Path, tmp_path: Path
) -> AsyncIterator[tuple[workers.Process, workers.Process, asyncio.Task[list[topics.Place]]]]:
    """Run two workers, begin to write some seconds of records, and yield once both have delivered something."""
    async with workers.running(startup, tmp_path, "a") as one, workers.running(startup, tmp_path, "b") as other:
        for process in (one, other):
            await process.until(lambda s: len(s.lanes) == 3)
        wallets = workers.real_wallets(scoring_data) * 30
        feeding = asyncio.create_task(topics.produce(kafka.bootstrap, startup.input.topic, wallets))
        for process in (one, other):
            await process.until(lambda s: s.scored_total > 0)
        yield one, other, feeding


async def _until_all(one: workers.Process, other: workers.Process, count: int) -> None:
    async with asyncio.timeout(90):
        while _consumed(await one.status()) + _consumed(await other.status()) < count:  # noqa: ASYNC110 - two processes
            await asyncio.sleep(workers.TICK_S)


def _consumed(status: WorkerStatus) -> int:
    """Return how far the group has come on the partitions of one worker."""
    return sum(lane.committed_offset or 0 for lane in status.lanes)


async def _unequal_to_one(kafka: Broker, startup: Startup, places: Sequence[topics.Place]) -> dict[str, int]:
    """Return how many outputs each input has that has not exactly one, and what no input explains."""
    scores = await topics.read(kafka.bootstrap, startup.output.success_topic)
    failures = await topics.read(kafka.bootstrap, startup.output.failure_topic)
    found = Counter(map(workers.source, [*scores, *failures]))
    expected = workers.sources(places, startup.input.topic)
    return {source: found[source] for source in {*expected, *found} if found[source] != 1 or source not in expected}
