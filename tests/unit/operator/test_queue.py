"""The keyed queue: one reconcile per key, nothing forgotten, failures later and later."""

import asyncio

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from scoring_operator.errors import ClusterUnavailable
from scoring_operator.facts import Key
from scoring_operator.queue import BACK_OFF_FIRST_S, BACK_OFF_MOST_S, KeyedQueue, Schedule

A, B = Key("n", "a"), Key("n", "b")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> KeyedQueue:
    return KeyedQueue(clock=clock, uniform=lambda _least, most: most)


async def run_due(queue: KeyedQueue, reconcile: object) -> list[Key]:
    """Run everything that is due now, one after the other."""
    keys = []
    while (key := queue.take()) is not None:
        keys.append(key)
        await queue.run_once(key, reconcile)  # type: ignore[arg-type]  # tests pass any coroutine function
    return keys


async def nothing(_: Key) -> float | None:
    return None


async def test_a_key_added_often_runs_once(queue: KeyedQueue) -> None:
    for _ in range(5):
        queue.add(A)
    queue.add(B)

    assert sorted(await run_due(queue, nothing)) == [A, B]


async def test_a_key_added_while_it_runs_runs_again_afterwards_and_never_beside_itself(queue: KeyedQueue) -> None:
    queue.add(A)

    async def reconcile(key: Key) -> float | None:
        if not seen:
            queue.add(key)
        seen.append(queue.take())
        return None

    seen: list[Key | None] = []

    assert await run_due(queue, reconcile) == [A, A]
    assert seen == [None, None]


async def test_a_key_comes_back_after_the_time_it_asked_for(queue: KeyedQueue, clock: Clock) -> None:
    async def reconcile(_: Key) -> float | None:
        return 30.0

    queue.add(A)
    await run_due(queue, reconcile)
    clock.now = 29.9
    assert queue.take() is None

    clock.now = 30.0

    assert queue.take() == A


async def test_an_event_comes_before_the_time_a_key_asked_for_and_replaces_it(queue: KeyedQueue, clock: Clock) -> None:
    queue.add(A, 30.0)
    queue.add(A)
    assert await run_due(queue, nothing) == [A]

    clock.now = 100.0

    assert queue.take() is None


async def test_failures_back_off_to_a_limit_and_success_forgets_them(queue: KeyedQueue, clock: Clock) -> None:
    async def fail(_: Key) -> float | None:
        raise ClusterUnavailable("later")

    waits = []
    queue.add(A)
    for _ in range(12):
        await run_due(queue, fail)
        waits.append(queue._schedule.next_due() - clock.now)
        clock.now = queue._schedule.next_due()

    assert waits[:4] == [BACK_OFF_FIRST_S * factor for factor in (1, 2, 4, 8)]
    assert waits[-1] == BACK_OFF_MOST_S
    await run_due(queue, nothing)
    queue.add(A)
    await run_due(queue, fail)
    assert queue._schedule.next_due() - clock.now == BACK_OFF_FIRST_S


async def test_a_fault_met_by_one_key_does_not_stop_the_others(queue: KeyedQueue) -> None:
    async def crash_for_a(key: Key) -> float | None:
        if key == A:
            raise ZeroDivisionError
        return None

    queue.add(A)
    queue.add(B)

    assert sorted(await run_due(queue, crash_for_a)) == [A, B]
    assert queue._schedule.next_due() == BACK_OFF_FIRST_S


class Observer:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def added(self) -> None:
        self.told.append(("added",))

    def taken(self, waited_s: float) -> None:
        self.told.append(("taken", waited_s))

    def succeeded(self, seconds: float, *, comes_again: bool) -> None:
        self.told.append(("succeeded", seconds, comes_again))

    def failed(self, seconds: float, reason: str, *, crashed: bool) -> None:
        self.told.append(("failed", seconds, reason, crashed))


async def test_what_becomes_of_each_key_is_told(clock: Clock) -> None:
    observer, outcomes = Observer(), [None, 30.0]
    queue = KeyedQueue(clock=clock, observer=observer)

    async def slow(_: Key) -> float | None:
        clock.now += 2.0
        return outcomes.pop(0)

    for key in (A, B):
        queue.add(key)
        queue.add(key)  # was due already
    clock.now += 1.0
    await run_due(queue, slow)

    assert observer.told == [
        ("added",),
        ("added",),
        ("taken", 1.0),
        ("succeeded", 2.0, False),
        ("taken", 3.0),
        ("succeeded", 2.0, True),
        ("added",),
    ]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ClusterUnavailable("later"), ("failed", 0.0, "ClusterUnavailable", False)),
        (ZeroDivisionError(), ("failed", 0.0, "ZeroDivisionError", True)),
    ],
)
async def test_a_failure_is_told_by_the_class_of_its_error(
    clock: Clock, error: Exception, told: tuple[object, ...]
) -> None:
    async def fail(_: Key) -> float | None:
        raise error

    observer = Observer()
    queue = KeyedQueue(clock=clock, observer=observer)
    queue.add(A)
    await run_due(queue, fail)

    assert observer.told == [("added",), ("taken", 0.0), told, ("added",)]


async def test_it_says_what_waits_and_what_runs(queue: KeyedQueue, clock: Clock) -> None:
    queue.add(A)
    queue.add(B, 10.0)
    clock.now = 4.0

    async def look(_: Key) -> float | None:
        clock.now += 3.0
        assert (queue.running_s(), queue.depth(), queue.oldest_s()) == ([3.0], 0, 0.0)
        return None

    assert (queue.running_s(), queue.depth(), queue.oldest_s()) == ([], 1, 4.0)
    await run_due(queue, look)
    assert (queue.running_s(), queue.depth(), queue.oldest_s()) == ([], 0, 0.0)


async def test_what_is_logged_in_a_reconcile_says_of_which_pipeline_and_which_reconcile(queue: KeyedQueue) -> None:
    seen = []

    async def reconcile(_: Key) -> float | None:
        structlog.contextvars.bind_contextvars(generation=7)
        seen.append(structlog.contextvars.get_contextvars())
        return None

    for key in (A, B):
        queue.add(key)
        await run_due(queue, reconcile)

    assert [(said["namespace"], said["name"], said["generation"]) for said in seen] == [("n", "a", 7), ("n", "b", 7)]
    assert seen[0]["reconcile_id"] != seen[1]["reconcile_id"]
    assert structlog.contextvars.get_contextvars() == {}


async def test_several_workers_share_the_keys_and_stop_when_told() -> None:
    queue = KeyedQueue()
    running: set[Key] = set()
    together: list[int] = []
    seen: list[Key] = []
    enough = asyncio.Event()

    async def reconcile(key: Key) -> float | None:
        assert key not in running
        running.add(key)
        together.append(len(running))
        await asyncio.sleep(0)
        running.discard(key)
        seen.append(key)
        if len(seen) == 40:
            enough.set()
        return 0.0 if len(seen) < 40 else None

    keys = [Key("n", str(number)) for number in range(8)]
    for key in keys:
        queue.add(key)
    work = [asyncio.create_task(queue.work(reconcile)) for _ in range(4)]
    await asyncio.wait_for(enough.wait(), 5)

    queue.stop()

    await asyncio.wait_for(asyncio.gather(*work), 5)
    assert set(seen) == set(keys)
    assert max(together) > 1


@pytest.mark.parametrize("later_s", [None, 60.0])
async def test_a_worker_that_is_cancelled_just_as_a_key_becomes_due_ends(later_s: float | None) -> None:
    """A leader that was frozen wakes up to all of it at once; `asyncio.wait_for` then forgets that it was cancelled."""
    queue = KeyedQueue()
    if later_s is not None:
        queue.add(B, later_s)
    work = asyncio.create_task(queue.work(nothing))
    for _ in range(5):
        await asyncio.sleep(0)

    queue.add(A)
    await asyncio.sleep(0)  # whatever waits for a key has been told
    work.cancel()
    await asyncio.wait([work], timeout=1)

    assert work.cancelled()
    queue.stop()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 100)), max_size=30), st.data())
def test_every_added_key_is_handed_out_at_its_earliest_time_and_once(
    added: list[tuple[str, float]], data: st.DataObject
) -> None:
    schedule = Schedule()
    for name, at in added:
        schedule.add(Key("n", name), at)
    earliest = {name: min(at for other, at in added if other == name) for name, _ in added}

    handed_out = {}
    for now in sorted(earliest.values()):
        while (key := schedule.take(now)) is not None:
            assert key.name not in handed_out
            handed_out[key.name] = now
            if data.draw(st.booleans()):
                schedule.done(key)

    assert handed_out == earliest
    assert schedule.next_due() == float("inf")
