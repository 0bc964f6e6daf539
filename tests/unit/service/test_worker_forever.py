"""A part of the worker must not end unnoticed."""

import asyncio

import pytest

from scoring_service.worker.forever import forever


async def test_a_part_that_is_cancelled_from_within_is_a_defect() -> None:
    async def part() -> None:
        inner = asyncio.create_task(asyncio.Event().wait())
        asyncio.get_running_loop().call_soon(inner.cancel)
        await inner

    with pytest.raises(ExceptionGroup) as raised:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(forever(part()))

    assert raised.group_contains(RuntimeError, match="cancelled from within")


async def test_a_part_that_returns_is_a_defect() -> None:
    async def part() -> None:
        return

    with pytest.raises(RuntimeError, match="ended by itself"):
        await forever(part())


async def test_a_part_that_is_cancelled_by_us_is_none() -> None:
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        task = tasks.create_task(forever(asyncio.sleep(3600)))
        await asyncio.sleep(0)
        task.cancel()

    assert task.cancelled()
