"""Waiting for what another process does: asked again and again, up to a deadline."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(ask: Callable[[], T], holds: Callable[[T], bool], *, within_s: float, every_s: float = 0.2) -> T:
    """Return the first answer of `ask` that holds; `ask` runs in a thread, so it may block.

    Raises:
        TimeoutError: There was none in time; the text is the last answer.
    """
    deadline = time.monotonic() + within_s
    while True:
        answer = await asyncio.to_thread(ask)
        if holds(answer):
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within_s} s; last: {answer!r}"[:2000])
        await asyncio.sleep(every_s)
