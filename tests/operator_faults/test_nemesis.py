"""Anything may happen to the operator's world at any time: afterwards all is as if nothing had."""

import os
import time
from collections.abc import Callable
from itertools import islice
from typing import Final

import pytest

from faults.extent import SEED, extent
from faults.results import Row
from faults.steps import steps
from operator_faults import truth
from operator_faults.hurt import Hurt
from operator_faults.nemesis import LASTS_S, PAUSE_S, Nemesis

SECONDS: Final = float(os.environ.get("NEMESIS_SECONDS", extent(30, 600)))
WITHIN_S: Final = 120.0

pytestmark = [pytest.mark.apiserver, pytest.mark.timeout(SECONDS + 600)]


def test_a_seed_gives_the_same_faults_again() -> None:
    given = (["a", "b", "c"], LASTS_S, PAUSE_S)

    assert list(islice(steps(SEED, *given), 50)) == list(islice(steps(SEED, *given), 50))
    assert list(islice(steps(SEED, *given), 50)) != list(islice(steps(SEED + 1, *given), 50))


async def test_random_faults_of_all_kinds_leave_nothing_behind(
    hurt: Hurt, row: Row, record_property: Callable[[str, object], None]
) -> None:
    """Row 41."""
    await hurt.begin()
    nemesis = Nemesis(hurt)
    async with hurt.watched():
        await nemesis.rage(SEED, SECONDS)
        healed_at = time.monotonic()
        try:
            recovery_s = await hurt.recovered(healed_at, WITHIN_S)
            await nemesis.operator.ready()
            await hurt.rests(nemesis.operator)
        except AssertionError as error:
            error.add_note("\n".join([f"seed {SEED}", *nemesis.schedule]))
            raise

    done = ", ".join(f"{count} x {kind}" for kind, count in sorted(nemesis.done.items()))
    record_property("nemesis", f"{SECONDS:.0f} s, seed {SEED}: {done}")
    print(done)
    row(41, seconds=SECONDS, faults=nemesis.done.total(), recovery_s=recovery_s, bound_s=WITHIN_S)
    assert truth.made_false(hurt.samples) == []
    assert truth.false_for_s(hurt.samples, healed_at) <= WITHIN_S
    assert nemesis.operator.code is None
