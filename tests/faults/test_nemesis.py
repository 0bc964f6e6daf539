"""Anything may happen at any time, to runs of both guarantees at once: the ledger must balance."""

import asyncio
import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pytest

from faults import checker, measures, sowing
from faults.extent import GUARANTEES, SEED, extent
from faults.nemesis import LASTS_S, PAUSE_S, Nemesis, added, unexplained
from faults.steps import steps
from faults.trial import Trial, trial
from harness import toy
from harness.brokers import Trio
from harness.proxy import proxies

SECONDS: Final = float(os.environ.get("NEMESIS_SECONDS", extent(45, 600)))

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(SECONDS + 400), pytest.mark.xdist_group("trio")]

PARTITIONS = 6
MANY = 10_000_000
"""As many as are needed until it is over."""
RATE = 150.0


def test_a_seed_gives_the_same_faults_again() -> None:
    given = (["a", "b", "c"], LASTS_S, PAUSE_S)

    assert list(islice(steps(SEED, *given), 50)) == list(islice(steps(SEED, *given), 50))
    assert list(islice(steps(SEED, *given), 50)) != list(islice(steps(SEED + 1, *given), 50))


async def test_random_faults_of_all_kinds_break_no_promise(
    trio: Trio, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    door = ",".join(door.bootstrap for door in trio.doors)
    options: dict[str, Any] = {"door": door, "block": toy.block(), "partitions": PARTITIONS, "replication": 3}
    async with AsyncExitStack() as stack:
        lines = await stack.enter_async_context(proxies(trio.doors, SEED))
        trials = [
            await stack.enter_async_context(trial(trio.bootstrap, tmp_path, SEED, guarantee=guarantee, **options))
            for guarantee in GUARANTEES
        ]
        nemesis, enough = Nemesis(trio, lines, trials), asyncio.Event()
        feeds = [await _under_load(t, enough) for t in trials]
        await nemesis.rage(SEED, SECONDS)
        enough.set()
        await asyncio.gather(*feeds)
        await asyncio.gather(*(t.finish(within_s=150) for t in trials))
        broken = [text for t in trials if (text := await _judged(t, record_property))]

    done = ", ".join(f"{count} x {kind}" for kind, count in sorted(nemesis.done.items()))
    record_property("nemesis", f"{SECONDS:.0f} s, seed {SEED}: {done}; {len(broken)} of {len(trials)} ledgers broken")
    assert not broken, "\n\n".join(broken)
    assert nemesis.done, "it did nothing"


async def _under_load(t: Trial, enough: asyncio.Event) -> "asyncio.Task[None]":
    await added(t)
    await added(t)
    feed = t.feed(sowing.toys(SEED, MANY), RATE, enough)
    await t.workers[0].until(lambda status: status.scored_total > 100)
    return feed


async def _judged(t: Trial, record_property: Callable[[str, object], None]) -> str:
    """Return what was broken, with seed and schedule; empty if nothing was."""
    evidence = await t.evidence()
    found, ends = checker.violations(evidence), unexplained(t)
    figures = (
        f"{evidence.guarantee}: {len(evidence.inputs)} records, {len(t.workers)} workers, "
        f"{checker.duplicates(evidence)} duplicates, longest silence of a partition "
        f"{measures.silence_s(evidence):.1f} s, {len(found)} violations, {len(ends)} workers that ended by themselves"
    )
    record_property("nemesis", figures)
    print(figures)
    if not found and not ends:
        return ""
    return "\n".join([evidence.guarantee, checker.explained(t.seed, t.schedule, found), *ends])
