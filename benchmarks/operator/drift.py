"""Children deleted and edited behind the operator's back: how long until a watcher sees them whole again."""

import asyncio
import time
from typing import Final, NamedTuple

from benchmarks.operator.scene import LIMIT_S, Scene
from benchmarks.operator.seen import newer, replaced

from scoring_operator.cluster.kube.kinds import BY_NAME, CHILDREN
from scoring_operator.desired import naming
from scoring_operator.facts import Manifest
from scoring_service.contract.names import SCORER_FILE

PAUSE_S: Final = 0.2
"""Between two of them."""
NEVER_S: Final = 15.0
"""After which an operator that does not look after its children is not waited for."""
STRIDE: Final = 37
"""Pipelines between two that are hurt one after the other."""
RELABELLED: Final = {"metadata": {"labels": {"app.kubernetes.io/component": "drifted"}}}
"""The edit of a kind that has none of its own here."""
EDITS: Final[dict[str, Manifest]] = {
    "Deployment": {"spec": {"replicas": 5, "minReadySeconds": 99}},
    "ConfigMap": {"data": {SCORER_FILE: "rubbish"}},
}


class Repair(NamedTuple):
    """One repair."""

    what: str
    """Kind, and `deleted` or `edited`."""
    took_s: float
    """From our request, its own time included, until a watcher saw the repair."""


async def measure(scene: Scene, rounds: int) -> list[Repair]:
    """Delete and edit a child of each kind `rounds` times, each time of another pipeline."""
    repairs: list[Repair] = []
    for number in range(rounds):
        for kind in CHILDREN:
            for hurt in (_deleted, _edited):
                await asyncio.sleep(PAUSE_S)
                name = scene.names[(len(repairs) * STRIDE + number) % len(scene.names)]
                repairs.append(await hurt(scene, _child(scene, kind.name, name), LIMIT_S))
    return repairs


async def probe(scene: Scene) -> list[Repair]:
    """Delete one child; return its repair, nothing if it has not come back after `NEVER_S`: then it is put back."""
    child = _child(scene, "PodDisruptionBudget", scene.names[0])
    try:
        return [await _deleted(scene, child, NEVER_S)]
    except TimeoutError:
        meta = {part: child["metadata"][part] for part in ("name", "labels", "ownerReferences")}
        await scene.api.create(BY_NAME[child["kind"]].path(scene.namespace), {"metadata": meta, "spec": child["spec"]})
        return []


async def _deleted(scene: Scene, child: Manifest, within_s: float) -> Repair:
    kind, name = child["kind"], child["metadata"]["name"]
    called = time.perf_counter()
    await scene.api.delete(BY_NAME[kind].path(scene.namespace, name))
    return Repair(f"{kind} deleted", await scene.until(kind, name, replaced(child), within_s) - called)


async def _edited(scene: Scene, child: Manifest, within_s: float) -> Repair:
    kind, name = child["kind"], child["metadata"]["name"]
    edit = EDITS.get(kind, RELABELLED)

    def is_whole(seen: Manifest | None) -> bool:
        return seen is not None and all(
            seen[part][member] == child[part][member] for part, members in edit.items() for member in members
        )

    called = time.perf_counter()
    edited = await scene.api.merge(BY_NAME[kind].path(scene.namespace, name), edit)
    back = await scene.until(kind, name, lambda seen: newer(edited)(seen) and is_whole(seen), within_s)
    return Repair(f"{kind} edited", back - called)


def _child(scene: Scene, kind: str, pipeline: str) -> Manifest:
    """Return a child of a pipeline as it is now; of two ConfigMaps the live one, for the other cannot be edited."""
    found = [
        manifest
        for (of, name), manifest in scene.seen.objects.items()
        if of == kind and (owner := naming.owner(manifest)) and owner[0].name == pipeline
        and not naming.is_startup(name, pipeline)
    ]  # fmt: skip
    return {**found[0], "kind": kind}
