"""An operator that ends and starts again: until it has looked at everything, and until it has caught up."""

import asyncio
import time
from collections import Counter
from typing import Final, NamedTuple

from benchmarks.operator.audit import reads, writes
from benchmarks.operator.change import give_weight, until_weight
from benchmarks.operator.sampling import rss_mb
from benchmarks.operator.scene import Scene

EVERY: Final = 10
"""Each tenth pipeline is changed while there is no operator."""
FIRST_NUMBER: Final = 10_000
"""Of these changes' weights, which no other measurement has."""
WITHIN_S: Final = 300.0


class Restart(NamedTuple):
    """Two restarts; seconds from the start of the process."""

    ready_s: float
    """Until it said that it is ready, when nothing had changed."""
    asked_s: float | None
    """Until every pod had been asked for its status, when nothing had changed; None if it never asks them all."""
    writes: Counter[str]
    """Of the restart when nothing had changed."""
    reads: int
    rss_mb: float
    """At rest after it."""
    changes: int
    """Specs changed meanwhile, at the other restart."""
    caught_up_s: float
    """Until the children of all of these were written."""


async def measure(scene: Scene) -> Restart:
    """Restart it with nothing to do, then with changes made meanwhile."""
    await scene.operator.end()
    mark, before = scene.audit.mark(), await scene.asked()
    began = scene.operator.start()
    ready = await scene.operator.ready()
    asked = await _all_asked(scene, before) if scene.operator.contestant.is_ours else None
    await scene.quiet()
    requests, rss = scene.audit.since(mark), rss_mb(scene.pid)
    changed = scene.names[::-EVERY]
    caught_up = await _caught_up(scene, changed)
    await scene.quiet()
    return Restart(
        ready_s=ready - began,
        asked_s=asked and asked - began,
        writes=writes(requests),
        reads=reads(requests),
        rss_mb=rss,
        changes=len(changed),
        caught_up_s=caught_up,
    )


async def _all_asked(scene: Scene, before: dict[str, int]) -> float:
    async with asyncio.timeout(WITHIN_S):
        while any(count <= before.get(pod, 0) for pod, count in (await scene.asked()).items()):
            await asyncio.sleep(0.05)
    return time.perf_counter()


async def _caught_up(scene: Scene, names: list[str]) -> float:
    """Change pipelines while there is no operator; return the seconds from its start until all children follow."""
    await scene.operator.end()
    numbers = {name: FIRST_NUMBER + number for number, name in enumerate(names)}
    for name, number in numbers.items():
        await give_weight(scene, name, number)
    began = scene.operator.start()
    await scene.operator.ready()
    return max(await asyncio.gather(*(until_weight(scene, *changed) for changed in numbers.items()))) - began
