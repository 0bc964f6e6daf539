"""Random faults one after the other: what is drawn depends on a seed alone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from random import Random
from time import monotonic
from typing import NamedTuple

Seconds = tuple[float, float]
"""From and to."""


class Step(NamedTuple):
    """One fault, drawn before anybody knows whom it will hit."""

    kind: str
    pick: float
    """Whom it hits, or how often, as a share."""
    lasts_s: float
    pause_s: float
    """Until the next one of this hand."""


Act = Callable[[Step], Awaitable[None]]


def steps(seed: int, kinds: Sequence[str], lasts_s: Seconds, pause_s: Seconds) -> Iterator[Step]:
    """Yield faults without an end, the same for the same seed."""
    random = Random(seed)
    while True:
        yield Step(random.choice(kinds), random.random(), random.uniform(*lasts_s), random.uniform(*pause_s))


async def in_time(drawn: Iterator[Step], until: float) -> AsyncIterator[Step]:
    """Yield each fault after its pause, as long as that is before `until`, in monotonic seconds."""
    for step in drawn:
        await asyncio.sleep(min(step.pause_s, max(0.0, until - monotonic())))
        if monotonic() >= until:
            return
        yield step
