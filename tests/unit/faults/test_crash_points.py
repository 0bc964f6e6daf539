"""Where a task waits is seen through coroutines, asynchronous generators and plain generators."""

import asyncio
from collections.abc import AsyncIterator

from faults.crash_points import Points, Watched, frames


async def _inner() -> None:
    await asyncio.sleep(0)


async def _some() -> AsyncIterator[int]:
    await _inner()
    yield 1


async def _outer() -> int:
    return sum([number async for number in _some()])


def test_a_chain_of_awaits_is_followed_through_an_asynchronous_generator() -> None:
    waiting = _outer()
    waiting.send(None)

    names = [frame.f_code.co_name for frame in frames(waiting)]

    assert [name for name in names if not name.startswith("<")] == ["_outer", "_some", "_inner", "sleep", "__sleep0"]
    waiting.close()


async def test_a_watched_coroutine_returns_raises_and_is_cancelled_like_any_other() -> None:
    points = Points(None, "")

    async def fail() -> None:
        await _inner()
        raise ValueError("of its own")

    async def forever() -> None:
        await asyncio.Event().wait()

    loop = asyncio.get_running_loop()
    good, bad, endless = (asyncio.Task(Watched(made, points), loop=loop) for made in (_outer(), fail(), forever()))
    await asyncio.wait([good, bad, endless], timeout=0.05)
    endless.cancel()
    await asyncio.wait([endless])

    assert good.result() == 1
    assert str(bad.exception()) == "of its own"
    assert endless.cancelled()
