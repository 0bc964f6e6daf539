"""When a lane counts as stalled, and what follows: a new client, then the end of the process."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from harness import twin
from scoring_service.contract.worker_status import HeldReason, LaneState
from scoring_service.errors import Stalled
from scoring_service.stream.memory import MemoryConsumer
from scoring_service.worker.rejoining import Rejoining, Why
from scoring_service.worker.standing import Standing

STALLED_S = 60.0


def a_standing(position: int = 5, now: float = 0.0) -> Standing:
    standing = Standing(0)
    standing.begin(position, position, now)
    return standing


def test_a_lane_with_work_and_no_progress_is_stalled_after_a_while_and_not_before() -> None:
    standing = a_standing()

    standing.watch(9, 59.9, STALLED_S)
    assert standing.state is LaneState.READY
    standing.watch(9, 60.0, STALLED_S)
    assert standing.state is LaneState.STALLED


def test_an_idle_lane_is_not_stalled_and_its_time_counts_from_its_first_work() -> None:
    standing = a_standing()

    standing.watch(5, 1000.0, STALLED_S)
    standing.watch(6, 1059.0, STALLED_S)
    assert standing.state is LaneState.READY
    standing.watch(6, 1060.0, STALLED_S)
    assert standing.state is LaneState.STALLED


def test_a_leader_that_does_not_answer_makes_nobody_stalled() -> None:
    standing = a_standing()

    standing.watch(None, 1000.0, STALLED_S)

    assert standing.state is LaneState.READY


def test_a_held_lane_is_not_stalled_and_neither_is_it_at_once_when_released() -> None:
    standing = a_standing()
    standing.hold(HeldReason.OUTPUT_UNAVAILABLE)
    standing.watch(9, 1000.0, STALLED_S)
    standing.hold(None)

    standing.watch(9, 1001.0, STALLED_S)

    assert standing.state is LaneState.READY


def test_progress_ends_a_stall() -> None:
    standing = a_standing()
    standing.watch(9, 60.0, STALLED_S)

    standing.position, standing.moved_at = 7, 61.0
    standing.watch(9, 62.0, STALLED_S)

    assert standing.state is LaneState.READY


def test_an_answer_older_than_what_was_read_since_does_not_say_that_the_lane_has_caught_up() -> None:
    standing = a_standing()

    standing.read(20, last_stable=30, now=1.0)
    assert standing.status().lag == 25
    standing.watch(7, 1.0, STALLED_S)
    assert standing.status().lag == 15, "what was read is not delivered"
    standing.position = 20
    assert standing.status().lag == 0


def test_an_end_that_nobody_tells_stays_unknown_whatever_was_read() -> None:
    standing = a_standing()
    standing.read(20, last_stable=30, now=1.0)

    standing.watch(None, 2.0, STALLED_S)

    assert standing.status().lag is None


async def test_several_that_ask_at_once_get_one_new_client() -> None:
    rejoining = Rejoining(300)
    rejoining.ask(Why.FENCED)
    rejoining.ask(Why.STALLED)

    assert await rejoining.asked() is Why.FENCED
    rejoining.ask(Why.STALLED)
    assert await rejoining.asked() is Why.STALLED


def test_a_kind_repeats_only_within_the_patience() -> None:
    rejoining = Rejoining(300)

    assert [rejoining.is_repeated(Why.STALLED, now) for now in (0, 301, 500)] == [False, False, True]
    assert not rejoining.is_repeated(Why.FENCED, 501)


async def test_a_client_that_silently_reads_nothing_is_replaced(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    consumer = _Deaf(broker, twin.INPUT, twin.GROUP, joins=1)
    timing = replace(twin.QUICK, stalled_s=0.1)

    async with twin.running(broker, tmp_path, consumer=consumer, timing=timing):
        twin.feed(broker, 5, partitions=1)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 5)

    assert consumer.joined == 2


async def test_a_stall_that_a_new_client_does_not_mend_ends_the_process(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    consumer = _Deaf(broker, twin.INPUT, twin.GROUP, joins=1_000)
    twin.feed(broker, 5, partitions=1)

    with pytest.raises(ExceptionGroup) as caught:
        async with twin.running(
            broker, tmp_path, consumer=consumer, timing=replace(twin.QUICK, stalled_s=0.05)
        ) as worker:
            await twin.until(lambda: len(worker.rejoining._past[Why.STALLED]) == 2)

    assert caught.group_contains(Stalled)


class _Deaf(MemoryConsumer):
    """A consumer that hears nothing after its first `joins` joins, though the brokers answer every question."""

    def __init__(self, *arguments: object, joins: int) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._deaf_joins = joins
        self.joined = 0

    async def join(self, listener: object) -> None:
        self.joined += 1
        await super().join(listener)  # type: ignore[arg-type]

    def resume(self, partitions: Iterable[int]) -> None:
        if self.joined > self._deaf_joins:
            super().resume(partitions)


async def test_a_worker_says_how_busy_it_is_once_it_has_looked_often_enough(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)

    async with twin.running(broker, tmp_path) as worker:
        assert worker.status().busy_ratio is None
        await twin.until(lambda: worker.status().busy_ratio == 0.0)
        acknowledge = broker.withhold(twin.SUCCESS)
        twin.feed(broker, 5, partitions=1)
        await twin.until(lambda: worker.status().busy_ratio == 1.0)
        acknowledge.set()
        await twin.until(lambda: 0.0 < (worker.status().busy_ratio or 0.0) < 1.0)


async def test_the_stream_is_busy_until_all_that_was_taken_over_is_delivered(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)

    async with twin.running(broker, tmp_path) as worker:
        await worker.revisions.until_serving()
        assert not worker.is_busy()
        acknowledge = broker.withhold(twin.SUCCESS)
        twin.feed(broker, 5, partitions=1)
        await twin.until(lambda: [lane.reason for lane in worker.status().lanes] == [HeldReason.OUTPUT_UNAVAILABLE])
        assert worker.is_busy()
        acknowledge.set()
        await twin.until(lambda: not worker.is_busy())
        assert worker.metrics.delivered == 5


async def test_the_stream_is_behind_while_records_wait_and_nothing_holds_them(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)

    async with twin.running(broker, tmp_path) as worker:
        await worker.revisions.until_serving()
        assert not worker.is_behind()
        acknowledge = broker.withhold(twin.SUCCESS)
        twin.feed(broker, 5, partitions=1)
        await twin.until(worker.is_behind)
        await twin.until(lambda: [lane.reason for lane in worker.status().lanes] == [HeldReason.OUTPUT_UNAVAILABLE])
        assert not worker.is_behind()
        acknowledge.set()
        await twin.until(lambda: worker.metrics.delivered == 5)
        await twin.until(lambda: not worker.is_behind())


def test_a_lane_is_behind_while_its_partition_holds_records_even_if_it_has_none_in_hand() -> None:
    standing = Standing(0)
    assert not standing.is_behind
    standing.begin(10, None, now=0.0)
    assert not standing.is_behind
    standing.read(12, last_stable=40, now=0.0)
    standing.position = 12
    assert standing.is_behind
    standing.position = 40
    assert not standing.is_behind
