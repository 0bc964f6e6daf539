"""What a worker in this process delivers within a window, and which threads get its CPU time."""

import asyncio
import threading
import time
from collections.abc import Awaitable
from typing import NamedTuple

from scoring_service.worker.worker import Worker

LOOK_EVERY_S = 0.02


class Window(NamedTuple):
    """One stretch of time with enough to do."""

    scoring_share: float
    """Of the process's CPU time: what the stream's scoring thread got."""
    per_wall_s: float
    """Records delivered."""
    per_cpu_s: float
    """Records delivered per CPU-second of the process, requests included."""


async def measured(worker: Worker, end: Awaitable[object]) -> Window:
    """Return what a worker has done until `end`."""
    delivered, began = worker.metrics.delivered, time.perf_counter()
    cpu_s, scoring_s = time.process_time(), _scoring_s()
    await end
    count, wall_s = worker.metrics.delivered - delivered, time.perf_counter() - began
    cpu_s, scoring_s = time.process_time() - cpu_s, _scoring_s() - scoring_s
    return Window(scoring_s / cpu_s, count / wall_s, count / cpu_s)


async def until(worker: Worker, delivered: int) -> None:
    """Return once a worker has delivered so many records."""
    while worker.metrics.delivered < delivered:
        await asyncio.sleep(LOOK_EVERY_S)


def _scoring_s() -> float:
    """Return the CPU time of the stream's scoring thread."""
    (thread,) = [thread for thread in threading.enumerate() if thread.name.startswith("scoring")]
    assert thread.ident is not None  # noqa: S101 - it runs
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
