"""One release acts on a pipeline, the others stand back: whichever was named, or came first."""

from typing import Any

import pytest

from harness.pipelines import KEY, Workers, a_manifest
from scoring_operator import scope
from scoring_operator.cluster.memory import MemoryCluster
from scoring_operator.config import WorkerDefaults
from scoring_operator.errors import Conflict
from scoring_operator.facts import Manifest
from scoring_operator.reconcile import Reconciler
from scoring_operator.scope import Standing
from scoring_service.contract.names import CONTROLLER_ANNOTATION

OURS, THEIRS = "shop/ours", "shop/theirs"


def a_pipeline(*, asked: str = "", said: str = "", wrote: tuple[tuple[str, str], ...] = ()) -> Manifest:
    """Return a pipeline as stored: which release is asked to act, says so, and wrote status at which time."""
    entries = [
        {"manager": f"scoring/{who}", "operation": "Apply", "subresource": "status", "time": at} for who, at in wrote
    ]
    metadata: dict[str, Any] = {"namespace": "shop", "name": "wallets", "managedFields": entries}
    if asked:
        metadata["annotations"] = {CONTROLLER_ANNOTATION: asked}
    return {"metadata": metadata, "status": {"controller": said} if said else {}}


@pytest.mark.parametrize(
    ("pipeline", "expected"),
    [
        pytest.param(a_pipeline(), Standing(True, False, OURS), id="a new pipeline is for whoever comes first"),
        pytest.param(a_pipeline(said=OURS), Standing(True, True, OURS), id="ours"),
        pytest.param(a_pipeline(said=THEIRS), Standing(False, False, THEIRS), id="theirs"),
        pytest.param(a_pipeline(asked=OURS, said=THEIRS), Standing(True, False, OURS), id="given to us"),
        pytest.param(a_pipeline(asked=THEIRS, said=OURS), Standing(False, True, THEIRS), id="taken from us"),
        pytest.param(a_pipeline(asked="shop/none"), Standing(False, False, "shop/none"), id="kept for a third one"),
        pytest.param(
            a_pipeline(wrote=((OURS, "2026-01-01T00:00:00Z"), (THEIRS, "2026-01-02T00:00:00Z"))),
            Standing(False, False, THEIRS),
            id="a status that was wiped still tells who wrote it last",
        ),
        pytest.param(
            a_pipeline(wrote=((OURS, "2026-01-01T00:00:00Z"),)), Standing(True, False, OURS), id="we wrote it last"
        ),
    ],
)
def test_who_acts_is_named_or_came_first(pipeline: Manifest, expected: Standing) -> None:
    assert scope.standing(pipeline, OURS) == expected


def test_what_persons_and_other_tools_have_written_names_no_release() -> None:
    pipeline = a_pipeline()
    pipeline["metadata"]["managedFields"] = [
        {"manager": "kubectl-scoring", "operation": "Update", "time": "2026-01-01T00:00:00Z"},
        {"manager": "kubectl-edit", "operation": "Update", "subresource": "status", "time": "2026-01-01T00:00:00Z"},
        {"manager": f"scoring/{THEIRS}", "operation": "Update", "subresource": "scale", "time": "2026-01-01T00:00:00Z"},
    ]

    assert scope.standing(pipeline, OURS).acts


@pytest.mark.parametrize("longest", ["n" * 63 + "/" + "r" * 53])
def test_the_longest_name_of_a_release_still_makes_a_field_manager(longest: str) -> None:
    assert len(scope.field_manager(longest)) <= 128


def test_an_heir_owns_what_another_release_applied_and_nobody_elses_part() -> None:
    def entry(manager: str, fields: str, **parts: str) -> Manifest:
        return {"manager": manager, "operation": "Apply", "fieldsV1": {fields: {}}, **parts}

    person = entry("kubectl", "a")
    ours, theirs = entry(f"scoring/{OURS}", "b"), entry(f"scoring/{THEIRS}", "c")
    status = entry(f"scoring/{THEIRS}", "d", subresource="status")

    assert scope.inherited([person, theirs, status], OURS) == [person, status, {**theirs, "manager": ours["manager"]}]
    assert scope.inherited([ours, theirs], OURS) == [{**theirs, "manager": ours["manager"]}]
    assert scope.others({"metadata": {"managedFields": [person, ours, theirs]}}, OURS) == [theirs["manager"]]
    assert scope.others({"metadata": {"managedFields": [ours, status]}}, OURS) == []
    assert scope.others({"metadata": {"managedFields": [ours, status]}}, OURS, "status") == [theirs["manager"]]


class Two:
    """One cluster, its workers, and two releases that see the same pipeline."""

    def __init__(self) -> None:
        self.cluster = MemoryCluster()
        self.workers = Workers(self.cluster)
        self.ours, self.theirs = (self.release(name) for name in (OURS, THEIRS))

    def release(self, name: str) -> Reconciler:
        return Reconciler(self.cluster, self.workers, WorkerDefaults(image=name), controller=name)

    async def settle(self, *releases: Reconciler, rounds: int = 6) -> None:
        for _ in range(rounds):
            for release in releases:
                await release(KEY)
            self.workers.run_pods()
            self.workers.refresh(everyone=True)

    def give_to(self, name: str) -> None:
        """Do what `kubectl-scoring adopt` does."""
        stored = self.cluster.objects[("ScoringPipeline", *KEY)]
        metadata = {**stored["metadata"], "annotations": {CONTROLLER_ANNOTATION: name}}
        self.cluster.edit("ScoringPipeline", KEY, metadata=metadata)

    @property
    def status(self) -> Manifest:
        status: Manifest = self.cluster.objects[("ScoringPipeline", *KEY)]["status"]
        return status

    def writes(self) -> int:
        return self.cluster.writes.total()


async def test_the_first_release_acts_and_the_second_writes_nothing() -> None:
    two = Two()
    two.cluster.create(a_manifest())
    await two.settle(two.ours)
    before = two.writes()

    await two.settle(two.theirs)

    assert two.writes() == before
    assert two.status["controller"] == OURS
    assert await two.theirs(KEY) is None  # a change of the pipeline calls it again
    assert (two.ours.foreign(), two.theirs.foreign()) == (0, 1)
    two.cluster.remove("ScoringPipeline", KEY)
    await two.theirs(KEY)
    assert two.theirs.foreign() == 0


async def test_two_releases_together_make_as_many_writes_as_one() -> None:
    alone, together = Two(), Two()
    for world, releases in ((alone, [alone.ours]), (together, [together.ours, together.theirs])):
        world.cluster.create(a_manifest())
        await world.settle(*releases)

    assert together.cluster.writes == alone.cluster.writes


async def test_who_acts_is_written_before_any_child() -> None:
    two = Two()
    two.cluster.create(a_manifest())
    two.cluster.faults["apply_status"] = [Conflict("another release came first")]

    with pytest.raises(Conflict):
        await two.ours(KEY)

    assert set(two.cluster.writes) == {"apply_status"}


async def test_a_pipeline_that_is_given_away_is_taken_over_with_all_that_is_known_of_it() -> None:
    two = Two()
    two.cluster.create(a_manifest())
    await two.settle(two.ours, two.theirs)
    former = two.status

    two.give_to(THEIRS)
    await two.settle(two.ours, two.theirs)

    assert two.status["controller"] == THEIRS
    assert two.status["revisions"] == former["revisions"]
    assert two.status["image"] == former["image"]  # an adoption restarts no worker
    ready = next(condition for condition in two.status["conditions"] if condition["type"] == "Ready")
    assert ready["status"] == "True"
    before = two.writes()
    await two.ours(KEY)
    await two.theirs(KEY)
    assert two.writes() == before


async def test_a_release_that_loses_a_pipeline_under_way_writes_no_more() -> None:
    two = Two()
    two.cluster.create(a_manifest())
    await two.settle(two.ours)
    two.workers.meanwhile.append(lambda: two.give_to(THEIRS))
    two.cluster.create(a_manifest(topic="other"))
    before = two.cluster.writes["apply_status"]

    with pytest.raises(Conflict, match="another release"):
        await two.ours(KEY)

    assert two.cluster.writes["apply_status"] == before
