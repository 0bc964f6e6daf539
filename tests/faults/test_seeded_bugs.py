"""The judge catches the bugs that people write: each is patched into a real worker on a real Kafka."""

from pathlib import Path

import pytest

from faults import bugs, checker, sowing
from faults.bugs import BUGS, CALM, JOIN, PRESSURES, SWAP
from faults.ledger import Evidence
from faults.subject import Plan
from faults.trial import Trial, trial
from harness import toy
from harness.brokers import Quick

pytestmark = pytest.mark.kafka

SEED = 11
SECRET = "c4n4ry-of-a-password"
RECORDS = 240


async def run(quick: Quick, folder: Path, plan: Plan, scenario: str) -> tuple[Trial, Evidence]:
    """Return a run of 240 records, half of them written before the worker starts, and what it left behind.

    Nobody dies in any scenario, so that nothing may be doubled.
    """
    async with trial(quick.bootstrap, folder, SEED, block=toy.block(2.0), session_timeout_ms=1_000) as t:
        field = list(sowing.toys(SEED, RECORDS, secret=SECRET))
        await t.feed(field[: RECORDS // 2])
        worker = await t.start("a", plan)
        feeding = t.feed(field[RECORDS // 2 :], rate=80)
        await worker.until(lambda status: bool(status.lanes))
        if scenario == JOIN:
            await t.start("b", plan)
        if scenario == SWAP:
            t.propose(toy.block(3.0))
        await feeding
        await t.finish(within_s=8)
        return t, await t.evidence(is_calm=True, secrets=[SECRET.encode()])


@pytest.mark.parametrize("name", BUGS)
async def test_every_seeded_bug_is_caught(quick: Quick, tmp_path: Path, name: str) -> None:
    bug = BUGS[name]

    t, evidence = await run(quick, tmp_path, Plan(bug=name, pressure=bug.pressure), bug.scenario)

    found = checker.violations(evidence)
    assert bug.breaks in {violation.invariant for violation in found}, checker.explained(SEED, t.schedule, found)


@pytest.mark.parametrize("scenario", [CALM, JOIN, SWAP])
@pytest.mark.parametrize("pressure", ["", *PRESSURES])
async def test_a_sound_worker_passes_under_the_same_hardships(
    quick: Quick, tmp_path: Path, pressure: str, scenario: str
) -> None:
    t, evidence = await run(quick, tmp_path, Plan(pressure=pressure), scenario)

    found = checker.violations(evidence)
    assert not found, checker.explained(SEED, t.schedule, found)


def test_there_are_at_least_twelve_bugs() -> None:
    assert len(bugs.BUGS) >= 12
