"""Reconcile against the in-memory twin: it converges from any state, and rests when there is nothing to do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from harness.pipelines import KEY, Workers, a_block, a_case, a_manifest, a_pipeline, a_pod, a_revision, written
from scoring_operator import live_file
from scoring_operator.api import __path__ as api_path
from scoring_operator.cluster.memory import MemoryCluster
from scoring_operator.config import WorkerDefaults
from scoring_operator.errors import ClusterUnavailable, Conflict, InvalidManifest, OperatorError
from scoring_operator.facts import Key, Manifest
from scoring_operator.look import Clocks
from scoring_operator.reconcile import Reconciler
from scoring_operator.scaling import Situation
from scoring_operator.scaling.without_load import without_load
from scoring_service.contract.names import SCORER_FILE, UPGRADE_ANNOTATION
from scoring_service.contract.scorer_file import ScorerFile

DEFAULTS = WorkerDefaults(image="scoring/service:1")
LIVE = Key(KEY.namespace, f"{KEY.name}-live")


class World:
    """A cluster, its workers, a reconciler and a clock that only moves when told."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.cluster = MemoryCluster()
        self.workers = Workers(self.cluster)
        self.clocks = Clocks(
            monotonic=lambda: self.now,
            wall=lambda: datetime.fromtimestamp(self.now, UTC),
            uniform=lambda least, most: (least + most) / 2,
        )
        self.reconcile = self.new_operator()

    def new_operator(self, defaults: WorkerDefaults = DEFAULTS) -> Reconciler:
        self.reconcile = Reconciler(self.cluster, self.workers, defaults, self.clocks)
        return self.reconcile

    def change(self, manifest: Manifest) -> None:
        """Write a new spec, as a person would."""
        self.cluster.create(manifest)

    async def settle(self, rounds: int = 12) -> None:
        """Let everybody act in turn until well past the point where nothing changes."""
        for _ in range(rounds):
            await self.reconcile(KEY)
            self.workers.run_pods()
            self.workers.refresh()
            self.now += 1.5

    async def writes_of_next_pass(self) -> int:
        before = self.cluster.writes.total()
        await self.reconcile(KEY)
        return self.cluster.writes.total() - before

    @property
    def status(self) -> Manifest:
        status: Manifest = self.cluster.objects[("ScoringPipeline", *KEY)]["status"]
        return status

    def condition(self, kind: str) -> tuple[str, str]:
        found = next(condition for condition in self.status["conditions"] if condition["type"] == kind)
        return found["status"], found["reason"]

    def message(self, kind: str) -> str:
        return next(condition["message"] for condition in self.status["conditions"] if condition["type"] == kind)

    @property
    def file(self) -> ScorerFile:
        return ScorerFile.decode(self.cluster.objects[("ConfigMap", *LIVE)]["data"][SCORER_FILE].encode())

    def names(self, kind: str) -> list[str]:
        return sorted(name for found, _, name in self.cluster.objects if found == kind)


@pytest.fixture
def world() -> World:
    return World()


async def test_a_new_pipeline_becomes_ready_with_all_its_children(world: World) -> None:
    world.cluster.create(a_manifest(replicas=2))

    await world.settle()

    assert world.condition("Available") == ("True", "AllPartitionsScored")
    assert world.condition("Ready") == ("True", "SpecRealised")
    assert world.condition("Reconciling")[0] == world.condition("Stalled")[0] == "False"
    assert world.names("Deployment") == world.names("Service") == world.names("ServiceAccount") == ["wallets"]
    assert world.names("PodDisruptionBudget") == ["wallets"]
    assert len(world.names("ConfigMap")) == 2
    assert world.status["revision"] == {"desired": a_revision(), "serving": a_revision()}
    assert (world.status["replicas"], world.status["readyReplicas"], world.status["partitions"]) == (2, 2, 6)
    assert world.status["lag"] == {"records": 0}


async def test_nothing_is_written_once_nothing_changes(world: World) -> None:
    world.cluster.create(a_manifest(replicas=2))
    await world.settle()

    world.now += 3600

    assert await world.writes_of_next_pass() == 0


async def test_a_lag_that_moves_is_written_rarely(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    await world.reconcile(KEY)
    world.now += 20
    world.workers.lag = 1234
    first = await world.writes_of_next_pass()
    world.workers.lag = 2234
    world.now += 5

    second = await world.writes_of_next_pass()

    assert (first, second) == (1, 0)
    assert world.status["lag"] == {"records": 7400}


@pytest.mark.parametrize("kind", ["Deployment", "NetworkPolicy", "Service", "ServiceAccount", "PodDisruptionBudget"])
async def test_a_deleted_child_comes_back_at_the_next_pass(world: World, kind: str) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    world.cluster.remove(kind, KEY)

    await world.reconcile(KEY)

    assert (kind, *KEY) in world.cluster.objects


async def test_an_edited_child_is_put_back_at_the_next_pass(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    spec = world.cluster.objects[("Deployment", *KEY)]["spec"]
    world.cluster.edit("Deployment", KEY, spec={**spec, "replicas": 5})

    await world.reconcile(KEY)

    assert world.cluster.objects[("Deployment", *KEY)]["spec"] == spec


@pytest.mark.parametrize("content", ["", "rubbish", '{"serving": null, "proposed": null}'])
async def test_an_edited_live_file_is_put_back_and_serving_survives(world: World, content: str) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    before = world.file
    world.cluster.edit("ConfigMap", LIVE, data={SCORER_FILE: content})

    await world.reconcile(KEY)

    assert world.file == before
    assert world.file.serving is not None


async def test_a_deleted_live_file_comes_back_with_what_served(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    world.cluster.remove("ConfigMap", LIVE)

    await world.reconcile(KEY)

    assert world.file.serving is not None
    assert world.file.serving.revision == a_revision()


async def test_a_changed_weight_is_proposed_nudged_and_promoted_without_touching_the_deployment(world: World) -> None:
    world.cluster.create(a_manifest(replicas=3))
    await world.settle()
    version = world.cluster.objects[("Deployment", *KEY)]["metadata"]["resourceVersion"]
    world.cluster.create(a_manifest(replicas=3, trading=0.3))

    await world.reconcile(KEY)

    assert world.file.serving is not None
    assert world.file.proposed is not None
    assert (world.file.serving.revision, world.file.proposed.revision) == (a_revision(), a_revision(0.3))
    assert sorted(world.cluster.annotations) == ["pod-0", "pod-1", "pod-2"]
    assert world.condition("Ready") == ("False", "RevisionPending")
    assert world.condition("Available")[0] == "True"
    await world.settle()
    assert world.file.serving.revision == a_revision(0.3)
    assert world.file.proposed is None
    assert world.condition("Ready")[0] == "True"
    assert world.cluster.objects[("Deployment", *KEY)]["metadata"]["resourceVersion"] == version


async def test_a_refused_revision_never_becomes_an_outage(world: World) -> None:
    """All pods may die and the operator restart: what scored goes on scoring."""
    world.cluster.create(a_manifest(replicas=2))
    await world.settle()
    world.workers.refuse.add(a_revision(0.9))
    world.cluster.create(a_manifest(replicas=2, trading=0.9))
    await world.settle()
    assert world.condition("Available")[0] == "True"
    assert world.condition("Ready") == ("False", "WeightsRejected")
    assert world.condition("Stalled") == ("True", "WeightsRejected")
    assert world.condition("Reconciling")[0] == "False"

    for uid in list(world.cluster.pods):
        world.workers.kill(uid)
    world.new_operator()
    await world.settle()

    assert world.status["revision"] == {
        "desired": a_revision(0.9),
        "serving": a_revision(),
        "refused": a_revision(0.9),
    }
    assert {world.workers._serving[uid] for uid in world.cluster.pods} == {a_revision()}
    assert world.condition("Available")[0] == "True"


async def test_a_refused_revision_is_forgotten_when_the_spec_goes_back(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    world.workers.refuse.add(a_revision(0.9))
    world.cluster.create(a_manifest(trading=0.9))
    await world.settle()
    world.cluster.create(a_manifest())

    await world.settle()

    assert world.condition("Ready")[0] == "True"
    assert world.status["revision"] == {"desired": a_revision(), "serving": a_revision()}


async def test_a_new_operator_writes_nothing_at_all(world: World) -> None:
    """Not even what would change nothing: a take-over of thousands of pipelines is as quiet as rest."""
    world.cluster.create(a_manifest(replicas=2))
    await world.settle()

    world.new_operator()

    assert await world.writes_of_next_pass() == 0
    assert await world.writes_of_next_pass() == 0


async def test_a_new_operator_repairs_what_was_edited_while_nobody_led(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    spec = world.cluster.objects[("Deployment", *KEY)]["spec"]
    world.cluster.edit("Deployment", KEY, spec={**spec, "replicas": 5})

    world.new_operator()
    await world.reconcile(KEY)

    assert world.cluster.objects[("Deployment", *KEY)]["spec"] == spec


def a_file(**slots: float) -> dict[str, str]:
    return {SCORER_FILE: ScorerFile(**{slot: a_block(weight) for slot, weight in slots.items()}).encode().decode()}


async def test_what_somebody_wrote_as_serving_while_the_operator_was_away_is_not_believed(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    world.cluster.create(a_manifest(trading=0.9))
    world.workers.refuse.add(a_revision(0.9))
    world.cluster.edit("ConfigMap", LIVE, data=a_file(serving=0.9))

    world.new_operator()
    await world.reconcile(KEY)

    assert world.file == ScorerFile(serving=a_block(), proposed=a_block(0.9))


@pytest.mark.parametrize("content", [a_file(serving=0.1, proposed=0.4), a_file(serving=0.9), {}])
async def test_what_served_is_found_wherever_it_still_stands(world: World, content: dict[str, str]) -> None:
    """In the other slot, or in a spec that has not changed."""
    world.cluster.create(a_manifest())
    await world.settle()
    world.cluster.edit("ConfigMap", LIVE, data=content)

    world.new_operator()
    await world.reconcile(KEY)

    assert world.file == ScorerFile(serving=a_block())


async def test_what_served_comes_back_from_status_if_the_live_file_is_gone(world: World) -> None:
    """Deleted while the operator was away and the spec is one that no pod can build: new pods must still score."""
    world.cluster.create(a_manifest())
    await world.settle()
    world.workers.refuse.add(a_revision(0.9))
    world.cluster.create(a_manifest(trading=0.9))
    await world.settle()
    world.cluster.remove("ConfigMap", LIVE)
    for uid in list(world.cluster.pods):
        world.workers.kill(uid)

    world.new_operator()
    await world.settle()

    assert world.file == ScorerFile(serving=a_block(), proposed=a_block(0.9))
    assert world.condition("Available")[0] == "True"


async def test_revisions_are_kept_in_the_order_in_which_they_served(world: World) -> None:
    world.workers.refuse.add(a_revision(0.9))
    for weight in (0.4, 0.9, 0.3):
        world.cluster.create(a_manifest(trading=weight))
        await world.settle()

    assert [entry["revision"] for entry in world.status["revisions"]] == [a_revision(0.3), a_revision()]


@pytest.mark.parametrize("content", ["[" * 50_000, '{"serving": {"member": "a", "parameters": {"x": 1e400}}}'])
async def test_nothing_that_is_written_into_the_live_file_crashes_a_new_operator(world: World, content: str) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    world.cluster.edit("ConfigMap", LIVE, data={SCORER_FILE: content})

    world.new_operator()
    await world.reconcile(KEY)

    assert world.file == ScorerFile(serving=a_block())


async def test_what_an_orphaned_live_file_serves_is_kept(world: World) -> None:
    """`kubectl delete --cascade=orphan`, then create again with a revision that no pod can build."""
    world.cluster.create(a_manifest())
    await world.settle()
    del world.cluster.objects[("ScoringPipeline", *KEY)]
    for manifest in world.cluster.objects.values():
        del manifest["metadata"]["ownerReferences"]
    world.workers.refuse.add(a_revision(0.9))
    world.cluster.create(a_manifest(trading=0.9))

    await world.settle()

    assert world.file == ScorerFile(serving=a_block(), proposed=a_block(0.9))
    assert world.condition("Available")[0] == "True"


async def test_a_startup_field_rolls_the_pods_and_keeps_the_former_file_until_then(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    (former,) = [name for name in world.names("ConfigMap") if "-startup-" in name]
    world.cluster.create(a_manifest(topic="other"))

    await world.reconcile(KEY)

    during = [name for name in world.names("ConfigMap") if "-startup-" in name]
    assert former in during
    assert len(during) == 2
    assert world.condition("Ready") == ("False", "RolloutInProgress")
    await world.settle()
    assert former not in world.names("ConfigMap")
    assert world.condition("Ready")[0] == "True"


async def test_a_new_template_is_not_ready_before_the_deployment_controller_has_seen_it(world: World) -> None:
    """`kubectl wait` right after an apply of more pods and another topic must not return at once."""
    world.cluster.create(a_manifest(replicas=2))
    await world.settle()
    world.cluster.create(a_manifest(replicas=4, topic="other"))

    await world.reconcile(KEY)

    assert world.status["observedGeneration"] == 2
    assert world.condition("Ready") == ("False", "RolloutInProgress")


async def test_a_repaired_deployment_stays_ready(world: World) -> None:
    world.cluster.create(a_manifest(replicas=2))
    await world.settle()
    spec = world.cluster.objects[("Deployment", *KEY)]["spec"]
    world.cluster.edit("Deployment", KEY, spec={**spec, "minReadySeconds": 99})

    await world.reconcile(KEY)

    assert world.condition("Ready") == ("True", "SpecRealised")


async def test_a_startup_file_that_an_old_replicaset_names_is_kept(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    (former,) = [name for name in world.names("ConfigMap") if "-startup-" in name]
    world.cluster.kept.add(former)
    world.cluster.create(a_manifest(topic="other"))

    await world.settle()

    assert former in world.names("ConfigMap")


async def test_replicas_never_exceed_partitions_once_these_are_known(world: World) -> None:
    world.cluster.create(a_manifest(replicas=9))

    await world.settle()

    assert world.cluster.objects[("Deployment", *KEY)]["spec"]["replicas"] == 6
    assert world.condition("ScalingLimited") == ("True", "MorePodsThanPartitions")
    assert world.condition("Ready")[0] == "True"
    assert world.status["replicas"] == 6


async def test_one_pod_for_each_so_many_partitions_is_written_to_the_spec(world: World) -> None:
    world.cluster.create(a_manifest(autoscaling={"mode": "PerPartition", "partitionsPerReplica": 4}))

    await world.settle()

    assert world.cluster.objects[("ScoringPipeline", *KEY)]["spec"]["replicas"] == 2
    assert len(world.cluster.pods) == 2
    assert await world.writes_of_next_pass() == 0


async def test_replicas_that_a_person_writes_meanwhile_are_not_overwritten(world: World) -> None:
    """The decision to scale was made from an older spec than the one that is there when it is written."""
    world.cluster.create(a_manifest(autoscaling={"mode": "PerPartition"}))
    await world.reconcile(KEY)
    world.workers.run_pods()
    world.workers.refresh()
    by_hand = a_manifest(replicas=2, autoscaling={"mode": "Disabled"})
    world.workers.meanwhile.append(lambda: world.change(by_hand))

    with pytest.raises(Conflict):
        await world.reconcile(KEY)

    await world.settle()
    assert world.cluster.objects[("ScoringPipeline", *KEY)]["spec"]["replicas"] == 2


async def test_a_deleted_pipeline_gets_no_children(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    world.cluster.remove("ScoringPipeline", KEY)

    assert await world.reconcile(KEY) is None
    assert world.cluster.objects == {}


async def test_a_pipeline_deleted_while_pods_are_asked_gets_no_children(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    world.cluster.create(a_manifest(trading=0.3))
    world.workers.meanwhile.append(lambda: world.cluster.remove("ScoringPipeline", KEY))

    with pytest.raises(Conflict):
        await world.reconcile(KEY)

    assert world.cluster.objects == {}
    assert await world.reconcile(KEY) is None


async def test_a_pipeline_replaced_while_pods_are_asked_gets_nothing_of_the_former_one(world: World) -> None:
    def replace() -> None:
        world.cluster.remove("ScoringPipeline", KEY)
        world.cluster.create(a_manifest(topic="another"))

    world.cluster.create(a_manifest())
    await world.settle()
    world.workers.meanwhile.append(replace)

    with pytest.raises(Conflict):
        await world.reconcile(KEY)

    assert list(world.cluster.objects) == [("ScoringPipeline", *KEY)]
    await world.settle()
    assert world.condition("Ready")[0] == "True"


async def test_a_pipeline_that_is_going_gets_no_children(world: World) -> None:
    manifest = a_manifest()
    manifest["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    world.cluster.create(manifest)

    assert await world.reconcile(KEY) is None
    assert world.cluster.writes.total() == 0


async def test_a_pipeline_made_again_under_the_same_name_starts_afresh(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    world.cluster.remove("ScoringPipeline", KEY)
    world.cluster.create(a_manifest(trading=0.3))

    await world.reconcile(KEY)

    assert world.file.serving is None
    assert world.file.proposed is not None


BROKEN: dict[str, Callable[[Manifest], None]] = {
    "an unknown field of a golden case": lambda spec: spec.update(goldenCases=[{**written(a_case()), "within": 1}]),
    "a wrong type": lambda spec: spec.update(replicas="three"),
    "a duration that is none": lambda spec: spec.update(delivery={"maxLatency": "soon"}),
    "two scorers": lambda spec: spec["scorer"].update(other={}),
    "no scorer": lambda spec: spec.update(scorer={}),
    "a number that JSON cannot hash": lambda spec: spec["scorer"]["walletReputation"].update(big=2**60),
}


@pytest.mark.parametrize("breakage", BROKEN)
async def test_a_broken_spec_becomes_a_condition_and_what_runs_goes_on(world: World, breakage: str) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    manifest = a_manifest()
    BROKEN[breakage](manifest["spec"])
    world.cluster.create(manifest)

    await world.settle()

    assert world.condition("Accepted") == ("False", "InvalidSpec")
    assert world.condition("Stalled") == ("True", "InvalidSpec")
    assert world.condition("Ready") == ("False", "InvalidSpec")
    assert world.condition("Available")[0] == "True"
    assert world.status["image"] == DEFAULTS.image
    assert await world.writes_of_next_pass() == 0


async def test_a_spec_that_was_broken_from_the_start_says_so(world: World) -> None:
    manifest = a_manifest()
    manifest["spec"]["replicas"] = "three"
    world.cluster.create(manifest)

    await world.settle()

    assert world.condition("Accepted") == ("False", "InvalidSpec")
    assert world.names("Deployment") == []


async def test_a_child_that_the_cluster_refuses_becomes_a_condition_and_the_others_are_made(world: World) -> None:
    world.cluster.create(a_manifest())
    world.cluster.faults["apply/Deployment"] = [InvalidManifest("Deployment.apps is invalid: limits")] * 2

    await world.reconcile(KEY)

    assert world.condition("Accepted") == ("False", "ManifestRefused")
    assert world.names("PodDisruptionBudget") == ["wallets"]
    await world.settle()
    assert world.condition("Ready")[0] == "True"


async def test_objects_of_somebody_else_are_left_alone_and_all_named_until_they_go(world: World) -> None:
    for kind in ("Service", "ServiceAccount"):
        named = {"namespace": "shop", "name": "wallets"}
        world.cluster.create({"apiVersion": "v1", "kind": kind, "metadata": named, "spec": {}})
    world.cluster.create(a_manifest())

    await world.settle()

    assert world.condition("Stalled") == ("True", "Conflict")
    assert world.condition("Accepted") == ("False", "Conflict")
    assert "ServiceAccount wallets, Service wallets belong to somebody else" in world.message("Stalled")
    assert world.cluster.objects[("Service", *KEY)]["spec"] == {}
    for kind in ("Service", "ServiceAccount"):
        world.cluster.remove(kind, KEY)
    await world.settle()
    assert world.condition("Ready") == ("True", "SpecRealised")


@pytest.mark.parametrize("method", ["annotate_pod", "delete"])
async def test_a_lesser_write_that_the_cluster_refuses_stops_nothing_else(world: World, method: str) -> None:
    """Permission to patch pods, say, may be withheld: a weight is then live later, and status still tells the truth."""
    world.cluster.create(a_manifest())
    await world.settle()
    world.cluster.faults[method] = [InvalidManifest("pods is forbidden")] * 20
    world.cluster.create(a_manifest(trading=0.3, topic="other"))
    await world.settle()

    world.workers.refresh(everyone=True)
    world.cluster.faults.clear()
    await world.settle()

    assert world.condition("Ready")[0] == "True"
    assert world.status["revision"]["serving"] == a_revision(0.3)


async def test_a_pod_that_cannot_be_nudged_for_now_holds_up_neither_the_others_nor_the_status(world: World) -> None:
    """A webhook of somebody else that is away, say, and concerns one pod."""
    world.cluster.create(a_manifest(replicas=2))
    await world.settle()
    world.cluster.create(a_manifest(replicas=2, trading=0.3))
    world.cluster.faults["annotate_pod"] = [ClusterUnavailable("the webhook is away")]

    with pytest.raises(ClusterUnavailable):
        await world.reconcile(KEY)

    assert list(world.cluster.annotations) == ["pod-1"]
    assert world.status["revision"]["desired"] == a_revision(0.3)
    await world.settle()
    assert world.status["revision"]["serving"] == a_revision(0.3)


@pytest.mark.parametrize("error", [ClusterUnavailable("the webhook is away"), Conflict("about to go")])
async def test_a_child_that_must_wait_holds_up_nothing_else_and_is_named(world: World, error: OperatorError) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    world.cluster.create(a_manifest(trading=0.3))
    world.cluster.remove("ServiceAccount", KEY)
    world.cluster.remove("Service", KEY)
    world.cluster.faults["apply/ServiceAccount"] = [error] * 2

    with pytest.raises(type(error), match=str(error)):
        await world.reconcile(KEY)

    assert world.names("Service") == ["wallets"]
    assert world.file.proposed == a_block(0.3)
    assert world.cluster.annotations
    assert world.status["observedGeneration"] == 2
    assert world.condition("Ready") == ("False", "ChildDelayed")
    assert world.condition("Reconciling") == ("True", "ChildDelayed")
    await world.settle()
    assert world.condition("Ready")[0] == "True"


async def test_a_cluster_that_is_away_is_tried_twice_and_not_once_for_each_child(world: World) -> None:
    world.cluster.create(a_manifest())
    world.cluster.faults["apply"] = [ClusterUnavailable("away")] * 20

    with pytest.raises(ClusterUnavailable):
        await world.reconcile(KEY)

    assert world.cluster.writes == {"apply_status": 1, "apply": 2}  # it says who acts, and then tries


@pytest.mark.parametrize("method", ["apply", "apply_status", "annotate_pod", "delete"])
async def test_an_unavailable_cluster_is_survived(world: World, method: str) -> None:
    """Whichever write fails, the next passes bring everything to where it should be."""
    world.cluster.create(a_manifest())
    await world.settle()
    world.cluster.create(a_manifest(trading=0.3, topic="other"))
    world.cluster.faults[method] = [ClusterUnavailable("later")]
    failures = 0
    for _ in range(12):
        try:
            await world.settle(rounds=1)
        except ClusterUnavailable:
            failures += 1

    assert failures == (method in ("apply_status", "annotate_pod"))  # children are tried again in the same pass
    assert world.condition("Ready")[0] == "True"
    assert world.status["revision"]["serving"] == a_revision(0.3)
    assert await world.writes_of_next_pass() == 0


async def test_pods_are_asked_again_soon_while_converging_and_rarely_at_rest(world: World) -> None:
    world.cluster.create(a_manifest())

    assert await world.reconcile(KEY) == 1.5
    await world.settle()
    assert await world.reconcile(KEY) == 30.0


async def test_pods_are_asked_again_soon_while_a_revision_spreads_whatever_else_stalls(world: World) -> None:
    theirs = {"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "shop", "name": "wallets"}, "spec": {}}
    world.cluster.create(theirs)
    world.cluster.create(a_manifest())
    await world.settle()
    assert await world.reconcile(KEY) == 30.0

    world.cluster.create(a_manifest(trading=0.3))

    assert await world.reconcile(KEY) == 1.5
    assert world.condition("Stalled") == ("True", "Conflict")


async def test_a_pod_that_is_late_to_a_refused_revision_is_nudged_again_soon(world: World) -> None:
    world.cluster.create(a_manifest(replicas=2))
    await world.settle()
    world.workers.refuse.add(a_revision(0.9))
    world.cluster.create(a_manifest(replicas=2, trading=0.9))
    await world.reconcile(KEY)
    late = sorted(world.cluster.pods)[0]
    world.cluster.annotations.pop(late)  # its kubelet has not come round
    world.workers.refresh()

    assert await world.reconcile(KEY) == 1.5
    assert world.condition("Stalled") == ("True", "WeightsRejected")


async def test_a_new_operator_nudges_with_a_value_that_the_pod_does_not_have_yet(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    world.cluster.create(a_manifest(trading=0.3))
    await world.reconcile(KEY)
    before = [dict(annotations) for annotations in world.cluster.annotations.values()]

    world.new_operator()
    world.now += 1.5
    await world.reconcile(KEY)

    assert before
    assert list(world.cluster.annotations.values()) != before


async def test_a_pod_whose_file_stays_old_is_nudged_five_times_and_no_more(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    world.cluster.create(a_manifest(trading=0.3))
    before = world.cluster.writes["annotate_pod"]

    for _ in range(60):
        await world.reconcile(KEY)
        world.now += 1.0

    assert world.cluster.writes["annotate_pod"] - before == 5


async def test_the_image_that_has_scored_outlives_another_default(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()

    world.new_operator(WorkerDefaults(image="scoring/service:2"))
    await world.settle()

    (container,) = world.cluster.objects[("Deployment", *KEY)]["spec"]["template"]["spec"]["containers"]
    assert container["image"] == world.status["image"] == "scoring/service:1"


async def test_the_image_that_has_scored_outlives_what_served(world: World) -> None:
    """Its scorer was too large to be kept, and the live ConfigMap goes while no operator looks."""
    world.cluster.create(a_manifest())
    await world.settle()
    stripped = {**world.status, "revisions": [{"revision": a_revision()}]}
    world.cluster.edit("ScoringPipeline", KEY, status=stripped)
    world.cluster.remove("ConfigMap", LIVE)
    world.workers.refuse.add(a_revision(0.3))
    world.change(a_manifest(trading=0.3))

    world.new_operator(WorkerDefaults(image="scoring/service:2"))
    await world.settle()

    assert "serving" not in world.status["revision"]
    assert image_of(world) == "scoring/service:1"


def image_of(world: World) -> str:
    image = wanted_image(world)
    assert image == world.status["image"]
    return image


def wanted_image(world: World) -> str:
    (container,) = world.cluster.objects[("Deployment", *KEY)]["spec"]["template"]["spec"]["containers"]
    image: str = container["image"]
    return image


async def test_an_upgrade_takes_the_present_default_once(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    world.new_operator(WorkerDefaults(image="scoring/service:2"))
    meta = world.cluster.objects[("ScoringPipeline", *KEY)]["metadata"]
    world.cluster.edit("ScoringPipeline", KEY, metadata={**meta, "annotations": {UPGRADE_ANNOTATION: "noon"}})
    await world.settle()
    upgraded = image_of(world)

    world.new_operator(WorkerDefaults(image="scoring/service:3"))
    await world.settle()

    assert (upgraded, image_of(world)) == ("scoring/service:2", "scoring/service:2")
    assert world.status["upgrade"] == "noon"


async def test_where_upgrades_are_automatic_another_default_is_taken(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()

    world.new_operator(WorkerDefaults(image="scoring/service:2", upgrade_policy="Automatic"))
    await world.settle()

    assert image_of(world) == "scoring/service:2"


async def test_an_image_in_the_spec_counts_before_any_other_and_stays_when_it_is_taken_back(world: World) -> None:
    world.cluster.create(a_manifest(pod={"image": "team/worker:1"}))
    await world.settle()
    named = image_of(world)

    world.cluster.create(a_manifest())
    await world.settle()

    assert (named, image_of(world)) == ("team/worker:1", "team/worker:1")


async def test_an_image_that_no_pod_was_ready_with_is_not_kept_when_it_is_taken_back(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    before = image_of(world)
    world.cluster.create(a_manifest(pod={"image": "nobody/has-it:1"}))
    await world.reconcile(KEY)  # and no pod of it is ever run
    asked = wanted_image(world)

    world.cluster.create(a_manifest())
    await world.settle()

    assert (asked, image_of(world)) == ("nobody/has-it:1", before)
    assert world.condition("Ready")[0] == "True"


async def test_without_live_refresh_no_pod_is_patched_and_the_kubelet_comes_round(world: World) -> None:
    world.reconcile = Reconciler(world.cluster, world.workers, DEFAULTS, world.clocks, live_refresh=False)
    world.cluster.create(a_manifest(replicas=2))
    await world.settle()
    world.change(a_manifest(replicas=2, trading=0.3))
    await world.settle()

    for _ in range(3):
        world.workers.refresh(everyone=True)
        await world.settle(2)

    assert world.cluster.writes["annotate_pod"] == 0
    assert world.status["revision"]["serving"] == a_revision(0.3)


async def test_a_default_group_outlives_another_cluster_id(world: World) -> None:
    """The offsets are the group's: another one would score everything again, or nothing of what waits."""
    world.new_operator(replace(DEFAULTS, cluster_id="east"))
    world.cluster.create(a_manifest())
    await world.settle()
    startups = [name for name in world.names("ConfigMap") if "-startup-" in name]

    world.new_operator(replace(DEFAULTS, cluster_id="west"))
    await world.settle()

    assert world.status["input"] == {"group": "east.shop.wallets"}
    assert [name for name in world.names("ConfigMap") if "-startup-" in name] == startups


async def test_a_group_that_a_person_names_and_takes_back_gives_way_to_the_default(world: World) -> None:
    world.cluster.create(a_manifest(input={"topic": "in", "group": "mine"}))
    await world.settle()
    assert world.status["input"] == {"group": "mine"}

    world.cluster.create(a_manifest())
    await world.settle()

    assert world.status["input"] == {"group": "shop.wallets"}


async def test_one_pod_per_partition_begins_from_no_pod_at_all(world: World) -> None:
    world.cluster.create(a_manifest(replicas=0, autoscaling={"mode": "PerPartition"}))

    await world.settle()

    assert world.cluster.objects[("ScoringPipeline", *KEY)]["spec"]["replicas"] == 6
    assert world.condition("Ready")[0] == "True"


def test_more_partitions_than_the_definition_allows_replicas_ask_for_the_most_it_allows() -> None:
    definition = (Path(api_path[0]) / "scoringpipelines.yaml").read_text()
    pipeline = a_pipeline(autoscaling={"mode": "PerPartition"})

    decision = without_load(Situation(pipeline.spec.autoscaling, replicas=1, partitions=1200))

    assert decision is not None
    assert f"self >= 0 && self <= {decision.desired}\n" in definition


async def test_an_image_that_has_never_scored_is_replaced_by_the_new_default(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.reconcile(KEY)

    world.new_operator(WorkerDefaults(image="scoring/service:2"))
    await world.settle()

    assert world.status["image"] == "scoring/service:2"


async def test_a_silent_pod_is_unknown_only_after_a_minute(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    world.workers.silent.update(world.cluster.pods)
    await world.reconcile(KEY)
    assert world.condition("Available")[0] == "True"
    assert "lag" not in world.status

    world.now += 60
    await world.reconcile(KEY)

    assert world.condition("Available") == ("Unknown", "StatusUnreachable")


async def test_the_first_commit_is_told_to_the_pods_once_status_has_it(world: World) -> None:
    world.cluster.create(a_manifest(replicas=2))
    await world.settle()
    assert "firstCommitTime" not in world.status
    assert not world.file.started
    world.workers.committed = 0

    assert await world.reconcile(KEY) == 1.5
    assert world.status["firstCommitTime"]
    await world.settle()

    assert world.file == ScorerFile(serving=a_block(), started=True)
    assert world.condition("Ready") == ("True", "SpecRealised")
    assert await world.writes_of_next_pass() == 0


async def test_the_first_commit_outlives_offsets_that_are_lost(world: World) -> None:
    world.cluster.create(a_manifest())
    world.workers.committed = 7
    await world.settle()
    said = world.status["firstCommitTime"]
    world.workers.committed = None

    world.new_operator()
    await world.settle()

    assert world.status["firstCommitTime"] == said
    assert world.file.started


@pytest.mark.parametrize("content", ["", "rubbish", ScorerFile(serving=a_block()).encode().decode()])
async def test_a_lost_live_file_says_again_that_the_group_has_committed(world: World, content: str) -> None:
    world.cluster.create(a_manifest())
    world.workers.committed = 7
    await world.settle()
    world.workers.committed = None
    world.cluster.edit("ConfigMap", LIVE, data={SCORER_FILE: content})

    world.new_operator()
    await world.reconcile(KEY)

    assert world.file == ScorerFile(serving=a_block(), started=True)


async def test_what_somebody_wrote_as_started_is_not_believed(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    wrong = ScorerFile(serving=a_block(), started=True, resume="so")
    world.cluster.edit("ConfigMap", LIVE, data={SCORER_FILE: wrong.encode().decode()})

    world.new_operator()
    await world.reconcile(KEY)

    assert world.file == ScorerFile(serving=a_block())


async def test_a_pipeline_whose_spec_breaks_keeps_its_first_commit(world: World) -> None:
    world.cluster.create(a_manifest())
    world.workers.committed = 7
    await world.settle()
    said = world.status["firstCommitTime"]
    world.workers.committed = None

    world.cluster.create(a_manifest(delivery={"maxLatency": "soon"}))
    await world.settle()

    assert world.status["firstCommitTime"] == said
    assert world.file.started


def annotated(resume: str, **parts: Any) -> Manifest:
    manifest = a_manifest(**parts)
    manifest["metadata"]["annotations"] = {"scoring.dev/resume": resume}
    return manifest


async def test_a_resume_reaches_every_pod_and_changes_no_slot(world: World) -> None:
    world.cluster.create(a_manifest(replicas=2))
    await world.settle()

    world.cluster.create(annotated("2026-01-01T12:00:00Z", replicas=2))
    await world.reconcile(KEY)

    assert world.file == ScorerFile(serving=a_block(), resume="2026-01-01T12:00:00Z")
    assert sorted(world.cluster.annotations) == sorted(world.cluster.pods)
    await world.settle()
    assert world.condition("Ready") == ("True", "SpecRealised")
    assert await world.writes_of_next_pass() == 0


async def test_a_live_file_is_read_back_as_the_pods_have_read_it(world: World) -> None:
    """Its digest is what their answers are held against."""
    world.cluster.create(annotated("once"))
    world.workers.committed = 7
    await world.settle()

    found = live_file.written(world.cluster.observe(KEY), KEY.name, None)

    assert found == world.file == ScorerFile(serving=a_block(), started=True, resume="once")


async def test_a_resume_without_end_is_cut(world: World) -> None:
    world.cluster.create(annotated("x" * 10_000))

    await world.reconcile(KEY)

    assert world.file.resume == "x" * 256


async def test_a_suspended_pipeline_runs_no_pod_and_is_settled(world: World) -> None:
    world.cluster.create(a_manifest(replicas=2))
    await world.settle()

    world.cluster.create(a_manifest(replicas=2, suspend=True))
    await world.settle()

    assert world.cluster.pods == {}
    assert world.cluster.objects[("ScoringPipeline", *KEY)]["spec"]["replicas"] == 2
    assert world.condition("Available") == ("False", "Suspended")
    assert world.condition("Ready") == ("False", "Suspended")
    assert world.condition("Reconciling") == ("False", "Settled")
    assert world.condition("Stalled")[0] == "False"
    assert world.status["partitions"] == 6
    assert await world.writes_of_next_pass() == 0


async def test_a_suspended_pipeline_comes_back_with_what_served(world: World) -> None:
    world.cluster.create(a_manifest(replicas=2, suspend=True))
    await world.settle()
    assert world.cluster.pods == {}

    world.cluster.create(a_manifest(replicas=2))
    await world.settle()

    assert len(world.cluster.pods) == 2
    assert world.condition("Ready")[0] == "True"


@pytest.mark.parametrize("replicas", [0, 1, 6])
async def test_one_pod_per_partition_does_not_fight_a_suspension(world: World, replicas: int) -> None:
    per_partition = {"mode": "PerPartition", "partitionsPerReplica": 2}
    world.cluster.create(a_manifest(autoscaling=per_partition))
    await world.settle()

    world.cluster.create(a_manifest(replicas=replicas, autoscaling=per_partition, suspend=True))
    await world.settle()
    assert world.cluster.pods == {}
    assert world.cluster.objects[("ScoringPipeline", *KEY)]["spec"]["replicas"] == replicas
    world.cluster.create(a_manifest(replicas=replicas, autoscaling=per_partition))
    await world.settle()

    assert len(world.cluster.pods) == 3


def strategy(world: World) -> str:
    kind: str = world.cluster.objects[("Deployment", *KEY)]["spec"]["strategy"]["type"]
    return kind


EXACTLY = {"guarantee": "ExactlyOnce"}


@pytest.mark.parametrize("delivery", [EXACTLY, {"guarantee": "AtLeastOnce"}])
async def test_another_guarantee_ends_all_pods_first_and_only_for_that_rollout(
    world: World, delivery: dict[str, str]
) -> None:
    world.cluster.create(a_manifest(replicas=2, delivery=EXACTLY if delivery != EXACTLY else {}))
    await world.settle()
    assert strategy(world) == "RollingUpdate"

    world.cluster.create(a_manifest(replicas=2, delivery=delivery))
    await world.reconcile(KEY)
    assert strategy(world) == "Recreate"
    await world.reconcile(KEY)
    assert strategy(world) == "Recreate"
    await world.settle()

    assert strategy(world) == "RollingUpdate"
    assert world.condition("Ready")[0] == "True"
    assert await world.writes_of_next_pass() == 0


async def test_a_new_pipeline_and_any_other_change_roll(world: World) -> None:
    world.cluster.create(a_manifest(delivery=EXACTLY))
    await world.reconcile(KEY)
    assert strategy(world) == "RollingUpdate"
    await world.settle()

    world.cluster.create(a_manifest(topic="other", delivery=EXACTLY))
    await world.reconcile(KEY)

    assert strategy(world) == "RollingUpdate"


async def test_all_pods_end_first_even_if_more_changes_under_way_and_the_operator_is_another(world: World) -> None:
    world.cluster.create(a_manifest(replicas=2))
    await world.settle()
    world.cluster.create(a_manifest(replicas=2, delivery=EXACTLY))
    await world.reconcile(KEY)

    world.cluster.create(a_manifest(replicas=2, topic="other", delivery=EXACTLY))
    world.new_operator()
    await world.reconcile(KEY)

    assert strategy(world) == "Recreate"


async def test_a_pod_that_still_drains_keeps_others_from_starting_beside_it(world: World) -> None:
    """The Deployment's numbers say it is done: they do not count pods that are ending."""
    world.cluster.create(a_manifest(replicas=2))
    await world.settle()
    draining = next(iter(world.cluster.pods))
    template = world.cluster.templates[draining]
    world.cluster.create(a_manifest(replicas=2, delivery=EXACTLY))
    await world.reconcile(KEY)
    world.workers.run_pods()
    last = replace(a_pod(99), terminating=True)
    world.cluster.pods[last.uid], world.cluster.templates[last.uid] = last, template

    await world.reconcile(KEY)
    assert strategy(world) == "Recreate"
    del world.cluster.pods[last.uid]
    await world.reconcile(KEY)

    assert strategy(world) == "RollingUpdate"


async def test_a_pod_that_was_evicted_does_not_keep_the_strategy(world: World) -> None:
    world.cluster.create(a_manifest(replicas=2))
    await world.settle()
    template = world.cluster.templates[next(iter(world.cluster.pods))]
    world.cluster.create(a_manifest(replicas=2, delivery=EXACTLY))
    await world.reconcile(KEY)
    world.workers.run_pods()
    evicted = replace(a_pod(99), terminating=True, ended=True)
    world.cluster.pods[evicted.uid], world.cluster.templates[evicted.uid] = evicted, template

    await world.reconcile(KEY)

    assert strategy(world) == "RollingUpdate"


async def test_pods_of_which_nobody_can_tell_the_guarantee_are_all_ended_first(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    (startup,) = [name for name in world.names("ConfigMap") if "-startup-" in name]
    world.cluster.remove("ConfigMap", Key(KEY.namespace, startup))

    world.cluster.create(a_manifest(topic="other"))
    await world.reconcile(KEY)

    assert strategy(world) == "Recreate"


async def test_a_suspended_pipeline_changes_its_guarantee_as_well(world: World) -> None:
    world.cluster.create(a_manifest(replicas=2))
    await world.settle()
    world.cluster.create(a_manifest(replicas=2, suspend=True))
    await world.settle()
    world.cluster.create(a_manifest(replicas=2, suspend=True, delivery=EXACTLY))
    await world.settle()
    assert strategy(world) == "RollingUpdate"

    world.cluster.create(a_manifest(replicas=2, delivery=EXACTLY))
    await world.settle()

    assert world.condition("Ready")[0] == "True"


def annotate(world: World, **annotations: str) -> None:
    """Annotate the pipeline, as a person would; `_` stands for `-`."""
    stored = world.cluster.objects[("ScoringPipeline", *KEY)]
    found = {f"scoring.dev/{name.replace('_', '-')}": value for name, value in annotations.items()}
    world.cluster.edit("ScoringPipeline", KEY, metadata={**stored["metadata"], "annotations": found})


async def test_a_paused_pipeline_is_observed_and_nothing_of_it_is_written(world: World) -> None:
    world.cluster.create(a_manifest(replicas=2))
    await world.settle()
    annotate(world, reconcile="paused")
    world.cluster.remove("Service", KEY)
    spec = world.cluster.objects[("Deployment", *KEY)]["spec"]
    world.cluster.edit("Deployment", KEY, spec={**spec, "minReadySeconds": 99})
    await world.reconcile(KEY)
    before = {name: count for name, count in world.cluster.writes.items() if name != "apply_status"}

    for uid in list(world.cluster.pods):
        world.workers.silent.add(uid)
    world.now += 120
    await world.reconcile(KEY)
    world.now += 120
    await world.reconcile(KEY)

    assert before == {name: count for name, count in world.cluster.writes.items() if name != "apply_status"}
    assert world.condition("ReconciliationPaused") == ("True", "ReconciliationPaused")
    assert world.condition("Stalled") == ("True", "ReconciliationPaused")
    assert world.condition("Available") == ("Unknown", "StatusUnreachable")  # status stays true meanwhile
    assert world.reconcile.paused() == 1
    annotate(world)
    await world.reconcile(KEY)
    assert world.reconcile.paused() == 0


async def test_what_was_left_undone_while_paused_is_done_afterwards(world: World) -> None:
    world.cluster.create(a_manifest(replicas=2))
    await world.settle()
    annotate(world, reconcile="paused")
    world.cluster.edit("ScoringPipeline", KEY, spec=a_manifest(replicas=3, trading=0.3)["spec"])
    world.cluster.remove("Service", KEY)
    await world.settle()
    assert len(world.cluster.pods) == 2
    assert world.file == ScorerFile(serving=a_block())

    annotate(world)
    await world.settle()

    assert world.condition("Ready") == ("True", "SpecRealised")
    assert world.condition("ReconciliationPaused") == ("False", "NotPaused")
    assert len(world.cluster.pods) == 3
    assert world.file == ScorerFile(serving=a_block(0.3))
    assert world.names("Service") == ["wallets"]


async def test_a_pause_takes_hold_in_the_middle_of_a_reconcile(world: World) -> None:
    world.cluster.create(a_manifest())
    await world.settle()
    world.cluster.create(a_manifest(topic="other"))
    world.workers.meanwhile.append(lambda: annotate(world, reconcile="paused"))
    with pytest.raises(Conflict, match="paused"):
        await world.reconcile(KEY)

    before = world.cluster.writes.total()
    await world.reconcile(KEY)

    assert world.cluster.writes.total() == before + 1  # its status


async def test_a_paused_pipeline_rests(world: World) -> None:
    """Also with a revision under way: nothing comes of asking the pods every second."""
    world.cluster.create(a_manifest())
    await world.settle()
    world.cluster.create(a_manifest(trading=0.3))
    annotate(world, reconcile="paused")
    await world.reconcile(KEY)

    assert await world.reconcile(KEY) == 30.0
    assert await world.writes_of_next_pass() == 0


async def test_a_paused_pipeline_is_not_scaled(world: World) -> None:
    world.cluster.create(a_manifest(replicas=0, autoscaling={"mode": "PerPartition"}))
    annotate(world, reconcile="paused")

    await world.settle()

    assert world.cluster.writes["scale"] == 0
