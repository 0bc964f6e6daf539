"""Brokers that go, come back and change their roles, under load."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from faults import measures, sowing
from faults.crew import Worker
from faults.extent import SEED, extent, guarantees
from faults.results import Row
from faults.trial import Trial, trial
from harness import leaders
from harness.brokers import Trio

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(extent(240, 900)), pytest.mark.xdist_group("trio")]

PARTITIONS = 6
RATE = 150.0


@asynccontextmanager
async def under_load(
    trio: Trio, folder: Path, guarantee: str, seconds: float, **options: Any
) -> AsyncIterator[tuple[Trial, Worker, "asyncio.Task[None]"]]:
    """Yield a run with one worker at work, and what feeds it for so many seconds."""
    options = {"partitions": PARTITIONS, "replication": 3, "guarantee": guarantee, **options}
    async with trial(trio.bootstrap, folder, SEED, **options) as t:
        worker = await t.start("a")
        await worker.until(lambda status: len(status.lanes) == PARTITIONS)
        feeding = t.feed(sowing.wallets(SEED, int(seconds * RATE)), rate=RATE)
        await worker.until(lambda status: status.scored_total > 100)
        yield t, worker, feeding


@guarantees
async def test_one_of_three_brokers_is_restarted(trio: Trio, tmp_path: Path, guarantee: str, row: Row) -> None:
    """Row 1."""
    async with under_load(trio, tmp_path, guarantee, 25) as (t, _, feeding):
        t.note("stop broker 2")
        await asyncio.to_thread(trio.brokers[1].stop)
        await asyncio.to_thread(trio.brokers[1].resume)
        t.note("broker 2 is back")
        await feeding
        await t.finish()
        evidence = await t.judge()

    silence = measures.silence_s(evidence)
    row(1, guarantee=guarantee, silence_s=silence, bound_s=15, duplicates=measures.duplicate_share(evidence))
    assert silence <= 15


@guarantees
async def test_all_brokers_are_down_for_a_while(trio: Trio, tmp_path: Path, guarantee: str, row: Row) -> None:
    """Row 2."""
    down_s = extent(12, 120)
    async with under_load(trio, tmp_path, guarantee, 20) as (t, worker, feeding):
        before = worker.sample()
        t.note("stop all brokers")
        await asyncio.to_thread(trio.stop)
        await worker.until(lambda status: status.last_error != "", within_s=20)
        out = await worker.until(_passed(down_s), within_s=down_s + 10)
        after = worker.sample()
        await asyncio.to_thread(trio.heal)
        back = time.time()
        t.note("all are back")
        await feeding
        await t.finish(within_s=90)
        assert worker.process.returncode == 0, "no crash, and a clean end"
        evidence = await t.judge()

    assert out.ready, "an outage is no reason to be unready"
    assert before is not None
    assert after is not None
    grown = (after.rss_bytes - before.rss_bytes) / 2**20
    assert grown < 48, "memory stays flat"
    resumed = measures.resumed_s(evidence, back)
    row(2, guarantee=guarantee, down_s=down_s, resumed_s=resumed, bound_s=30, grown_mib=grown)
    assert resumed <= 30


@guarantees
async def test_leaders_move_again_and_again(trio: Trio, tmp_path: Path, guarantee: str, row: Row) -> None:
    """Row 3."""
    moves, every_s = extent(6, 60), extent(2.0, 5.0)
    async with under_load(trio, tmp_path, guarantee, moves * every_s + 5) as (t, worker, feeding):
        outputs = t.startup.output
        for number in range(moves):
            first = number % 3 + 1
            replicas = [first, *(node for node in (1, 2, 3) if node != first)]
            t.note(f"broker {first} leads all")
            for topic in (t.topic, outputs.success_topic, outputs.failure_topic):
                everywhere = dict.fromkeys(range(PARTITIONS), replicas)
                await leaders.move(trio.brokers[0].at.port, topic, everywhere)
            await worker.until(_passed(every_s))
        await feeding
        await t.finish()
        evidence = await t.judge()

    silence = measures.silence_s(evidence)
    row(3, guarantee=guarantee, moves=moves, silence_s=silence, bound_s=5)
    assert silence <= 5


@guarantees
async def test_the_groups_coordinator_dies(trio: Trio, tmp_path: Path, guarantee: str, row: Row) -> None:
    """Row 4."""
    async with under_load(trio, tmp_path, guarantee, 30) as (t, _, feeding):
        node = await leaders.coordinator(trio.bootstrap, t.startup.input.group)
        t.note(f"kill broker {node}")
        await asyncio.to_thread(trio.kill, node)
        await feeding
        await asyncio.to_thread(trio.heal)
        await t.finish()
        evidence = await t.judge()

    silence = measures.silence_s(evidence)
    row(4, guarantee=guarantee, silence_s=silence, bound_s=15)
    assert silence <= 15


@guarantees
async def test_too_few_replicas_of_the_outputs_hold_the_lanes(
    trio: Trio, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 14, a sink that refuses."""
    demanding = {"min.insync.replicas": "3"}
    async with under_load(trio, tmp_path, guarantee, 25, of_outputs=demanding) as (t, worker, feeding):
        victim = await leaders.coordinator(trio.bootstrap, t.startup.input.group) % 3 + 1  # heartbeats must go on
        t.note(f"kill broker {victim}: the outputs want three replicas")
        await asyncio.to_thread(trio.kill, victim)
        held = await worker.until(lambda s: {lane.reason for lane in s.lanes} == {"OutputUnavailable"}, within_s=60)
        metrics = await worker.metrics()
        await asyncio.to_thread(trio.heal)
        back = time.time()
        t.note("it is back")
        await feeding
        await t.finish(within_s=90)
        evidence = await t.judge()

    assert held.ready
    assert metrics["scorer_rebalances_total"] == 1, "heartbeats went on"
    assert metrics["scorer_in_flight_records"] <= PARTITIONS * measures.most_in_flight(guarantee)
    row(14, guarantee=guarantee, sink="too few replicas", resumed_s=measures.resumed_s(evidence, back))


def _passed(seconds: float) -> Callable[[Any], bool]:
    """Return a condition that holds once a worker is so much older than at its first look."""
    began: list[float] = []

    def holds(status: Any) -> bool:
        began.append(status.uptime_seconds)
        return bool(status.uptime_seconds - began[0] >= seconds)

    return holds
