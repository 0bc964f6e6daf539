"""What a scorer with windows makes of records whoever has the partition, and whatever becomes of its window size."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import toy, twin
from scoring_service.contract.startup import StartupWarmup
from scoring_service.contract.worker_status import HeldReason, LaneState
from scoring_service.revision import Kept, Serving
from scoring_service.revision.building import Builder
from scoring_service.revision.successor import is_warm
from scoring_service.scorers.base import Absorbed, Row, Source
from scoring_service.stream.memory import MemoryBroker, StoredRecord
from scoring_service.worker.buffer import Buffer
from scoring_service.worker.rewind import Rewind
from scoring_service.worker.worker import Worker

KEYS = 3


def feed(broker: MemoryBroker, count: int, *, first: int = 0) -> None:
    """Append numbered records of three entities to the one partition."""
    for n in range(first, first + count):
        broker.append(twin.INPUT, 0, toy.record(f"w{n % KEYS}", n), f"w{n % KEYS}".encode(), timestamp=n)


def expected(window: int, count: int) -> dict[str, float]:
    """Return the score of every record that has one in an uninterrupted run, by its source."""
    return {
        f"in/0/{n}": sum(n - KEYS * back for back in range(window))
        for n in range(count)
        if n - KEYS * (window - 1) >= 0
    }


def found(broker: MemoryBroker) -> dict[str, float]:
    """Return the scores by their source; a source that was scored twice had the same one."""
    scores: dict[str, float] = {}
    for record, (_, score) in zip(broker.records(twin.SUCCESS), values(broker), strict=True):
        source = twin.header(record, "scoring-source")
        assert scores.setdefault(source, score) == score
    return scores


def values(broker: MemoryBroker) -> list[tuple[str, float]]:
    return [(value["who"], value["score"]) for value in twin._values(broker, twin.SUCCESS)]


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """The folder of a live file with windows of four."""
    (tmp_path / "scorer.json").write_bytes(toy.latest_file(4).encode())
    return tmp_path


def running(broker: MemoryBroker, live: Path, **options):
    return twin.running(broker, live, build=toy.build_latest, **options)


def committed(broker: MemoryBroker) -> int | None:
    return broker.group(twin.INPUT, twin.GROUP).committed.get(0)


async def test_a_worker_that_takes_over_scores_as_if_there_had_been_one_all_along(live: Path) -> None:
    broker = twin.a_broker(partitions=1)
    feed(broker, 50)
    async with running(broker, live):
        await broker.until(lambda: committed(broker) == 50)

    feed(broker, 50, first=50)
    async with running(broker, live) as worker:
        await broker.until(lambda: committed(broker) == 100)

        assert (worker.metrics.consumed, worker.metrics.scored) == (50, 50)

    assert found(broker) == expected(4, 100)


async def test_a_rewind_goes_no_further_back_than_the_pipeline_says(live: Path) -> None:
    broker = twin.a_broker(partitions=1)
    feed(broker, 60)
    broker.group(twin.INPUT, twin.GROUP).committed[0] = 50

    async with running(broker, live, startup=twin.a_startup(warmup=StartupWarmup(records=6))) as worker:
        await broker.until(lambda: committed(broker) == 60)

        absorbed = dict(worker.metrics.absorbed)

    assert absorbed == {"warming": 3}, "two earlier records of each key were read again, so its first is absorbed"
    assert found(broker) == {source: score for source, score in expected(4, 60).items() if int(source[5:]) >= 53}


async def test_what_retention_has_deleted_is_not_waited_for(live: Path) -> None:
    broker = twin.a_broker(partitions=1)
    feed(broker, 60)
    broker.group(twin.INPUT, twin.GROUP).committed[0] = 50
    broker.expire(twin.INPUT, 0, 48)

    async with running(broker, live) as worker:
        await broker.until(lambda: committed(broker) == 60)

        assert not worker.metrics.expired


async def test_a_partition_that_comes_back_where_it_went_goes_on_without_reading_again(live: Path) -> None:
    broker = twin.a_broker(partitions=1)
    group = broker.group(twin.INPUT, twin.GROUP)
    feed(broker, 50)
    nothing_again = twin.a_startup(warmup=StartupWarmup(records=0))

    async with running(broker, live, startup=nothing_again):
        await broker.until(lambda: committed(broker) == 50)
        group.rebalance()
        feed(broker, 50, first=50)
        await broker.until(lambda: committed(broker) == 100)

    assert found(broker) == expected(4, 100)


async def test_a_partition_that_somebody_else_scored_in_between_is_read_again(live: Path) -> None:
    broker = twin.a_broker(partitions=1)
    group = broker.group(twin.INPUT, twin.GROUP)
    feed(broker, 50)
    nothing_again = twin.a_startup(warmup=StartupWarmup(records=0))

    async with running(broker, live, startup=nothing_again) as worker:
        await broker.until(lambda: committed(broker) == 50)
        feed(broker, 1, first=50)
        await broker.until(lambda: committed(broker) == 51)
        group.committed[0] = 50
        group.rebalance()
        await twin.until(lambda: worker.metrics.absorbed.get("warming", 0) > 3 * KEYS)


async def test_a_lane_that_waits_for_its_records_says_so_and_ends_by_its_time(live: Path) -> None:
    broker = Silent()
    for topic in (twin.INPUT, twin.SUCCESS, twin.FAILURE):
        broker.create(topic, 1)
    feed(broker, 60)
    broker.group(twin.INPUT, twin.GROUP).committed[0] = 50
    seen: list[tuple[LaneState, str]] = []

    def is_scored(worker: Worker) -> bool:
        seen.extend((lane.state, lane.reason) for lane in worker.status().lanes)
        return committed(broker) == 60

    async with running(broker, live, startup=twin.a_startup(warmup=StartupWarmup(duration_ms=300))) as worker:
        await twin.until(lambda: is_scored(worker))

    assert (LaneState.HELD, HeldReason.WARMING) in seen
    assert min(int(source[5:]) for source in found(broker)) == 50 + 3 * KEYS


class Silent(MemoryBroker):
    """Has no answer for whoever reads before offset 50."""

    def partitions(self, topic):
        return [Gap(log) for log in super().partitions(topic)] if topic == twin.INPUT else super().partitions(topic)


class Gap:
    """A log whose first fifty records do not come."""

    def __init__(self, log) -> None:
        self._log = log

    def __getattr__(self, name):
        return getattr(self._log, name)

    def read(self, offset: int, limit: int):
        return [] if offset < 50 else self._log.read(offset, limit)


async def test_offsets_that_no_record_has_are_not_waited_for() -> None:
    """A log ends with markers of transactions: the position moves past them and no record comes."""

    async def position() -> int:
        return 9

    rewind = Rewind(0, 9, 3600, Buffer(1024), position)
    rewind.offer([StoredRecord(7, 0, 0, None, b"{}", ())])

    assert [[record.offset for record in batch.records] async for batch in rewind.batches()] == [[7]]


async def widened(worker: Worker, live: Path) -> str:
    """Ask for windows of eight, and return the revision that has them once it warms up."""
    (live / "scorer.json").write_bytes(toy.latest_file(8).encode())
    await twin.until(lambda: worker.status().warming != "")
    return worker.status().warming


async def test_a_larger_window_fills_beside_the_smaller_one_and_no_record_goes_without_a_score(live: Path) -> None:
    broker = twin.a_broker(partitions=1)
    feed(broker, 30)

    async with running(broker, live) as worker:
        await broker.until(lambda: committed(broker) == 30)
        before = worker.status().serving
        successor = await widened(worker, live)
        feed(broker, 12, first=30)
        await broker.until(lambda: committed(broker) == 42)

        assert worker.status().serving == before

        feed(broker, 12, first=42)
        await twin.until(lambda: worker.status().serving == successor)
        feed(broker, 12, first=54)
        await broker.until(lambda: committed(broker) == 66)

        assert worker.status().warming == ""
        assert worker.metrics.absorbed == {"warming": 3 * KEYS}

    scores = found(broker)
    assert {source: scores[source] for source in expected(8, 66) if int(source[5:]) >= 54} == {
        source: score for source, score in expected(8, 66).items() if int(source[5:]) >= 54
    }


async def test_a_window_that_nobody_fills_takes_over_when_its_time_is_up(live: Path) -> None:
    broker = twin.a_broker(partitions=1)
    feed(broker, 30)

    async with running(broker, live, startup=twin.a_startup(warmup=StartupWarmup(duration_ms=400))) as worker:
        await broker.until(lambda: committed(broker) == 30)
        successor = await widened(worker, live)

        await twin.until(lambda: worker.status().serving == successor)


async def test_who_goes_back_while_another_window_fills_is_served_at_once(live: Path) -> None:
    broker = twin.a_broker(partitions=1)
    feed(broker, 30)

    async with running(broker, live) as worker:
        await broker.until(lambda: committed(broker) == 30)
        before = worker.status().serving
        await widened(worker, live)
        (live / "scorer.json").write_bytes(toy.latest_file(4).encode())
        await twin.until(lambda: worker.status().warming == "")

        assert worker.status().serving == before
        feed(broker, 30, first=30)
        await broker.until(lambda: committed(broker) == 60)

    assert found(broker) == expected(4, 60), "its windows are as they were"


async def test_another_weight_needs_no_warm_up(live: Path) -> None:
    broker = twin.a_broker(partitions=1)
    feed(broker, 30)

    async with running(broker, live) as worker:
        await broker.until(lambda: committed(broker) == 30)
        before = worker.status().serving
        (live / "scorer.json").write_bytes(toy.latest_file(4, weight=2).encode())
        await twin.until(lambda: worker.status().serving != before)
        feed(broker, 1, first=30)
        await broker.until(lambda: committed(broker) == 31)

    assert found(broker)["in/0/30"] == 2 * expected(4, 31)["in/0/30"]


def a_serving(window: int) -> Serving:
    block = toy.latest_file(window).serving
    assert block is not None
    builder = Builder(toy.build_latest, "shop/wallets", "9.9.9", keeps_dead_letters=False)
    return builder.serving(block.revision, toy.build_latest(block))


@given(st.integers(1, 5), st.lists(st.sampled_from("abc"), max_size=30), st.integers(0, 30))
def test_a_rewound_state_scores_warm_keys_as_an_uninterrupted_run_does(window, whom, cut):
    scorer = a_serving(window).scorer
    rows = [Row(toy.ToyInput(who, n), None, 0.0, Source("in", 0, n)) for n, who in enumerate(whom)]

    whole, _ = scorer.score(rows, scorer.start())
    part, _ = scorer.score(rows[cut:], scorer.start())

    for one, again in zip(whole[cut:], part, strict=True):
        assert again == one or isinstance(again, Absorbed)


def test_a_state_of_another_shape_is_not_carried_over():
    four, eight = a_serving(4), a_serving(8)
    kept = four.kept({"a": (1.0, 2.0)})

    assert four.carried(kept) == {"a": (1.0, 2.0)}
    assert eight.carried(kept) == {}
    assert four.carried(None) == {}


def test_lanes_without_a_record_keep_nobody_waiting():
    assert is_warm(a_serving(4), a_serving(8), [None, Kept(a_serving(4).shape, {"a": (1.0,)})])
    assert not is_warm(a_serving(4), a_serving(8), [Kept(a_serving(4).shape, {"a": (1.0, 2.0, 3.0)})])
