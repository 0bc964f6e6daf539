"""Workers that go, politely or not, on a real Kafka: nothing is lost; only a kill may double, and recognisably."""

import asyncio
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from harness import topics, workers
from harness.kafka import Broker
from scoring_service.contract.startup import Startup
from scoring_service.contract.worker_status import WorkerStatus

pytestmark = pytest.mark.kafka

BACKLOG = 30


async def test_sigterm_of_one_of_two_mid_stream_loses_nothing_and_doubles_nothing(
    kafka: Broker, scoring_data: Path, tmp_path: Path
) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap)

    async with workers.running(startup, tmp_path, "a") as leaving, workers.running(startup, tmp_path, "b") as staying:
        feeding = await _feed(kafka, startup, scoring_data, leaving, staying)
        assert await leaving.terminate() == 0
        assert not feeding.done(), "the stream ended before the worker left: feed more"
        places = await feeding
        await staying.until(lambda s: _delivered(s) == len(places), within_s=60)
        assert await staying.terminate() == 0

    scores = await topics.read(kafka.bootstrap, startup.output.success_topic)
    assert sorted(map(workers.source, scores)) == sorted(workers.sources(places, startup.input.topic))


async def test_sigkill_loses_nothing_and_its_duplicates_are_equal_but_for_their_stamps(
    kafka: Broker, scoring_data: Path, tmp_path: Path
) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap)

    async with workers.running(startup, tmp_path, "a") as doomed, workers.running(startup, tmp_path, "b") as staying:
        feeding = await _feed(kafka, startup, scoring_data, doomed, staying)
        doomed.kill()
        assert not feeding.done(), "the stream ended before the worker died: feed more"
        places = await feeding
        await staying.until(lambda s: _delivered(s) == len(places), within_s=90)
        await staying.terminate()

    versions: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in await topics.read(kafka.bootstrap, startup.output.success_topic):
        body = json.loads(record.value)
        del body["timestamp"], body["processing_time_ms"]
        versions[workers.source(record)].append(body)
    doubled = [bodies for bodies in versions.values() if len(bodies) > 1]
    assert sorted(versions) == sorted(workers.sources(places, startup.input.topic))
    assert doubled, "the worker died with everything committed: nothing was shown"
    assert all(body == bodies[0] for bodies in doubled for body in bodies)
    print(f"SIGKILL: {sum(len(bodies) - 1 for bodies in doubled)} duplicates of {len(places)} records")


async def _feed(
    kafka: Broker, startup: Startup, scoring_data: Path, *processes: workers.Process
) -> asyncio.Task[list[topics.Place]]:
    """Begin to write some seconds of records; return once each worker has its share and has delivered something."""
    for process in processes:
        await process.until(lambda s: len(s.lanes) == 3)
    wallets = workers.real_wallets(scoring_data) * BACKLOG
    feeding = asyncio.create_task(topics.produce(kafka.bootstrap, startup.input.topic, wallets))
    for process in processes:
        await process.until(lambda s: s.scored_total > 0)
    return feeding


def _delivered(status: WorkerStatus) -> int:
    """Return how far the group has come on the partitions of one worker, counted over all of them."""
    return sum(lane.position or 0 for lane in status.lanes)
