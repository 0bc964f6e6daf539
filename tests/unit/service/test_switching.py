"""Who waits how long for the interpreter."""

import asyncio
import sys
from collections.abc import Iterator

import pytest

from scoring_service import switching


@pytest.fixture(autouse=True)
def interval() -> Iterator[None]:
    """Leave the interval of this process as it was."""
    usual = sys.getswitchinterval()
    yield
    sys.setswitchinterval(usual)


async def test_a_hurry_lasts_until_the_next_turn_of_the_loop_however_many_began() -> None:
    switching.hurry()
    switching.hurry()
    during = sys.getswitchinterval()

    await asyncio.sleep(0)

    assert during == pytest.approx(switching.BRISK_S)
    assert sys.getswitchinterval() == pytest.approx(switching.USUAL_S)
