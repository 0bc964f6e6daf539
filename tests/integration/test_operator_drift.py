"""What somebody changes, takes away or deletes of any child is put back by the next look, counted and told.

Which children and which fields there are is read from a running pipeline: whatever the operator's field manager owns.
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from copy import deepcopy
from typing import Any, Final

import pytest

from harness.apiserver import Apiserver
from harness.edits import Edit, changes, owned, removal
from harness.kube_world import ADDRESSES, KubeWorld, comparable, kube_world
from harness.pipelines import a_manifest
from scoring_operator import scope
from scoring_operator.cluster.kube.client import MERGE, STEPS
from scoring_operator.cluster.kube.kinds import BY_NAME, CHILDREN
from scoring_operator.config import DEFAULT_CONTROLLER
from scoring_operator.errors import Conflict, InvalidManifest
from scoring_operator.events.event import Told
from scoring_operator.facts import Manifest

pytestmark = [pytest.mark.apiserver, pytest.mark.timeout(1200)]

MANAGER = scope.field_manager(DEFAULT_CONTROLLER)
RICH: dict[str, Any] = {
    "replicas": 2,
    "api": {"keysSecret": {"name": "score-keys"}},
    "kafka": {
        "bootstrapServers": ["kafka:9093"],
        "tls": {"caSecret": {"name": "ca", "key": "ca.crt"}},
        "sasl": {"scram": {"mechanism": "SCRAM-SHA-512", "secret": {"name": "me"}}},
    },
    "pod": {
        "env": [{"name": "TZ", "value": "UTC"}],
        "labels": {"team": "scores"},
        "resources": {"requests": {"cpu": "50m"}, "limits": {"memory": "256Mi"}},
        "tolerations": [{"key": "spot", "operator": "Exists"}],
    },
}
"""Parts of a spec that make children with many fields."""
every_kind = pytest.mark.parametrize("kind", [kind.name for kind in CHILDREN])


@pytest.fixture
async def world(kubeconfig: str, apiserver: Apiserver) -> AsyncIterator[KubeWorld]:
    """A world with a pipeline at rest."""
    async with kube_world(apiserver) as world:
        await world.put(a_manifest(**RICH))
        await world.rest()
        yield world


async def children_of(world: KubeWorld, kind: str) -> list[str]:
    """Return the names of the children of a kind."""
    names = [name.partition("/") for name in await world.objects()]
    return [name for of, _, name in names if of == kind]


async def edited(world: KubeWorld, stored: Manifest, tries: Sequence[Edit]) -> Edit | None:
    """Make the first edit that the API server takes and that changes something; return it, None if there is none."""
    for edit in tries:
        with suppress(InvalidManifest, Conflict):
            after = await world.edit(stored["kind"], stored["metadata"]["name"], edit.body, STEPS)
            if comparable(after) != comparable(stored):
                return edit
    return None


LEAST: Final = {
    "ServiceAccount": 12,
    "ConfigMap": 22,
    "Service": 18,
    "NetworkPolicy": 16,
    "Deployment": 120,
    "PodDisruptionBudget": 14,
}
"""Edits: of 14, 26, 22, 19, 148 and 17 that were possible."""


@every_kind
async def test_whatever_somebody_changes_or_takes_away_is_put_back_by_the_next_look(
    world: KubeWorld, kind: str, record_property: Callable[[str, object], None]
) -> None:
    before, began, done = await world.children(), time.monotonic(), 0
    for name in await children_of(world, kind):
        stored = await world.get(kind, name)
        for field in owned(stored, MANAGER):
            for tries in (changes(stored, field), [removal(field)]):
                world.drifted.clear()
                world.events.clear()
                edit = await edited(world, stored, tries)
                if edit is None:  # nobody can
                    continue

                await world.look()

                done += 1
                said = f"{kind} {name}: {edit}"
                if edit.field.endswith("/configMap/name"):
                    # pods may run with any guarantee: they end before others begin, which is a decision, and no drift
                    await world.rest()
                else:
                    assert world.drifted in ([(kind, "repaired")], [(kind, "recreated")]), said
                    assert [event.reason for event in world.events] == [Told.DRIFT_REPAIRED], said
                    assert f"{kind} {name}" in world.events[0].note, said
                assert comparable(await world.get(kind, name)) == comparable(stored), said
    assert done >= LEAST[kind], "nearly every field can be edited"
    assert await world.children() == before
    assert await world.writes_at_rest() == 0
    record_property("edits", done)
    print(f"{kind}: {done} edits put back, 0 missed, {time.monotonic() - began:.1f} s")


@every_kind
async def test_a_child_that_somebody_deletes_is_back_after_the_next_look(world: KubeWorld, kind: str) -> None:
    before = await world.children()
    for name in await children_of(world, kind):
        world.drifted.clear()
        await world.remove(kind, name)

        await world.look()

        assert await world.children() == before
        assert world.drifted == [(kind, "recreated")]


@every_kind
async def test_what_others_add_to_a_child_is_theirs(world: KubeWorld, kind: str) -> None:
    added = {"metadata": {"annotations": {"team.example/owner": "another"}}}
    names = await children_of(world, kind)
    for name in names:
        await world.edit(kind, name, added, MERGE)

    await world.rest()

    present = await world.children()
    for name in names:
        assert present[f"{kind}/{name}"]["metadata"]["annotations"]["team.example/owner"] == "another"
    assert world.drifted == []
    assert await world.writes_at_rest() == 0


async def test_the_replicas_that_an_autoscaler_has_written_are_left_alone(world: KubeWorld) -> None:
    await world.scale(4, "horizontal-pod-autoscaler")

    await world.rest()

    pipeline = await world.pipeline()
    assert pipeline["spec"]["replicas"] == pipeline["status"]["replicas"] == len(world.stage.workers) == 4
    entries = [entry for entry in pipeline["metadata"]["managedFields"] if entry["manager"] == MANAGER]
    assert {entry["subresource"] for entry in entries} == {"status"}  # no field of the spec is ours


@every_kind
@pytest.mark.parametrize("controlled", [False, True], ids=["of nobody", "of another controller"])
async def test_an_object_of_somebody_else_is_named_and_neither_taken_nor_deleted(
    world: KubeWorld, kind: str, controlled: bool
) -> None:
    """One of another controller is not ours even with all of our labels."""
    examples = [child for name, child in (await world.objects()).items() if name.startswith(f"{kind}/")]
    assert examples
    owner = await world.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owner"}})
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "controller": True}
    reference |= {part: owner["metadata"][part] for part in ("name", "uid")}
    for example in examples:
        await world.clear()
        name = example["metadata"]["name"]
        whose = {"labels": example["metadata"]["labels"], "ownerReferences": [reference]} if controlled else {}
        theirs = await world.create(copy_of(kind, example, whose))
        await world.put(a_manifest(**RICH))

        await world.rest()

        conditions = {c["type"]: (c["status"], c["reason"]) for c in (await world.pipeline())["status"]["conditions"]}
        assert conditions["Stalled"] == ("True", "Conflict"), name
        await world.delete()
        await world.rest()
        left = await world.get(kind, name)
        assert left["metadata"]["uid"] == theirs["metadata"]["uid"]
        assert MANAGER not in {entry["manager"] for entry in left["metadata"]["managedFields"]}
        await world.remove(kind, name)


def copy_of(kind: str, example: Manifest, whose: Manifest) -> Manifest:
    """Return an object of the same name and content that somebody else might have created."""
    body = {part: deepcopy(value) for part, value in example.items() if part not in ("metadata", "status")}
    for chosen in ADDRESSES:
        body.get("spec", {}).pop(chosen, None)
    metadata = {"name": example["metadata"]["name"], **whose}
    return {**body, "apiVersion": BY_NAME[kind].api_version, "kind": kind, "metadata": metadata}
