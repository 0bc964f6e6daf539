"""A leader that cannot reach the API server any more, and clocks that are wrong: one writes, and no lease suffers."""

import asyncio
import time
from pathlib import Path
from typing import Final

import pytest

from faults.extent import SEED, extent
from faults.results import Row
from harness.api_proxy import ApiProxy, through
from harness.apiserver import Apiserver
from harness.operated import leads, writes
from harness.operators import OperatorProcess
from harness.prerequisites import without
from operator_faults.hurt import Hurt

pytestmark = [pytest.mark.apiserver, pytest.mark.timeout(900)]

FOLLOWED_WITHIN_S: Final = 20.0
WITHIN_S: Final = 60.0
HOUR_S: Final = 3600
FAKETIME: Final = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))


async def test_a_leader_that_is_cut_off_is_followed_and_writes_no_more(
    hurt: Hurt, server: Apiserver, tmp_path: Path, row: Row
) -> None:
    """Row 25. That one which is killed is followed says `test_operator_availability.py`."""
    leader = await hurt.begin()
    await leads(leader)
    pods = await hurt.uids()
    other = ApiProxy(hurt.proxy._server, server.pki, SEED)
    async with other.listening() as near, hurt.watched():
        standby = await hurt.start("second", kubeconfig=through(hurt.kubeconfig, near, tmp_path / "second.kubeconfig"))
        cut_at = time.monotonic()
        hurt.proxy.refuse()
        revision = await hurt.weigh(0.2)
        await leads(standby)
        followed_s = time.monotonic() - cut_at
        recovery_s = await hurt.recovered(cut_at, WITHIN_S)
        was_leading = leader.is_leading
        healed_at = hurt.heal()
        await asyncio.sleep(extent(3.0, 30.0))

        row(25, leader="cut off", followed_s=followed_s, bound_s=FOLLOWED_WITHIN_S, all_done_s=recovery_s)
        assert followed_s < FOLLOWED_WITHIN_S
        assert not was_leading
        assert [asked.call for asked in hurt.proxy.since(cut_at) if asked.call.writes] == []
        assert standby.is_leading
        assert not leader.is_leading
        assert (await hurt.pipeline())["status"]["revision"]["serving"] == revision
        assert [process.code for process in (leader, standby)] == [None, None]
        assert await hurt.uids() == pods
        hurt.told_the_truth(healed_at, WITHIN_S)
        standby.end()  # before its line goes


async def test_of_two_versions_one_acts_and_an_upgrade_that_wants_the_same_writes_nothing(hurt: Hurt, row: Row) -> None:
    """Row 26. What becomes of two releases tells `test_operator_scope.py`."""
    old = await hurt.begin()
    await leads(old)
    versions, pods = await hurt.versions(), await hurt.uids()
    new = await hurt.start("second", environment={"SCORING_PARALLELISM": "2"})
    assert not new.is_leading
    began = time.monotonic()

    old.end()
    await leads(new)
    followed_s = time.monotonic() - began
    await hurt.rests(new)

    row(26, leader="of an older version, replaced", followed_s=followed_s, writes=len(writes(new)), bound_s=20.0)
    assert followed_s < FOLLOWED_WITHIN_S
    assert writes(new) == {}
    assert len((await hurt.versions()).items() ^ versions.items()) == 2, "more than the pod that was poked has changed"
    assert await hurt.uids() == pods


class Clock:
    """The wall clock of a process, which may be set at any time; seconds that only count are left alone."""

    def __init__(self, folder: Path, ahead_s: int) -> None:
        self._file = folder / "clock"
        self.set(ahead_s)

    def set(self, ahead_s: int) -> None:
        """Let it be so far ahead."""
        self._file.write_text(f"{ahead_s:+d}\n")

    @property
    def environment(self) -> dict[str, str]:
        """What a process with this clock is started with."""
        return {
            "LD_PRELOAD": str(FAKETIME[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


async def test_a_wall_clock_that_steps_back_and_forth_by_an_hour_harms_nothing(
    hurt: Hurt, tmp_path: Path, row: Row
) -> None:
    """Row 33. Clocks that are wrong from the start: `test_operator_availability.py`."""
    if not FAKETIME:
        without("no libfaketime: install the package faketime")
    clock = Clock(tmp_path, HOUR_S)
    operator: OperatorProcess = await hurt.start("first", environment=clock.environment)
    await hurt.create()
    pods, transitions = await hurt.uids(), (await hurt.lease())["leaseTransitions"]
    took = []
    for number, ahead_s in enumerate((0, HOUR_S, 1)):
        clock.set(ahead_s)
        began = time.monotonic()
        await hurt.weigh(0.1 + number / 10)
        took.append(await hurt.recovered(began, WITHIN_S))
        await asyncio.sleep(extent(1.0, 30.0))
    await hurt.rests(operator)

    row(33, clock="stepped by an hour, back, forth, back", recovery_s=max(took), bound_s=WITHIN_S)
    assert (await hurt.lease())["leaseTransitions"] == transitions
    assert not operator.said("no longer leading")
    assert not operator.said("reconcile crashed")
    assert await hurt.uids() == pods
