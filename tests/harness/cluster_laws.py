"""What every adapter of `Cluster` promises to a reconcile; held against the in-memory twin and a real API server."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import pytest

from harness.pipelines import a_block
from scoring_operator.cluster.port import Cluster
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired.children import Decisions, children
from scoring_operator.errors import Conflict, NameTaken
from scoring_operator.facts import Key, Manifest
from scoring_operator.plan import child, understand
from scoring_service.contract.scorer_file import ScorerFile


class Place(Protocol):
    """A cluster under test, and what a person and the garbage collector do to it."""

    @property
    def cluster(self) -> Cluster: ...

    @property
    def key(self) -> Key: ...

    async def create(self, **parts: Any) -> None:
        """Create the pipeline of `key` and let the adapter see it."""

    async def put(self, manifest: Manifest) -> None:
        """Create or replace an object of somebody else, unseen by the adapter."""

    async def get(self, kind: str, name: str) -> Manifest | None:
        """Return an object as it is stored."""

    async def forget(self) -> None:
        """Make the adapter anew: all that it knew is gone but what it lists."""

    async def replace(self) -> None:
        """Delete the pipeline and create one of the same name; the adapter sees both, nothing is collected yet."""


def built(place: Place) -> dict[str, Manifest]:
    """Return the children that the observed pipeline should have, by kind; the live ConfigMap as `live`."""
    manifest = place.cluster.observe(place.key).pipeline
    assert manifest is not None
    workers = WorkerDefaults(image="scoring/service:1")
    decisions = Decisions(file=ScorerFile(proposed=a_block()), replicas=1, image=workers.image)
    return {
        "live" if manifest["metadata"]["name"].endswith("-live") else manifest["kind"]: manifest
        for manifest in children(understand(manifest), workers, decisions)
    }


def seen(place: Place) -> Manifest:
    """Return the observed pipeline."""
    manifest = place.cluster.observe(place.key).pipeline
    assert manifest is not None
    return manifest


async def what_is_applied_is_observed_at_once(place: Place) -> None:
    for manifest in built(place).values():
        stored = await place.cluster.apply(manifest)

        shown = child(place.cluster.observe(place.key), manifest["kind"], manifest["metadata"]["name"])
        assert shown is not None
        assert shown["metadata"]["uid"] == stored["metadata"]["uid"]
        assert shown["metadata"]["resourceVersion"] == stored["metadata"]["resourceVersion"]


async def applying_the_same_again_changes_no_version(place: Place) -> None:
    for manifest in built(place).values():
        first = await place.cluster.apply(manifest)
        again = await place.cluster.apply(manifest)

        assert again["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


async def applying_something_else_changes_the_version_and_of_a_spec_the_generation(place: Place) -> None:
    wanted = built(place)
    first = await place.cluster.apply(wanted["Deployment"])
    file = await place.cluster.apply(wanted["live"])

    more = await place.cluster.apply({**wanted["Deployment"], "spec": {**wanted["Deployment"]["spec"], "replicas": 4}})
    other = await place.cluster.apply({**wanted["live"], "data": {"scorer.json": "{}"}})

    assert more["metadata"]["generation"] == first["metadata"]["generation"] + 1
    assert other["metadata"]["resourceVersion"] != file["metadata"]["resourceVersion"]


async def an_object_of_somebody_else_is_left_alone(place: Place) -> None:
    wanted = built(place)["ServiceAccount"]
    named = {part: wanted["metadata"][part] for part in ("namespace", "name")}
    await place.put({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {**named, "labels": {"a": "b"}}})

    with pytest.raises(NameTaken, match=wanted["metadata"]["name"]):
        await place.cluster.apply(wanted)

    found = await place.get("ServiceAccount", wanted["metadata"]["name"])
    assert found is not None
    assert found["metadata"]["labels"] == {"a": "b"}


async def a_child_that_lost_its_owner_reference_is_taken_back(place: Place) -> None:
    wanted = built(place)["ServiceAccount"]
    orphan = {**wanted, "metadata": {name: v for name, v in wanted["metadata"].items() if name != "ownerReferences"}}
    await place.put(orphan)
    await place.forget()
    assert [(found["kind"], found["metadata"]["name"]) for found in place.cluster.observe(place.key).orphans] == [
        ("ServiceAccount", wanted["metadata"]["name"])
    ]

    stored = await place.cluster.apply(wanted)

    assert place.cluster.observe(place.key).orphans == ()
    assert stored["metadata"]["ownerReferences"] == wanted["metadata"]["ownerReferences"]


async def a_child_of_a_former_pipeline_of_that_name_is_waited_for(place: Place) -> None:
    await place.cluster.apply(built(place)["ServiceAccount"])
    await place.replace()

    with pytest.raises(Conflict):
        await place.cluster.apply(built(place)["ServiceAccount"])

    assert child(place.cluster.observe(place.key), "ServiceAccount") is None


async def only_the_very_object_that_was_observed_is_deleted(place: Place) -> None:
    stored = await place.cluster.apply(built(place)["ServiceAccount"])
    other = {**stored, "metadata": {**stored["metadata"], "uid": "00000000-0000-0000-0000-000000000000"}}

    await place.cluster.delete(other)
    assert await place.get("ServiceAccount", stored["metadata"]["name"]) is not None

    await place.cluster.delete(stored)
    assert await place.get("ServiceAccount", stored["metadata"]["name"]) is None
    await place.cluster.delete(stored)  # one that is gone already is fine


async def a_status_is_observed_at_once_and_leaves_the_generation(place: Place) -> None:
    before = place.cluster.observe(place.key).pipeline

    stored = await place.cluster.apply_status(seen(place), {"observedGeneration": 1, "partitions": 6})
    assert stored["metadata"]["resourceVersion"] == seen(place)["metadata"]["resourceVersion"]
    await place.cluster.apply_status(stored, {"observedGeneration": 2})

    after = place.cluster.observe(place.key).pipeline
    assert before is not None
    assert after is not None
    assert after["status"] == {"observedGeneration": 2}
    assert after["metadata"]["generation"] == before["metadata"]["generation"]


async def what_was_decided_on_another_object_is_a_conflict(place: Place) -> None:
    former = seen(place)
    await place.replace()

    with pytest.raises(Conflict):
        await place.cluster.apply_status(former, {"observedGeneration": 1})
    with pytest.raises(Conflict):
        await place.cluster.scale(former, 5)


async def what_was_decided_on_an_older_version_is_a_conflict(place: Place) -> None:
    """Even if the adapter knows the newer one by now: the decision did not."""
    decided_on = seen(place)
    await place.cluster.apply_status(decided_on, {"observedGeneration": 1})

    with pytest.raises(Conflict):
        await place.cluster.scale(decided_on, 5)
    with pytest.raises(Conflict):
        await place.cluster.apply_status(decided_on, {"observedGeneration": 2})

    found = await place.get("ScoringPipeline", place.key.name)
    assert found is not None
    assert (found["spec"]["replicas"], found["status"]) == (1, {"observedGeneration": 1})


async def a_child_is_not_overwritten_by_what_was_decided_on_an_older_version(place: Place) -> None:
    wanted = built(place)["Deployment"]
    decided_on = await place.cluster.apply(wanted)
    newer = await place.cluster.apply({**wanted, "spec": {**wanted["spec"], "replicas": 4}}, decided_on)

    with pytest.raises(Conflict):
        await place.cluster.apply({**wanted, "spec": {**wanted["spec"], "replicas": 2}}, decided_on)

    shown = child(place.cluster.observe(place.key), "Deployment")
    assert shown is not None
    assert shown["spec"]["replicas"] == newer["spec"]["replicas"] == 4


async def a_child_that_is_gone_is_not_made_again_by_what_was_decided_while_it_was_there(place: Place) -> None:
    wanted = built(place)["ServiceAccount"]
    decided_on = await place.cluster.apply(wanted)
    await place.cluster.delete(decided_on)

    with pytest.raises(Conflict):
        await place.cluster.apply(wanted, decided_on)

    assert await place.get("ServiceAccount", wanted["metadata"]["name"]) is None


async def scaling_writes_the_spec(place: Place) -> None:
    stored = await place.cluster.apply_status(seen(place), {"observedGeneration": 1})

    await place.cluster.scale(stored, 5)

    found = await place.get("ScoringPipeline", place.key.name)
    assert found is not None
    assert found["spec"]["replicas"] == 5
    assert found["metadata"]["generation"] == 2


async def what_was_there_before_is_known_to_a_new_adapter(place: Place) -> None:
    for manifest in built(place).values():
        await place.cluster.apply(manifest)
    before = {name: manifest["metadata"]["resourceVersion"] for name, manifest in _named(place).items()}

    await place.forget()

    assert {name: manifest["metadata"]["resourceVersion"] for name, manifest in _named(place).items()} == before


def _named(place: Place) -> dict[tuple[str, str], Manifest]:
    observed = place.cluster.observe(place.key)
    return {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in observed.children}


Law = Callable[[Place], Awaitable[None]]
LAWS: tuple[Law, ...] = (
    what_is_applied_is_observed_at_once,
    applying_the_same_again_changes_no_version,
    applying_something_else_changes_the_version_and_of_a_spec_the_generation,
    an_object_of_somebody_else_is_left_alone,
    a_child_that_lost_its_owner_reference_is_taken_back,
    a_child_of_a_former_pipeline_of_that_name_is_waited_for,
    only_the_very_object_that_was_observed_is_deleted,
    a_status_is_observed_at_once_and_leaves_the_generation,
    what_was_decided_on_another_object_is_a_conflict,
    what_was_decided_on_an_older_version_is_a_conflict,
    a_child_is_not_overwritten_by_what_was_decided_on_an_older_version,
    a_child_that_is_gone_is_not_made_again_by_what_was_decided_while_it_was_there,
    scaling_writes_the_spec,
    what_was_there_before_is_known_to_a_new_adapter,
)
every_law = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__.replace("_", " "))
