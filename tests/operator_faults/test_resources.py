"""An operator that runs out of what a process may have: it goes on with what it has, and recovers."""

import asyncio
import resource
import time
from pathlib import Path
from typing import Final

import pytest

from faults.extent import extent
from faults.results import Row
from operator_faults.hurt import Hurt, held_by

pytestmark = [pytest.mark.apiserver, pytest.mark.timeout(600)]

WITHIN_S: Final = 60.0


def descriptors(pid: int) -> list[Path]:
    """Return what a process has open."""
    return list(Path(f"/proc/{pid}/fd").iterdir())


async def test_an_operator_without_a_descriptor_to_spare_recovers(hurt: Hurt, row: Row) -> None:
    """Row 36. Every connection of it is reset, and it may open no other."""
    operator = await hurt.begin()
    pods = await hurt.uids()
    usual = resource.prlimit(operator.pid, resource.RLIMIT_NOFILE)
    fewest = len(descriptors(operator.pid)) - 6
    resource.prlimit(operator.pid, resource.RLIMIT_NOFILE, (fewest, usual[1]))
    hurt.proxy.cut()
    await hurt.weigh(0.2)
    await asyncio.sleep(extent(8.0, 60.0))
    held, _ = held_by(operator.pid)
    resource.prlimit(operator.pid, resource.RLIMIT_NOFILE, usual)
    raised_at = time.monotonic()
    recovery_s = await hurt.recovered(raised_at, WITHIN_S)
    await hurt.rests(operator)

    row(36, descriptors="none to spare", held=held, recovery_s=recovery_s, bound_s=WITHIN_S)
    assert operator.code is None
    assert await hurt.uids() == pods
