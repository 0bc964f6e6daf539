"""Specs changed, one after the other and all at once: how long until the child that follows from it is written."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, Final, NamedTuple

import msgspec
from benchmarks.operator.scene import AT_ONCE, Scene
from benchmarks.operator.seen import Holds

from scoring_operator.desired import naming
from scoring_operator.facts import Manifest
from scoring_service.contract.names import SCORER_FILE

EVERY_S: Final = 0.2
"""Between the beginnings of two changes, whether the former one is through or not."""
WITHIN_S: Final = 300.0
STEP: Final = 1e-6
"""Between two weights: each is another revision."""


class Change(NamedTuple):
    """What changes took; seconds from the request until a watcher saw the child."""

    weights_s: list[float]
    """Until the live ConfigMap had the new weight."""
    replicas_s: list[float]
    """Until the Deployment had the new number of replicas."""
    all_at_once_s: list[float]
    """As `weights_s`, of every pipeline at the same time."""


async def measure(scene: Scene, count: int) -> Change:
    """Change a weight, and the replicas, of `count` pipelines; then a weight of all at once."""
    weights = await _paced([change_weight(scene, name, number) for number, name in enumerate(_spread(scene, count))])
    await scene.quiet()
    replicas = await _paced([_change_replicas(scene, name) for name in _spread(scene, count)])
    await scene.quiet()
    slots = asyncio.Semaphore(AT_ONCE)
    every = (change_weight(scene, name, count + number, slots) for number, name in enumerate(scene.names))
    at_once = list(await asyncio.gather(*every))
    await scene.quiet()
    return Change(weights, replicas, at_once)


def weight(number: int) -> float:
    """Return the weight of the change of that number: each has its own."""
    return round(0.3 + STEP * number, 9)


def has_weight(wanted: float) -> Holds:
    """Return a condition on a live ConfigMap: a revision with that weight is proposed, or serves."""

    def holds(seen: Manifest | None) -> bool:
        file = msgspec.json.decode(seen["data"][SCORER_FILE]) if seen else {}
        slots = [file[slot] for slot in ("serving", "proposed") if file.get(slot)]
        return any(slot["parameters"]["weights"]["trading"] == wanted for slot in slots)

    return holds


async def change_weight(scene: Scene, name: str, number: int, slots: asyncio.Semaphore | None = None) -> float:
    """Give a pipeline the weight of that number; return the seconds until its live ConfigMap had it."""
    async with slots or asyncio.Semaphore():
        called = time.perf_counter()
        await give_weight(scene, name, number)
    return await until_weight(scene, name, number) - called


async def give_weight(scene: Scene, name: str, number: int) -> None:
    """Give a pipeline the weight of that number."""
    await scene.merge(name, {"scorer": {"walletReputation": {"weights": {"trading": weight(number)}}}})


async def until_weight(scene: Scene, name: str, number: int) -> float:
    """Return when the live ConfigMap of a pipeline was seen to have the weight of that number."""
    return await scene.until("ConfigMap", naming.live_name(name), has_weight(weight(number)), WITHIN_S)


async def _change_replicas(scene: Scene, name: str) -> float:
    called = time.perf_counter()
    await scene.merge(name, {"replicas": 2})

    def holds(seen: Manifest | None) -> bool:
        return seen is not None and seen["spec"]["replicas"] == 2

    return await scene.until("Deployment", name, holds, WITHIN_S) - called


async def _paced(changes: list[Coroutine[Any, Any, float]]) -> list[float]:
    """Return what each gave, begun one after the other at an even pace."""
    begun = []
    for change in changes:
        begun.append(asyncio.create_task(change))
        await asyncio.sleep(EVERY_S)
    return list(await asyncio.gather(*begun))


def _spread(scene: Scene, count: int) -> list[str]:
    """Return so many pipelines, evenly over all."""
    step = len(scene.names) / min(count, len(scene.names))
    return [scene.names[int(number * step)] for number in range(min(count, len(scene.names)))]
