"""The worker dies wherever it waits, and whoever is left finishes: nothing is lost, and only duplicates are allowed."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest

from faults import checker, sowing
from faults.crash_points import Crash
from faults.extent import GUARANTEES, IS_LONG, SEED, extent
from faults.subject import Plan
from faults.trial import trial
from harness import toy
from harness.brokers import Quick

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(extent(300, 3600))]

RECORDS = 150
AT_ONCE = 8
SAMPLE = 16
"""Points that CI tries, of each guarantee."""


async def life(quick: Quick, folder: Path, guarantee: str, plan: Plan) -> tuple[bool, list[str]]:
    """Return whether the first of two workers died, and what was broken.

    It starts on a backlog, works, drains when a second one joins, works on, and leaves on SIGTERM: if it lives so long.
    """
    async with trial(
        quick.bootstrap,
        folder,
        SEED,
        block=toy.block(2.0),
        partitions=2,
        guarantee=guarantee,
        session_timeout_ms=1_000,
    ) as t:
        field = list(sowing.toys(SEED, RECORDS))
        await t.feed(field[: RECORDS // 2])
        feeding = t.feed(field[RECORDS // 2 :], rate=50)
        first = await t.start("a", plan)
        await t.until(first, lambda status: bool(status.lanes))
        second = await t.start("b")
        await t.until(second, lambda status: bool(status.lanes))
        await feeding
        if first.is_alive:
            await t.terminate(first)
        await t.finish(within_s=20)
        found = checker.violations(await t.evidence())
    has_died = first.process.returncode == -9
    return has_died, [checker.explained(SEED, t.schedule, found)] if found else []


async def enumerated(quick: Quick, folder: Path, guarantee: str) -> dict[str, int]:
    """Return all points that a whole life passes, and about how often it arrives at each."""
    path = folder / "points"
    _, broken = await life(quick, folder, guarantee, Plan(points=str(path)))
    assert not broken, broken
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    return {point: int(count) for count, point in lines}


def chosen(points: dict[str, int]) -> list[Crash]:
    """Return at which arrivals to die: the first and one in the middle, or in CI one of them at a sample of points."""
    if IS_LONG:
        return [Crash(point, n) for point, count in points.items() for n in sorted({1, max(1, count // 2)})]
    random = Random(SEED)
    some = random.sample(sorted(points), min(SAMPLE, len(points)))
    return [Crash(point, random.choice([1, max(1, points[point] // 2)])) for point in some]


@pytest.mark.parametrize("guarantee", GUARANTEES)
async def test_the_worker_may_die_wherever_it_waits(
    quick: Quick, tmp_path: Path, guarantee: str, record_property: Callable[[str, object], None]
) -> None:
    """Row 9."""
    points = await enumerated(quick, tmp_path, guarantee)
    turn = asyncio.Semaphore(AT_ONCE)

    async def die(crash: Crash) -> tuple[Crash, bool, Sequence[str]]:
        async with turn:
            has_died, broken = await life(quick, tmp_path, guarantee, Plan(crash=crash))
            if not (
                has_died or broken or IS_LONG
            ):  # some places are passed only now and then: a sample has few to lose
                has_died, broken = await life(quick, tmp_path, guarantee, Plan(crash=crash))
            return crash, has_died, broken

    ends = await asyncio.gather(*map(die, chosen(points)))

    broken = [text for _, _, texts in ends for text in texts]
    missed = sorted(crash.point for crash, has_died, _ in ends if not has_died)
    tried = {crash.point for crash, has_died, _ in ends if has_died}
    record_property("crash points", f"{guarantee}: {len(points)} known, {len(tried)} tried, {len(broken)} violations")
    print(f"{guarantee}: {len(tried)} of {len(points)} points, {len(ends)} deaths, {len(broken)} violations")
    print("not reached again:", *missed, sep="\n  ")
    assert not broken, "\n\n".join(broken)
    assert len(tried) >= 0.9 * len({crash.point for crash, _, _ in ends}), missed
