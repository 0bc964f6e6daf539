"""An operator at rest over idle topics: what it writes, what it costs to look at every pod again and again."""

import asyncio
import time
from collections import Counter
from typing import Final, NamedTuple

from benchmarks.operator.audit import LEASES, reads, writes
from benchmarks.operator.scene import Scene

from scoring_operator.reconcile import STEADY_S

POLL_S: Final = STEADY_S[1] + 5
"""Seconds in which an operator at rest asks every pod."""


class Steady(NamedTuple):
    """One window of time."""

    window_s: float
    cores: float
    """CPU seconds of the operator per second."""
    rss_mb: float
    """Highest, in MB of 10^6 bytes."""
    writes: Counter[str]
    """By resource, without Leases."""
    lease_writes: int
    reads: int
    """Answered requests that are no writes."""
    asked_per_s: float
    """Pods asked for their status, per second."""


async def measure(scene: Scene, window_s: float) -> Steady:
    """Look on for so many seconds, after everybody was asked once."""
    await scene.quiet()
    await asyncio.sleep(POLL_S)
    scene.samples.forget()
    mark, cpu_s, asked, began = scene.audit.mark(), scene.cpu_s(), await scene.asked(), time.perf_counter()
    await asyncio.sleep(window_s)
    took, cpu_s, later = time.perf_counter() - began, scene.cpu_s() - cpu_s, await scene.asked()
    requests = scene.audit.since(mark)
    return Steady(
        window_s=took,
        cores=cpu_s / took,
        rss_mb=scene.samples.peak_rss_mb,
        writes=writes(requests),
        lease_writes=sum(request.is_write and request.resource == LEASES for request in requests),
        reads=reads(requests),
        asked_per_s=(sum(later.values()) - sum(asked.values())) / took,
    )
