"""`--wait`: looking again until something has happened, or the wait is over."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final, TypeVar

LOOK_EVERY_S: Final = 0.5

_Seen = TypeVar("_Seen")


async def awaited(look: Callable[[], Awaitable[_Seen]], has_come: Callable[[_Seen], bool], within_s: float) -> _Seen:
    """Return what was seen first that `has_come`, or what was seen last when the wait is over."""
    deadline = monotonic() + within_s
    while True:
        seen = await look()
        if has_come(seen) or monotonic() >= deadline:
            return seen
        await asyncio.sleep(LOOK_EVERY_S)
