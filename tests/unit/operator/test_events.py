"""Events tell of transitions, each once, never more than anybody reads, and harm nothing if they cannot be written."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.pipelines import KEY, Workers, a_manifest, a_revision
from scoring_operator.cluster.memory import MemoryCluster
from scoring_operator.config import WorkerDefaults
from scoring_operator.errors import ClusterUnavailable, InvalidManifest
from scoring_operator.events.event import Event, normal, warning
from scoring_operator.events.limits import BURST, FORGET_S, REFILL_S, REMEMBERED, REPEAT_S, About, Limits, Occurrence
from scoring_operator.events.recorder import QUEUED, Recorder
from scoring_operator.events.transitions import between, expiring
from scoring_operator.facts import Key, Manifest
from scoring_operator.look import Clocks
from scoring_operator.reconcile import Reconciler
from scoring_service.contract.names import CONTROLLER_ANNOTATION

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ABOUT = About(KEY, "uid")
CALM = {
    "Available": ("True", "AllPartitionsScored"),
    "Ready": ("True", "SpecRealised"),
    "Reconciling": ("False", "Settled"),
    "Stalled": ("False", "NotStalled"),
    "Accepted": ("True", "SpecAccepted"),
    "WeightsVerified": ("True", "WeightsTried"),
    "KafkaReachable": ("True", "BrokersAnswer"),
    "ScalingLimited": ("False", "WithinPartitions"),
    "ReconciliationPaused": ("False", "NotPaused"),
}


def a_status(serving: str = "abc", **changes: tuple[str, str]) -> Manifest:
    """Return a status that is all well, but for some conditions: status and reason by type."""
    conditions = [
        {"type": kind, "status": status, "reason": reason, "message": f"why {reason}"}
        for kind, (status, reason) in (CALM | changes).items()
    ]
    return {"conditions": conditions, "revision": {"serving": serving}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"Reconciling": ("True", "LanesInitialising")}, [], id="it is on its way"),
        pytest.param(
            {"Available": ("False", "LanesHeld"), "Ready": ("False", "LanesHeld")},
            [warning("LanesHeld", "Available is False, Ready is False: why LanesHeld")],
            id="an outage is one Event for each reason",
        ),
        pytest.param(
            {"Available": ("Unknown", "StatusUnreachable")},
            [warning("StatusUnreachable", "Available is Unknown: why StatusUnreachable")],
            id="nobody knows",
        ),
        pytest.param(
            {"Available": ("False", "Suspended"), "Ready": ("False", "Suspended")},
            [normal("Suspended", "Available is False, Ready is False: why Suspended")],
            id="a person wants it so",
        ),
        pytest.param(
            {"Ready": ("False", "RevisionPending"), "WeightsVerified": ("Unknown", "RevisionPending")},
            [normal("RevisionPending", "Ready is False: why RevisionPending")],
            id="a changed weight",
        ),
        pytest.param(
            {
                "Ready": ("False", "WeightsRejected"),
                "Stalled": ("True", "WeightsRejected"),
                "WeightsVerified": ("False", "WeightsRejected"),
            },
            [
                warning(
                    "WeightsRejected",
                    "Ready is False, Stalled is True, WeightsVerified is False: why WeightsRejected",
                )
            ],
            id="a refused weight",
        ),
        pytest.param(
            {"Available": ("False", "LanesHeld"), "KafkaReachable": ("False", "BrokersUnreachable")},
            [
                warning("LanesHeld", "Available is False: why LanesHeld"),
                warning("BrokersUnreachable", "KafkaReachable is False: why BrokersUnreachable"),
            ],
            id="two reasons are two Events",
        ),
        pytest.param(
            {"ScalingLimited": ("True", "MorePodsThanPartitions")},
            [normal("MorePodsThanPartitions", "ScalingLimited is True: why MorePodsThanPartitions")],
            id="more pods than partitions",
        ),
    ],
)
def test_what_changes_is_told(changes: dict[str, tuple[str, str]], expected: list[Event]) -> None:
    assert between(a_status(), a_status(**changes)) == expected


def test_what_is_over_is_told_too() -> None:
    held = a_status(Available=("False", "LanesHeld"), Ready=("False", "LanesHeld"))

    assert between(held, a_status()) == [
        normal("AllPartitionsScored", "Available is True: why AllPartitionsScored"),
        normal("SpecRealised", "Ready is True: why SpecRealised"),
    ]


def test_another_reason_to_stall_is_news_and_another_one_not_to_be_available_is_not() -> None:
    rejected = {"Stalled": ("True", "WeightsRejected"), "Available": ("False", "NoReadyPods")}
    lost = {"Stalled": ("True", "OffsetsLost"), "Available": ("False", "LanesHeld")}

    assert [event.reason for event in between(a_status(**rejected), a_status(**lost))] == ["OffsetsLost"]


def test_that_a_new_pipeline_is_not_ready_yet_is_no_news_but_that_it_is_refused_is() -> None:
    starting = a_status("", Available=("False", "NoReadyPods"), Ready=("False", "NoReadyPods"))
    refused = a_status("", Stalled=("True", "InvalidSpec"), Accepted=("False", "InvalidSpec"))

    assert between({}, starting) == []
    assert [event.reason for event in between({}, refused)] == ["InvalidSpec"]


def test_another_serving_revision_is_told_with_the_former_one() -> None:
    assert between(a_status("abc"), a_status("def")) == [
        normal("RevisionServing", "revision def serves on every ready pod; before it abc")
    ]
    assert between(a_status("abc"), a_status("")) == []


@given(
    st.dictionaries(st.sampled_from(list(CALM)), st.tuples(st.sampled_from(["True", "False", "Unknown"]), st.just("R")))
)
def test_a_status_that_stays_says_nothing(changes: dict[str, tuple[str, str]]) -> None:
    assert between(a_status(**changes), a_status(**changes)) == []


IDLE = {"firstCommitTime": "2026-01-01T00:00:00Z", "idleSince": "2026-01-01T12:00:00Z", "input": {"group": "g"}}


@pytest.mark.parametrize(
    ("days", "warns"), [(0, False), (4.99, False), (5, True), (6.5, True), (7, True), (8, False), (30, False)]
)
def test_offsets_that_will_be_forgotten_are_warned_of_from_the_fifth_day_on(days: float, warns: bool) -> None:
    told, event = expiring(IDLE, NOON + timedelta(days=days))

    assert told == int(days)
    assert (event is not None) == warns
    if event is not None:
        assert (event.severity, event.reason) == ("Warning", "OffsetsExpire")
        assert "group g" in event.note
        assert "2026-01-08T12:00Z" in event.note


@pytest.mark.parametrize("missing", ["firstCommitTime", "idleSince"])
def test_a_group_that_runs_or_has_nothing_to_lose_is_not_warned_of(missing: str) -> None:
    status = {name: value for name, value in IDLE.items() if name != missing}

    assert expiring(status, NOON + timedelta(days=6)) == (0, None)


def at(now: float) -> tuple[float, datetime]:
    """Return one moment on both clocks."""
    return now, NOON + timedelta(seconds=now)


def test_what_repeats_is_counted_and_written_once_a_minute() -> None:
    limits, event = Limits(), warning("ScopeConflict", "x")

    first = limits.admit(ABOUT, event, *at(0))
    soon = [limits.admit(ABOUT, event, *at(second)) for second in range(1, 50)]
    later = limits.admit(ABOUT, event, *at(REPEAT_S))

    assert first is not None
    assert (first.count, first.is_repeated) == (1, False)
    assert set(soon) == {None}
    assert later is not None
    assert (later.count, later.first, later.last) == (51, first.first, NOON + timedelta(seconds=REPEAT_S))


def test_what_comes_again_after_the_api_server_has_forgotten_it_is_new() -> None:
    limits, event = Limits(), warning("ScopeConflict", "x")
    limits.admit(ABOUT, event, *at(0))

    again = limits.admit(ABOUT, event, *at(FORGET_S))

    assert again is not None
    assert not again.is_repeated


def test_a_flood_of_news_about_one_pipeline_ends_in_a_trickle_and_hides_no_warning_and_no_other_pipeline() -> None:
    limits = Limits()
    flood = [limits.admit(ABOUT, normal("Ready", str(n)), *at(0)) for n in range(1000)]

    assert sum(occurrence is not None for occurrence in flood) == BURST
    assert limits.admit(ABOUT, warning("OffsetsLost", "x"), *at(0)) is not None
    assert limits.admit(About(Key("shop", "other"), "other"), normal("Ready", "x"), *at(0)) is not None
    assert limits.admit(ABOUT, normal("Ready", "late"), *at(REFILL_S - 1)) is None
    assert limits.admit(ABOUT, normal("Ready", "later"), *at(REFILL_S)) is not None


@given(st.lists(st.tuples(st.floats(0, 600), st.integers(0, 3), st.integers(0, 5)), max_size=200))
def test_whatever_happens_no_pipeline_has_more_than_its_share(history: Sequence[tuple[float, int, int]]) -> None:
    limits, now, written = Limits(), 0.0, dict[str, list[float]]()
    for pause, pipeline, what in history:
        now += pause
        about = About(Key("shop", str(pipeline)), str(pipeline))
        if limits.admit(about, normal("Ready", str(what)), *at(now)) is not None:
            written.setdefault(about.uid, []).append(now)

    for moments in written.values():
        assert len(moments) <= BURST + now / REFILL_S


def test_what_is_remembered_is_bounded() -> None:
    limits = Limits()
    for n in range(3 * REMEMBERED):
        limits.admit(About(Key("shop", str(n)), str(n)), normal("Ready", "x"), *at(0))

    assert len(limits._series) == len(limits._buckets) == REMEMBERED


class Sink:
    """Where Events go; it may refuse them."""

    def __init__(self, *errors: Exception) -> None:
        self.written: list[Occurrence] = []
        self.errors = list(errors)

    async def __call__(self, occurrence: Occurrence) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.written.append(occurrence)


A_PIPELINE = {"metadata": {"namespace": "shop", "name": "wallets", "uid": "uid"}}


async def test_what_is_noted_is_written_by_and_by_in_order() -> None:
    sink = Sink()
    recorder = Recorder(sink)
    for n in range(3):
        recorder.note(A_PIPELINE, normal("Ready", str(n)))
    assert sink.written == []

    recorder.stop()
    await recorder.work()

    assert [(o.about, o.event.note) for o in sink.written] == [(ABOUT, str(n)) for n in range(3)]
    assert (recorder.written, recorder.dropped) == (3, 0)


async def test_what_comes_while_it_waits_is_written_at_once() -> None:
    sink = Sink()
    recorder = Recorder(sink)
    work = asyncio.create_task(recorder.work())
    await asyncio.sleep(0)

    recorder.note(A_PIPELINE, normal("Ready", "x"))
    recorder.stop()
    await work

    assert len(sink.written) == 1


@pytest.mark.parametrize("error", [ClusterUnavailable("away"), InvalidManifest("events is forbidden")])
async def test_an_event_that_cannot_be_written_is_dropped_and_the_next_one_tried(error: Exception) -> None:
    sink = Sink(error)
    recorder = Recorder(sink)
    for n in range(2):
        recorder.note(A_PIPELINE, normal("Ready", str(n)))

    recorder.stop()
    await recorder.work()

    assert [occurrence.event.note for occurrence in sink.written] == ["1"]
    assert (recorder.written, recorder.dropped) == (1, 1)


async def test_a_cluster_that_takes_nothing_makes_nothing_pile_up() -> None:
    recorder = Recorder(Sink())
    for n in range(2 * QUEUED):
        pipeline = {"metadata": {"namespace": "shop", "name": f"p{n}", "uid": str(n)}}
        recorder.note(pipeline, normal("Ready", "x"))

    assert len(recorder._waiting) == QUEUED
    assert recorder.dropped == QUEUED


class World:
    """A pipeline on the in-memory cluster, and what is told of it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.cluster = MemoryCluster()
        self.workers = Workers(self.cluster)
        self.told: list[Event] = []
        self.start()

    def start(self, controller: str = "shop/ours") -> None:
        clocks = Clocks(lambda: self.now, lambda: datetime.fromtimestamp(self.now, UTC), lambda least, _: least)
        workers = WorkerDefaults(image="i")
        self.reconcile = Reconciler(
            self.cluster, self.workers, workers, clocks, controller=controller, note=lambda _, e: self.told.append(e)
        )

    async def settle(self, rounds: int = 8) -> list[str]:
        """Let everybody act; return the reasons of what is told meanwhile."""
        self.told.clear()
        for _ in range(rounds):
            await self.reconcile(KEY)
            self.workers.run_pods()
            self.workers.refresh()
            self.now += 1.5
        return [event.reason for event in self.told]

    def change(self, **parts: Any) -> None:
        self.cluster.create(a_manifest(**parts))


@pytest.fixture
async def world() -> World:
    world = World()
    world.change(replicas=2)
    await world.settle()
    return world


async def test_a_pipeline_that_starts_tells_when_it_is_available_and_ready() -> None:
    world = World()
    world.change()

    assert set(await world.settle()) >= {"AllPartitionsScored", "SpecRealised", "RevisionServing"}
    assert {event.severity for event in world.told} == {"Normal"}


async def test_a_settled_pipeline_tells_nothing_and_a_new_operator_repeats_nothing(world: World) -> None:
    assert await world.settle() == []

    world.start()

    assert await world.settle() == []


async def test_a_changed_weight_tells_three_things(world: World) -> None:
    world.change(replicas=2, trading=0.3)

    assert await world.settle() == ["RevisionPending", "RevisionServing", "SpecRealised"]
    assert world.told[1].note.startswith(f"revision {a_revision(0.3)} serves on every ready pod")


@pytest.mark.parametrize(("deleted", "word"), [(True, "deleted"), (False, "changed")])
async def test_a_repaired_child_is_told_with_its_name(world: World, deleted: bool, word: str) -> None:
    if deleted:
        world.cluster.remove("Service", KEY)
    else:
        world.cluster.edit("Service", KEY, spec={})

    assert await world.settle() == ["DriftRepaired"]
    assert world.told[0].note == f"somebody {word} Service wallets: it was put back"


async def test_what_follows_from_another_spec_is_no_drift(world: World) -> None:
    world.change(replicas=3, topic="other")

    assert "DriftRepaired" not in await world.settle()


async def test_a_suspension_is_told_and_from_the_fifth_day_on_warned_of_once_a_day(world: World) -> None:
    world.workers.committed = 7
    await world.settle()
    world.change(replicas=2, suspend=True)
    suspended = await world.settle()
    assert "Suspended" in suspended
    assert {event.severity for event in world.told} == {"Normal"}

    warned = []
    for _ in range(10 * 24):
        world.now += 3600
        world.told.clear()
        await world.reconcile(KEY)
        warned += [event.reason for event in world.told]

    assert warned == ["OffsetsExpire"] * 3
    world.change(replicas=2)
    await world.settle()
    assert "idleSince" not in world.cluster.objects[("ScoringPipeline", *KEY)]["status"]


async def test_a_pipeline_of_another_release_is_told_and_so_is_its_adoption(world: World) -> None:
    world.start("shop/theirs")
    await world.settle()
    assert {(event.severity, event.reason) for event in world.told} == {("Warning", "ScopeConflict")}
    assert "scoring.dev/controller=shop/theirs" in world.told[0].note

    stored = world.cluster.objects[("ScoringPipeline", *KEY)]
    given = {**stored["metadata"], "annotations": {CONTROLLER_ANNOTATION: "shop/theirs"}}
    world.cluster.edit("ScoringPipeline", KEY, metadata=given)

    assert await world.settle() == ["Adopted"]


async def test_replicas_that_the_operator_writes_are_told() -> None:
    world = World()
    world.change(autoscaling={"mode": "PerPartition"})
    await world.settle()

    assert "spec.replicas 1 → 6: 6 partitions, 1 for each pod" in [event.note for event in world.told]
