"""An operator under a definition that is not its own: a newer one, or an older one."""

from typing import Any

import pytest

from harness.pipelines import KEY, Workers, a_manifest, a_revision
from scoring_operator import skew
from scoring_operator.cluster.memory import MemoryCluster
from scoring_operator.config import WorkerDefaults
from scoring_operator.facts import Manifest
from scoring_operator.look import Clocks
from scoring_operator.reconcile import Reconciler

DROPPED = ("firstCommitTime", "controller", "partitions", "revisions")


class OlderDefinition(MemoryCluster):
    """A cluster whose definition does not know some fields of the status: they are left out, as `KubeCluster` does."""

    async def apply_status(self, seen: Manifest, status: Manifest) -> Manifest:
        kept = {name: value for name, value in status.items() if name not in DROPPED}
        return await super().apply_status(seen, kept)


class World:
    """A cluster, its workers, an operator, and a clock of its own."""

    def __init__(self, cluster: MemoryCluster) -> None:
        self.now, self.cluster = 1000.0, cluster
        self.workers = Workers(cluster)
        self.clocks = Clocks(monotonic=lambda: self.now, uniform=lambda least, most: (least + most) / 2)
        self.restart()

    def restart(self) -> None:
        self.reconcile = Reconciler(self.cluster, self.workers, WorkerDefaults(image="scoring/service:1"), self.clocks)

    async def settle(self, rounds: int = 12) -> None:
        for _ in range(rounds):
            await self.reconcile(KEY)
            self.workers.run_pods()
            self.workers.refresh()
            self.now += 1.5

    async def looks(self, count: int) -> int:
        """Look so often, half a minute apart; return the writes."""
        before = self.cluster.writes.total()
        for _ in range(count):
            self.now += 30
            await self.reconcile(KEY)
        return self.cluster.writes.total() - before

    def condition(self, kind: str) -> tuple[str, str, str]:
        status = self.cluster.objects[("ScoringPipeline", *KEY)]["status"]
        found = next(condition for condition in status["conditions"] if condition["type"] == kind)
        return found["status"], found["reason"], found["message"]


@pytest.mark.parametrize(
    "path", ["spec.tomorrow", "spec.delivery.tomorrow", "spec.pod.tomorrow", "spec.scorerTomorrow"]
)
async def test_fields_of_a_newer_definition_are_said_and_the_rest_of_the_spec_is_done(path: str) -> None:
    world = World(MemoryCluster())
    world.cluster.create(_with(path, a_manifest(delivery={"maxLatency": "50ms"})))
    await world.settle()

    world.cluster.create(_with(path, a_manifest(trading=0.3, replicas=2)))
    await world.settle()

    status = world.cluster.objects[("ScoringPipeline", *KEY)]["status"]
    assert status["revision"]["serving"] == a_revision(0.3)
    assert status["readyReplicas"] == 2
    assert world.condition("Available")[0] == "True"
    assert world.condition("Ready")[:2] == ("False", "UnknownFields")
    assert world.condition("Accepted")[:2] == ("False", "UnknownFields")
    assert path in world.condition("Accepted")[2]
    assert await world.looks(5) == 0


class NewerDefinition(MemoryCluster):
    """A cluster that reads pipelines by a newer definition from some write on, without a new version for that."""

    is_newer = False

    async def apply_status(self, seen: Manifest, status: Manifest) -> Manifest:
        stored = await super().apply_status(seen, status)
        if self.is_newer:
            self.objects[("ScoringPipeline", *KEY)]["spec"]["tomorrow"] = {}
        return {**stored, "spec": self.objects[("ScoringPipeline", *KEY)]["spec"]}


async def test_a_definition_that_changes_during_a_look_is_looked_at_soon_and_once() -> None:
    world = World(cluster := NewerDefinition())
    cluster.create(a_manifest())
    await world.settle()
    cluster.is_newer = True
    cluster.objects[("ScoringPipeline", *KEY)]["status"]["partitions"] = 7  # asks for a write

    first = await world.reconcile(KEY)
    second = await world.reconcile(KEY)

    assert first is not None
    assert second is not None
    assert first < 5 < second
    assert world.condition("Accepted")[:2] == ("False", "UnknownFields")


async def test_once_the_definition_is_as_old_again_nothing_is_said_of_it() -> None:
    world = World(MemoryCluster())
    world.cluster.create(_with("spec.tomorrow", a_manifest()))
    await world.settle()

    world.cluster.create(a_manifest())
    await world.settle()

    assert world.condition("Ready")[:2] == ("True", "SpecRealised")


async def test_what_an_older_definition_drops_of_the_status_is_not_written_again() -> None:
    """Each look would write what is left out, for ever: each write is seen by everybody who watches."""
    world = World(OlderDefinition())
    world.cluster.create(a_manifest(replicas=2))
    world.workers.committed = 7
    await world.settle()
    assert world.condition("Ready")[0] == "True"

    assert await world.looks(20) == 0


async def test_a_new_operator_under_an_older_definition_writes_what_is_dropped_no_more_than_once() -> None:
    world = World(OlderDefinition())
    world.cluster.create(a_manifest(replicas=2))
    await world.settle()

    world.restart()

    assert await world.looks(1) <= 2  # it claims the pipeline, and tells of it
    assert await world.looks(20) == 0


def test_what_is_not_for_the_operator_to_understand_stays_whole() -> None:
    manifest = a_manifest()
    manifest["spec"]["scorer"]["walletReputation"]["tomorrow"] = 1

    assert skew.known(manifest) == (manifest, ())


def test_a_status_that_somebody_else_has_written_is_not_taken_for_what_was_told() -> None:
    told = skew.Told({"partitions": 6, "image": "one"}, {"image": "one"})

    assert skew.as_told({"status": {"image": "one"}}, told) == {"status": {"partitions": 6, "image": "one"}}
    assert skew.as_told({"status": {"image": "two"}}, told) == {"status": {"image": "two"}}


def _with(path: str, manifest: Manifest) -> Manifest:
    *parents, name = path.split(".")
    place: dict[str, Any] = manifest
    for parent in parents:
        place = place.setdefault(parent, {})
    place[name] = {"half": 1}
    return manifest
