"""Many pipelines created at once, until all of them say Ready; and what each costs the API server."""

import asyncio
import time
from collections import Counter
from typing import Final, NamedTuple

from benchmarks.operator.audit import reads, writes
from benchmarks.operator.scene import AT_ONCE, Scene, is_ready

from harness.pipelines import a_manifest
from scoring_operator.cluster.kube.kinds import PIPELINE

WITHIN_S: Final = 900.0


class Creation(NamedTuple):
    """What it took."""

    pipelines: int
    all_ready_s: float
    """From the first request until the last one was seen to be Ready."""
    ready_s: list[float]
    """Each from its own request."""
    writes: Counter[str]
    """Of the operator until it was at rest, by resource."""
    reads: int
    cpu_s: float
    """Of the operator until it was at rest."""
    peak_rss_mb: float


async def measure(scene: Scene, count: int) -> Creation:
    """Create `count` pipelines as fast as the API server takes them."""
    scene.names = [f"pipeline-{number:04}" for number in range(count)]
    mark, cpu_s = scene.audit.mark(), scene.cpu_s()
    slots = asyncio.Semaphore(AT_ONCE)
    began = time.perf_counter()

    async def create(name: str) -> tuple[float, float]:
        manifest = {**a_manifest(topic=f"{name}-in"), "metadata": {"name": name}}
        async with slots:
            called = time.perf_counter()
            await scene.api.create(PIPELINE.path(scene.namespace), manifest)
        return called, await scene.until(PIPELINE.name, name, is_ready, WITHIN_S)

    found = await asyncio.gather(*map(create, scene.names))
    await scene.quiet()
    asked = scene.audit.since(mark)
    return Creation(
        pipelines=count,
        all_ready_s=max(ready for _, ready in found) - began,
        ready_s=[ready - called for called, ready in found],
        writes=writes(asked),
        reads=reads(asked),
        cpu_s=scene.cpu_s() - cpu_s,
        peak_rss_mb=scene.samples.peak_rss_mb,
    )
