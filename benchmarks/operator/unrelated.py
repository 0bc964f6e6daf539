"""Large Secrets of somebody else beside the pipelines: an operator that keeps what it does not need grows by them."""

import asyncio
from typing import Final, NamedTuple

from benchmarks.operator.sampling import rss_mb
from benchmarks.operator.scene import Scene
from benchmarks.operator.steady import POLL_S

from scoring_operator.facts import Manifest

SECRETS: Final = 300
SIZE: Final = 1_000_000
"""Bytes of each."""
AT_ONCE: Final = 4


class Unrelated(NamedTuple):
    """Resident sets in MB of 10^6 bytes."""

    secrets: int
    before_mb: float
    most_mb: float
    """Highest from the first Secret until all pods were asked after the last."""


async def measure(scene: Scene) -> Unrelated:
    """Create the Secrets between two rounds of questions to all pods."""
    path, slots = f"/api/v1/namespaces/{scene.namespace}/secrets", asyncio.Semaphore(AT_ONCE)

    async def create(number: int) -> None:
        async with slots:
            await scene.api.create(path, secret(number))

    await scene.quiet()
    await asyncio.sleep(POLL_S)
    before = rss_mb(scene.pid)
    scene.samples.forget()
    await asyncio.gather(*map(create, range(SECRETS)))
    await asyncio.sleep(POLL_S)
    return Unrelated(SECRETS, before, scene.samples.peak_rss_mb)


def secret(number: int) -> Manifest:
    """Return one of them."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": f"unrelated-{number}"},
        "stringData": {"content": "x" * SIZE},
    }
