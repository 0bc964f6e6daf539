"""An operator whose eyes are shut ends, instead of going on blind."""

import asyncio

import pytest

from scoring_operator.app import until_told
from scoring_operator.errors import ClusterUnavailable


async def _crash() -> None:
    raise ZeroDivisionError


async def _end() -> None:
    pass


async def _last() -> None:
    await asyncio.Event().wait()


async def test_what_crashes_ends_the_operator_with_its_own_error() -> None:
    last, crashing = asyncio.create_task(_last()), asyncio.create_task(_crash())

    with pytest.raises(ZeroDivisionError):
        await until_told(asyncio.Event(), last, crashing)

    last.cancel()


async def test_what_ends_by_itself_ends_the_operator() -> None:
    last, ending = asyncio.create_task(_last()), asyncio.create_task(_end())

    with pytest.raises(ClusterUnavailable, match="by itself"):
        await until_told(asyncio.Event(), last, ending)

    last.cancel()


async def test_an_operator_that_is_told_to_stop_ends_well() -> None:
    last, stop = asyncio.create_task(_last()), asyncio.Event()
    stop.set()

    await until_told(stop, last)

    last.cancel()
