"""The judge catches the bugs that people write: each is patched into a real worker on a real Kafka."""

import asyncio
import json
import signal
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Final

import pytest

from faults import checker, sowing
from faults.bugs import BUDGET, BUGS, CALM, JOIN, SWAP, ZOMBIE
from faults.crew import Worker
from faults.ledger import AT_LEAST_ONCE, EXACTLY_ONCE, Evidence
from faults.subject import Plan
from faults.trial import Trial, trial
from harness import toy
from harness.brokers import Quick
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.contract.startup import StartupFailureBudget
from scoring_service.contract.worker_status import WorkerStatus

pytestmark = pytest.mark.kafka

SEED = 11
CANARY = "c4n4ry-of-a-password"
RECORDS = 240
MANY = 100_000
"""As many as are needed until all has happened."""


async def run(
    quick: Quick, folder: Path, plan: Plan, scenario: str, guarantee: str = AT_LEAST_ONCE
) -> tuple[Trial, Evidence]:
    """Return a run of 240 records, half of them written before the worker starts, and what it left behind."""
    block, options = toy.block(2.0), {"session_timeout_ms": 1_000, "guarantee": guarantee}
    field = sowing.toys(SEED, MANY if scenario in (JOIN, ZOMBIE) else RECORDS, secret=CANARY)
    enough = asyncio.Event()
    if scenario == BUDGET:
        block = ScorerBlock(member="sums", parameters={"weight": 2.0})
        field = sowing.sums(SEED, RECORDS, 1)
        options |= {"partitions": 1, "failure_budget": StartupFailureBudget(percent=1, window_ms=60_000)}
    async with trial(quick.bootstrap, folder, SEED, block=block, **options) as t:
        await t.feed(islice(field, RECORDS // 2))
        worker = await t.start("a", plan)
        feeding = t.feed(field, 80, enough)
        await worker.until(lambda status: bool(status.lanes))
        await SCENARIOS[scenario](t, worker, plan)
        if scenario in (JOIN, ZOMBIE):
            enough.set()
        await feeding
        await t.finish(within_s=10)
        # nobody dies, so nothing may be doubled; only a zombie's writes are late
        is_calm = scenario != ZOMBIE
        return t, await t.evidence(is_calm=is_calm, secrets=[CANARY.encode()])


async def _calm(t: Trial, worker: Worker, plan: Plan) -> None:
    pass


async def _join(t: Trial, worker: Worker, plan: Plan) -> None:
    other = await t.start("b", plan)
    await other.until(lambda status: status.scored_total > 0)


async def _swap(t: Trial, worker: Worker, plan: Plan) -> None:
    t.propose(toy.block(3.0))


async def _budget(t: Trial, worker: Worker, plan: Plan) -> None:
    for number in range(3):
        # not by the lag, which is from before: the ends of partitions are asked for once a second
        kept = await worker.until(lambda s: s.lanes[0].reason == "FailureBudgetExceeded" or _is_through(s))
        if _is_through(kept):
            return
        t.resume(str(number))
        await worker.until(lambda s, before=kept.scored_total: s.scored_total > before)


def _is_through(status: WorkerStatus) -> bool:
    return (status.lanes[0].position or 0) >= RECORDS


async def _zombie(t: Trial, worker: Worker, plan: Plan) -> None:
    await worker.until(lambda status: status.scored_total > 20)
    t.note("SIGSTOP a")
    worker.signal(signal.SIGSTOP)
    other = await t.start("b", plan)
    await other.until(lambda status: status.scored_total > 0)
    t.note("SIGCONT a")
    worker.signal(signal.SIGCONT)


SCENARIOS: Final = {CALM: _calm, JOIN: _join, SWAP: _swap, BUDGET: _budget, ZOMBIE: _zombie}


@pytest.mark.parametrize("name", BUGS)
async def test_every_seeded_bug_is_caught(
    quick: Quick, tmp_path: Path, name: str, record_property: Callable[[str, object], None]
) -> None:
    bug = BUGS[name]

    t, evidence = await run(quick, tmp_path, Plan(bug=name, pressure=bug.pressure), bug.scenario, bug.guarantee)

    found = checker.violations(evidence)
    record_property("bug", json.dumps({"bug": name, "guarantee": bug.guarantee, "breaks": bug.breaks}))
    assert bug.breaks in {violation.invariant for violation in found}, checker.explained(SEED, t.schedule, found)


HARDSHIPS = [
    *[(AT_LEAST_ONCE, "", scenario) for scenario in SCENARIOS],
    # the scorer of the budget's scenario keeps a state, which only at-least-once does
    *[(EXACTLY_ONCE, "", scenario) for scenario in SCENARIOS if scenario != BUDGET],
    *sorted({(bug.guarantee, bug.pressure, bug.scenario) for bug in BUGS.values() if bug.pressure}),
]


@pytest.mark.parametrize(("guarantee", "pressure", "scenario"), HARDSHIPS)
async def test_a_sound_worker_passes_under_the_same_hardships(
    quick: Quick, tmp_path: Path, guarantee: str, pressure: str, scenario: str
) -> None:
    t, evidence = await run(quick, tmp_path, Plan(pressure=pressure), scenario, guarantee)

    found = checker.violations(evidence)
    assert not found, checker.explained(SEED, t.schedule, found)


def test_there_are_at_least_twelve_bugs() -> None:
    assert len(BUGS) >= 12
