"""Workers that die, stop, sleep, come and go."""

import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

import pytest

from faults import checker, measures, sowing
from faults.extent import SEED, extent, guarantees
from faults.results import Row
from faults.subject import Plan
from faults.trial import TICK_S, Trial, trial
from harness import toy
from harness.brokers import Quick
from scoring_service.contract.worker_status import LaneState, WorkerStatus

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(extent(240, 1200))]

MANY = 1_000_000
"""As many as are needed until all has happened."""
RATE = 200.0
SPREAD_WITHIN_S = 120.0


@guarantees
async def test_sigterm_in_the_middle_of_a_backlog_doubles_nothing(
    quick: Quick, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 10."""
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee) as t:
        await t.feed(sowing.wallets(SEED, 6_000))
        first = await t.start("a")
        await first.until(lambda status: status.scored_total > 500)
        assert await t.terminate(first) == 0
        second = await t.start("b")
        await second.until(lambda status: status.scored_total > 500)
        assert await t.terminate(second) == 0
        await t.finish()
        evidence = await t.judge(is_calm=True)

    (said,) = [line for line in first.said() if line["event"] == "stopped"]
    row(10, guarantee=guarantee, duplicates=0, drain_s=said["drain_s"], uncommitted=said["uncommitted"])
    assert checker.duplicates(evidence) == 0
    assert said["uncommitted"] == 0
    assert said["drain_s"] <= 25


@guarantees
async def test_sigkill_in_the_middle_of_a_drain_loses_nothing(
    quick: Quick, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 10, when the grace period is over."""
    options = {"guarantee": guarantee, "block": toy.block(), "session_timeout_ms": 1_000}
    async with trial(quick.bootstrap, tmp_path, SEED, **options) as t:
        await t.feed(sowing.toys(SEED, 6_000))
        slow = Plan(pressure="acknowledgements are slow")
        first = await t.start("a", slow)
        await first.until(lambda status: status.scored_total > 100)
        t.note("SIGTERM a")
        first.signal(signal.SIGTERM)
        await first.until(lambda status: not status.ready)
        t.kill(first)
        await t.finish()
        evidence = await t.judge()

    row(10, guarantee=guarantee, killed="in the drain", duplicates=checker.duplicates(evidence))


@guarantees
async def test_a_zombie_that_wakes_up_harms_nothing(quick: Quick, tmp_path: Path, guarantee: str, row: Row) -> None:
    """Row 11."""
    asleep_s = extent(12, 60)
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block()) as t:
        enough = asyncio.Event()
        first = await t.start("a")
        feeding = t.feed(sowing.toys(SEED, MANY), RATE, enough)
        await first.until(lambda status: status.scored_total > 200)
        t.note("SIGSTOP a")
        first.signal(signal.SIGSTOP)
        second = await t.start("b")
        await second.until(lambda status: status.scored_total > 200 and status.uptime_seconds > asleep_s, asleep_s + 60)
        t.note("SIGCONT a")
        first.signal(signal.SIGCONT)
        await first.until(lambda status: 0 < len(status.lanes) < 3, within_s=60)
        enough.set()
        await feeding
        await t.finish()
        evidence = await t.judge()

    row(11, guarantee=guarantee, asleep_s=asleep_s, duplicates=checker.duplicates(evidence))


@guarantees
async def test_members_join_and_leave_all_the_time(quick: Quick, tmp_path: Path, guarantee: str, row: Row) -> None:
    """Row 12."""
    rounds = extent(8, 100)
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block(), partitions=6) as t:
        enough = asyncio.Event()
        stays = await t.start("stays")
        feeding = t.feed(sowing.toys(SEED, MANY), RATE, enough)
        guests = []
        for number in range(rounds):
            if len(guests) < 14 and number % 3 != 2:
                guests.append(await t.start(f"guest-{number}"))
            elif guests:
                await t.terminate(guests.pop(0))
            seen = (await stays.status()).uptime_seconds
            await stays.until(lambda status, seen=seen: status.uptime_seconds > seen + 2)
        enough.set()
        await feeding
        await t.finish()
        evidence = await t.judge()

    silence = measures.silence_s(evidence)
    duplicates = checker.duplicates(evidence)
    row(12, guarantee=guarantee, changes=rounds, silence_s=silence, bound_s=60, duplicates=duplicates)
    assert silence <= 60


@guarantees
@pytest.mark.parametrize("partitions", extent((7,), (1, 7, 12, 30)))
async def test_three_replicas_become_fifteen_and_three_again(
    quick: Quick, tmp_path: Path, guarantee: str, partitions: int, row: Row
) -> None:
    """Row 13: what scaling does to pods; those beyond the partitions are ready and have none."""
    async with trial(
        quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block(), partitions=partitions
    ) as t:
        enough = asyncio.Event()
        feeding = t.feed(sowing.toys(SEED, MANY), RATE, enough)
        stay = [await t.start(f"stays-{number}") for number in range(3)]
        await spread(t, 3, partitions)
        guests = [await t.start(f"guest-{number}") for number in range(12)]
        up_s = await spread(t, 15, partitions)
        assert set(await asyncio.gather(*map(t.terminate, guests))) == {0}
        down_s = await spread(t, 3, partitions)
        enough.set()
        await feeding
        await t.finish()
        evidence = await t.judge(is_calm=True)

    assert all(worker.process.returncode == 0 for worker in stay)
    duplicates, idle = checker.duplicates(evidence), max(0, 15 - partitions)
    row(
        13,
        guarantee=guarantee,
        partitions=partitions,
        idle=idle,
        up_s=up_s,
        down_s=down_s,
        bound_s=120,
        duplicates=duplicates,
    )


async def spread(t: Trial, members: int, partitions: int) -> float:
    """Return the seconds until all members are ready, and every partition is scored by one of them, evenly.

    Raises:
        TimeoutError: That is not so within the row's bound.
    """
    began = monotonic()
    async with asyncio.timeout(SPREAD_WITHIN_S):
        while not is_even(await asyncio.gather(*(worker.status() for worker in t.alive)), members, partitions):  # noqa: ASYNC110
            await asyncio.sleep(TICK_S)
    return round(monotonic() - began, 2)


def is_even(said: Sequence[WorkerStatus], members: int, partitions: int) -> bool:
    """Return whether so many members share the partitions: some have none if there are more of them than partitions."""
    least = partitions // members
    at_work = [lane.partition for status in said for lane in status.lanes if lane.state == LaneState.READY]
    return (
        len(said) == members
        and all(status.ready for status in said)
        and sorted(at_work) == list(range(partitions))
        and {len(status.lanes) for status in said} <= {least, least + 1}
    )


@guarantees
async def test_the_event_loop_stands_still_for_a_session(
    quick: Quick, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 15."""
    session_s = 6
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block()) as t:
        enough = asyncio.Event()
        first = await t.start("a", Plan(blocked_s=session_s * 1.5))
        second = await t.start("b")
        feeding = t.feed(sowing.toys(SEED, MANY), RATE, enough)
        await second.until(lambda status: status.scored_total > 0)
        t.note("block a")
        first.signal(signal.SIGUSR1)
        await second.until(lambda status: len(status.lanes) == 3, within_s=40)
        t.note("b has all: the group has lost a")
        await second.until(lambda status: len(status.lanes) < 3, within_s=40)
        t.note("a is back")
        enough.set()
        await feeding
        await t.finish()
        evidence = await t.judge()

    silence = measures.silence_s(evidence)
    row(15, guarantee=guarantee, blocked_s=session_s * 1.5, silence_s=silence, bound_s=30)
    assert first.process.returncode == 0, "it came back by itself"
    assert silence <= 30
