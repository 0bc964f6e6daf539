"""Status is written when something is said, and no storm comes of what moves by itself or flaps."""

import random
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.pipelines import KEY, Workers, a_manifest
from scoring_operator.cluster.memory import MemoryCluster
from scoring_operator.config import WorkerDefaults
from scoring_operator.facts import Manifest
from scoring_operator.look import Clocks
from scoring_operator.pace import BURST, REFILL_S, VOLATILE_S, Pace, paced
from scoring_operator.reconcile import Reconciler

SCALING = {"desired": 2, "reason": "R", "message": "why", "capacityPerPod": 5.0, "inputs": {"lagRecords": 1}}


def a_status(*, lag: int = 0, ready: str = "True", message: str = "why", pods: int = 2, **parts: Any) -> Manifest:
    condition = {"type": "Ready", "status": ready, "reason": "R", "message": message, "observedGeneration": 1}
    return {"conditions": [condition], "lag": {"records": lag}, "readyReplicas": pods, "scaling": SCALING} | parts


CALM = a_status()
EMPTY = Pace(tokens=0.0, at=0.0)
FULL = Pace(tokens=BURST, at=0.0)


@pytest.mark.parametrize("pace", [EMPTY, FULL])
def test_the_same_status_is_never_written_again(pace: Pace) -> None:
    assert paced(CALM, a_status(), pace, 1e9) is None


@pytest.mark.parametrize("change", [{"observedGeneration": 2}, {"upgrade": "team/worker:2"}])
def test_what_somebody_asks_for_is_written_at_once_and_what_comes_of_it_too(change: Manifest) -> None:
    """However much flapped before: who has just changed the spec must not wait for the truth."""
    assert paced(a_status(**change), CALM, EMPTY, 0.0) == FULL


@pytest.mark.parametrize(
    "change",
    [
        {"controller": "shop/ours"},
        {"revision": {"serving": "abc"}},
        {"partitions": 7},
        {"idleSince": "2026-01-01T12:00:00Z"},
        {"scaling": SCALING | {"desired": 3}},
        {"scaling": SCALING | {"lastScaleTime": "2026-01-01T12:00:00Z"}},
        {"scaling": {}},
    ],
)
def test_what_does_not_move_by_itself_is_written_at_once_and_costs_nothing(change: Manifest) -> None:
    assert paced(a_status(**change), CALM, EMPTY, 0.0) == EMPTY


@pytest.mark.parametrize(
    "change",
    [
        {"lag": 5},
        {"message": "another"},
        {"scaling": SCALING | {"message": "another"}},
        {"scaling": SCALING | {"inputs": {}}},
        {"scaling": SCALING | {"capacityPerPod": 6.0}},
    ],
)
def test_figures_and_words_alone_are_written_every_fifteen_seconds(change: dict[str, Any]) -> None:
    assert paced(a_status(**change), CALM, FULL, VOLATILE_S - 0.1) is None
    assert paced(a_status(**change), CALM, FULL, VOLATILE_S) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"ready": "False"},
        {"pods": 1},
        {"scaling": SCALING | {"reason": "S"}},
        {"scaling": SCALING | {"limitedBy": ["Cooldown"]}},
    ],
)
def test_what_may_flap_is_written_at_once_as_long_as_it_does_so_rarely(change: dict[str, Any]) -> None:
    assert paced(a_status(**change), CALM, FULL, 0.0) == Pace(BURST - 1, 0.0)
    assert paced(a_status(**change), CALM, EMPTY, REFILL_S - 0.1) is None
    assert paced(a_status(**change), CALM, EMPTY, REFILL_S) is not None


def written(history: Iterable[tuple[float, Manifest]]) -> list[tuple[float, Manifest]]:
    """Return moment and content of every write that a history of statuses makes; the first is stored already."""
    moments = iter(history)
    _, stored = next(moments)
    pace, writes = FULL, []
    for now, status in moments:
        if (next_pace := paced(status, stored, pace, now)) is not None:
            pace, stored = next_pace, status
            writes.append((now, status))
    return writes


def within(moments: Sequence[float], seconds: float) -> int:
    """Return the most writes in any span of so many seconds."""
    return max((sum(0 <= other - one < seconds for other in moments) for one in moments), default=0)


STATUSES = st.builds(
    a_status,
    lag=st.integers(0, 3),
    ready=st.sampled_from(["True", "False", "Unknown"]),
    message=st.sampled_from(["a", "b"]),
    pods=st.integers(0, 3),
)


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=600))
def test_a_lag_that_changes_every_second_is_written_four_times_a_minute(lags: list[int]) -> None:
    moments = [now for now, _ in written((float(now), a_status(lag=lag)) for now, lag in enumerate(lags))]

    assert within(moments, 60.0) <= 4


@given(st.lists(STATUSES, min_size=2, max_size=300))
def test_whatever_flaps_every_second_is_bounded(statuses: list[Manifest]) -> None:
    moments = [now for now, _ in written((float(now), status) for now, status in enumerate(statuses))]

    for seconds in (60.0, 240.0):
        assert within(moments, seconds) <= BURST + seconds / REFILL_S + 1


@given(st.lists(STATUSES, min_size=2, max_size=300), st.lists(st.integers(0, 299), max_size=4))
def test_each_thing_that_is_asked_costs_one_burst_more_whatever_flaps(
    statuses: list[Manifest], asked: list[int]
) -> None:
    history = [
        (float(now), status | {"observedGeneration": sum(at <= now for at in asked)})
        for now, status in enumerate(statuses)
    ]

    moments = [now for now, _ in written(history)]

    for seconds in (60.0, 240.0):
        assert within(moments, seconds) <= (len(asked) + 1) * (BURST + 1) + seconds / REFILL_S


@given(st.lists(STATUSES, min_size=2, max_size=60))
def test_what_is_held_back_is_written_once_it_stays(statuses: list[Manifest]) -> None:
    last = float(len(statuses))
    history = [*((float(now), status) for now, status in enumerate(statuses)), (last + VOLATILE_S, statuses[-1])]

    writes = written(history)

    stored = writes[-1][1] if writes else statuses[0]
    assert stored == statuses[-1]


class World:
    """A settled pipeline whose pods may say something else every second."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.cluster = MemoryCluster()
        self.workers = Workers(self.cluster)
        clocks = Clocks(lambda: self.now, lambda: datetime.fromtimestamp(self.now, UTC), lambda least, _: least)
        self.reconcile = Reconciler(self.cluster, self.workers, WorkerDefaults(image="i"), clocks)

    def change(self, **parts: Any) -> None:
        """Do what a person does with kubectl edit."""
        self.cluster.create(a_manifest(**{"replicas": 2} | parts))

    async def settled(self) -> "World":
        self.cluster.create(a_manifest(replicas=2))
        for _ in range(8):
            await self.reconcile(KEY)
            self.workers.run_pods()
            self.workers.refresh()
            self.now += 20
        return self

    async def writes_in(self, looks: int, happens: Callable[[int], None], every_s: float = 1.0) -> int:
        before = self.cluster.writes.total()
        for look in range(looks):
            happens(look)
            await self.reconcile(KEY)
            self.now += every_s
        return self.cluster.writes.total() - before


async def test_an_hour_in_which_nothing_changes_is_an_hour_without_a_write() -> None:
    world = await World().settled()

    assert await world.writes_in(120, lambda look: None, every_s=30.0) == 0


async def test_a_lag_that_moves_every_second_is_written_four_times_a_minute() -> None:
    world = await World().settled()
    chance = random.Random(1)

    assert await world.writes_in(60, lambda look: setattr(world.workers, "lag", chance.randrange(10**7))) == 4


async def test_a_pod_that_is_silent_every_other_second_makes_no_storm() -> None:
    world = await World().settled()
    uid = next(iter(world.cluster.pods))

    def flap(look: int) -> None:
        world.workers.silent.symmetric_difference_update({uid})

    assert BURST <= await world.writes_in(120, flap) <= BURST + 120 / REFILL_S + 1


async def test_a_spec_that_changes_after_a_storm_is_ready_no_later_than_one_that_changes_in_peace() -> None:
    calm, stormy = await World().settled(), await World().settled()
    uid = next(iter(stormy.cluster.pods))
    await stormy.writes_in(122, lambda look: stormy.workers.silent.symmetric_difference_update({uid}))
    stormy.workers.silent.clear()

    assert await looks_until_ready(calm) == await looks_until_ready(stormy)


async def looks_until_ready(world: World) -> int:
    """Roll the pods to another file; return the looks, one a second, until the status calls that Ready."""
    world.change(delivery={"maxLatency": "1s"})
    for look in range(1, 60):
        await world.reconcile(KEY)
        world.workers.run_pods()
        world.workers.refresh()
        world.now += 1
        pipeline = world.cluster.objects[("ScoringPipeline", *KEY)]
        ready = next(c for c in pipeline["status"]["conditions"] if c["type"] == "Ready")
        if (ready["status"], ready["observedGeneration"]) == ("True", pipeline["metadata"]["generation"]):
            return look
    raise AssertionError("never Ready")
