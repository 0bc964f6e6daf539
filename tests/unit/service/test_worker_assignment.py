"""What the worker promises when partitions come and go."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from structlog.testing import capture_logs

from harness import toy, twin
from scoring_service.contract.scorer_file import ScorerFile
from scoring_service.errors import ServiceError, StreamMisconfigured, StreamUnavailable
from scoring_service.stream.memory import MemoryBroker, MemoryConsumer
from scoring_service.stream.ports import GroupListener, Record
from scoring_service.worker.worker import Worker


async def test_a_second_worker_takes_its_share_and_nothing_is_scored_twice(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=6)
    group = broker.group(twin.INPUT, twin.GROUP)

    async with twin.running(broker, tmp_path) as first:
        twin.feed(broker, 600, partitions=6)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) > 100)
        async with twin.running(broker, tmp_path) as second:
            await broker.until(lambda: group.rebalances == 2)
            twin.feed(broker, 600, first=600, partitions=6)
            await broker.until(lambda: len(broker.records(twin.SUCCESS)) >= 1200)

            assert sorted([*first.membership.lanes, *second.membership.lanes]) == list(range(6))

    assert len(twin.sources(broker)) == len(set(twin.sources(broker))) == 1200


async def test_a_worker_that_stops_mid_stream_leaves_no_loss_and_no_duplicate(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=4)
    twin.feed(broker, 4000, partitions=4)

    async with twin.running(broker, tmp_path):
        async with twin.running(broker, tmp_path) as leaving:
            await twin.until(lambda: leaving.metrics.scored > 0)
        await broker.until(lambda: len(set(twin.sources(broker))) == 4000)

    assert len(twin.sources(broker)) == 4000


async def test_a_new_group_begins_where_the_pipeline_says(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    twin.feed(broker, 10, partitions=1)

    async with twin.running(broker, tmp_path, startup=twin.a_startup(start_from="latest")):
        await broker.until(lambda: broker.group(twin.INPUT, twin.GROUP).committed == {0: 10})
        twin.feed(broker, 1, first=10, partitions=1)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 1)

    assert twin.sources(broker) == ["in/0/10"]


async def test_a_partition_that_is_added_later_is_read_from_its_start(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    group = broker.group(twin.INPUT, twin.GROUP)

    async with twin.running(broker, tmp_path, startup=twin.a_startup(start_from="latest")):
        await broker.until(lambda: group.committed == {0: 0})
        broker.create(twin.INPUT, 2)
        broker.append(twin.INPUT, 1, toy.record("early", 1), b"k")
        group.rebalance()
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 1)

    assert twin.sources(broker) == ["in/1/0"]


async def test_what_retention_deleted_before_the_start_is_counted_as_expired(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    twin.feed(broker, 10, partitions=1)
    broker.group(twin.INPUT, twin.GROUP).committed[0] = 2
    broker.expire(twin.INPUT, 0, 7)

    async with twin.running(broker, tmp_path) as worker:
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 3)

        assert worker.metrics.expired == 5


async def test_a_lane_that_retention_overtakes_goes_on_at_the_logs_start(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    group = broker.group(twin.INPUT, twin.GROUP)

    async with twin.running(broker, tmp_path) as worker:
        await broker.until(lambda: group.committed == {0: 0})
        log = broker.partitions(twin.INPUT)[0]
        log.log_start = 40  # forty records came and went unseen
        twin.feed(broker, 5, first=40, partitions=1)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 5)

        assert worker.metrics.expired == 40
        await broker.until(lambda: group.committed == {0: 45})


async def test_records_of_a_poll_that_spans_a_rebalance_are_dropped_and_read_again(tmp_path: Path) -> None:
    """The new lane begins at 0, for nothing was committed; taking 10–19 then would make the watermark skip 0–9."""
    broker = twin.a_broker(partitions=1)
    group = broker.group(twin.INPUT, twin.GROUP)
    consumer = _Late(broker)
    broker.refuse("commit", *[StreamUnavailable("no coordinator")] * 10_000)

    async with twin.running(broker, tmp_path, consumer=consumer) as worker:
        twin.feed(broker, 10, partitions=1)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 10)
        consumer.withheld.clear()
        twin.feed(broker, 10, first=10, partitions=1)
        await twin.until(lambda: consumer.holds_records)
        group.rebalance()
        await twin.until(lambda: worker.membership.epoch == 4 and _takes_records(worker))
        consumer.withheld.set()
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) >= 30)

    assert [twin.header(r, "scoring-source") for r in broker.records(twin.SUCCESS)] == [
        *(f"in/0/{offset}" for offset in range(10)),
        *(f"in/0/{offset}" for offset in range(20)),
    ]


def _takes_records(worker: Worker) -> bool:
    return all(lane.takes_records for lane in worker.membership.lanes.values()) and bool(worker.membership.lanes)


class _Late(MemoryConsumer):
    """A consumer that can withhold what a poll has read."""

    def __init__(self, broker: MemoryBroker) -> None:
        super().__init__(broker, twin.INPUT, twin.GROUP)
        self.withheld = asyncio.Event()
        self.withheld.set()
        self.holds_records = False

    async def poll(self, timeout_s: float, max_records: int) -> Mapping[int, Sequence[Record]]:
        polled = await super().poll(timeout_s, max_records)
        self.holds_records = bool(polled)
        await self.withheld.wait()
        return polled


async def test_a_lane_starts_as_soon_as_the_brokers_answer(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    broker.refuse("committed", *[StreamUnavailable("no coordinator")] * 3)
    broker.refuse("bounds", *[StreamUnavailable("no leader")] * 3)
    twin.feed(broker, 5, partitions=1)

    async with twin.running(broker, tmp_path):
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 5)


async def test_a_drain_that_cannot_end_is_cut_off_at_its_deadline(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    broker.withhold(twin.SUCCESS)
    twin.feed(broker, 5, partitions=1)

    async with twin.running(broker, tmp_path, timing=replace(twin.QUICK, drain_s=0.01)) as worker:
        await twin.until(lambda: worker.metrics.in_flight == 5)

    assert worker.metrics.abandoned == 5
    assert broker.group(twin.INPUT, twin.GROUP).committed in ({}, {0: 0})


async def test_gauges_of_a_partition_vanish_when_it_is_revoked(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=2)

    async with twin.running(broker, tmp_path) as first:
        await twin.until(lambda: set(first.metrics.partitions) == {0, 1})
        async with twin.running(broker, tmp_path):
            await twin.until(lambda: len(first.metrics.partitions) == 1)


async def test_a_client_whose_polls_only_fail_is_built_anew(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    consumer = _Broken(broker)
    twin.feed(broker, 5, partitions=1)

    async with twin.running(broker, tmp_path, consumer=consumer):
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 5)

    assert consumer.joins == 2


async def test_a_worker_that_the_group_refuses_is_not_ready_until_it_has_joined_again(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    consumer = _Broken(broker, StreamMisconfigured("not authorised to read in"))

    async with twin.running(broker, tmp_path, consumer=consumer) as worker:
        await twin.until(lambda: worker.readiness().is_well)
        broker.refuse("join", StreamMisconfigured("not authorised"))
        await twin.until(lambda: not worker.readiness().is_well)
        assert worker.readiness().reason == "has not joined the consumer group yet"

        await twin.until(lambda: worker.readiness().is_well and consumer.joins == 3)


class _Broken(MemoryConsumer):
    """A consumer whose polls fail until it has tried to join a second time."""

    def __init__(self, broker: MemoryBroker, error: ServiceError | None = None) -> None:
        super().__init__(broker, twin.INPUT, twin.GROUP)
        self.joins = 0
        self._error = error or StreamUnavailable("a background task of the client has died")

    async def join(self, listener: GroupListener) -> None:
        self.joins += 1
        await super().join(listener)

    async def poll(self, timeout_s: float, max_records: int) -> Mapping[int, Sequence[Record]]:
        if self.joins == 1:
            raise self._error
        return await super().poll(timeout_s, max_records)


async def test_what_a_failing_poll_has_skipped_is_read_again(tmp_path: Path) -> None:
    """The client moves on partition by partition: if a later one fails, what earlier ones gave is dropped."""
    broker = twin.a_broker(partitions=1)
    consumer = _Skipping(broker)

    async with twin.running(broker, tmp_path, consumer=consumer):
        await broker.until(lambda: broker.group(twin.INPUT, twin.GROUP).committed == {0: 0})
        consumer.skips = 1
        twin.feed(broker, 10, partitions=1)
        await twin.until(lambda: consumer.skips == 0)
        twin.feed(broker, 10, first=10, partitions=1)
        await broker.until(lambda: broker.group(twin.INPUT, twin.GROUP).committed == {0: 20})

    assert twin.sources(broker) == sorted(f"in/0/{offset}" for offset in range(20))


class _Skipping(MemoryConsumer):
    """A consumer whose next polls that bring something fail after they have moved on."""

    def __init__(self, broker: MemoryBroker) -> None:
        super().__init__(broker, twin.INPUT, twin.GROUP)
        self.skips = 0

    async def poll(self, timeout_s: float, max_records: int) -> Mapping[int, Sequence[Record]]:
        polled = await super().poll(timeout_s, max_records)
        if polled and self.skips:
            self.skips -= 1
            raise StreamUnavailable("a corrupt record")
        return polled


async def test_a_lane_that_retention_overtakes_costs_its_neighbours_nothing(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=2)
    group = broker.group(twin.INPUT, twin.GROUP)

    async with twin.running(broker, tmp_path):
        await broker.until(lambda: group.committed == {0: 0, 1: 0})
        broker.partitions(twin.INPUT)[1].log_start = 40
        for n in range(10):
            broker.append(twin.INPUT, 0, toy.record("a", n), b"a", timestamp=n)
        await broker.until(lambda: group.committed == {0: 10, 1: 40})

    assert twin.sources(broker) == sorted(f"in/0/{offset}" for offset in range(10))


async def test_a_partition_without_a_leader_holds_its_own_lane_and_no_other(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=2)
    broker.leaderless = {1}
    twin.feed(broker, 10, partitions=2)

    async with twin.running(broker, tmp_path) as worker:
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 5)

        assert [lane.reason for lane in worker.status().lanes] == ["", "BrokersUnreachable"]
        assert twin.sources(broker) == [f"in/0/{offset}" for offset in range(5)]

        broker.leaderless = set()
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 10)


async def test_zero_partitions_is_fine(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    group = broker.group(twin.INPUT, twin.GROUP)

    async with twin.running(broker, tmp_path), twin.running(broker, tmp_path) as spare:
        await broker.until(lambda: group.rebalances >= 2)
        await twin.until(lambda: spare.membership.partitions == 1)

        assert spare.status().lanes == ()
        assert spare.readiness().is_well


async def test_lag_is_unknown_while_it_cannot_be_measured_and_not_zero(tmp_path: Path) -> None:
    """A lane that has come as far as was last seen would otherwise look as if it had done everything."""
    broker = twin.a_broker(partitions=1)
    twin.feed(broker, 5, partitions=1)

    async with twin.running(broker, tmp_path) as worker:
        await twin.until(lambda: worker.metrics.scored == 5 and _lags(worker) == [0])
        await twin.until(lambda: worker.metrics.partitions[0].lag_records == 0)

        broker.is_down = True
        twin.feed(broker, 5, first=5, partitions=1)
        await twin.until(lambda: _lags(worker) != [0])

        assert _lags(worker) == [None]
        await twin.until(lambda: worker.metrics.partitions[0].lag_records is None)
        assert worker.metrics.partitions[0].lag_seconds is None

        broker.is_down = False
        await twin.until(lambda: worker.metrics.scored == 10 and _lags(worker) == [0])


async def test_lag_of_one_partition_without_a_leader_is_unknown_and_the_partition_is_named(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=3)

    async with twin.running(broker, tmp_path) as worker:
        await twin.until(lambda: _lags(worker) == [0, 0, 0])
        broker.leaderless = {2}
        await twin.until(lambda: _lags(worker) == [0, 0, None])

        assert worker.status().last_error == "partitions [2] of in have no leader that answers"

        broker.leaderless = set()
        await twin.until(lambda: _lags(worker) == [0, 0, 0] and worker.status().last_error == "")


def _lags(worker: Worker) -> list[int | None]:
    return [lane.lag for lane in worker.status().lanes]


async def test_a_log_that_was_cut_short_is_read_from_its_start_and_said(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    broker.group(twin.INPUT, twin.GROUP).committed[0] = 90
    twin.feed(broker, 5, partitions=1)

    with capture_logs() as said:
        async with twin.running(broker, tmp_path):
            await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 5)

    (cut,) = [line for line in said if line["event"] == "log was cut short"]
    assert (cut["partition"], cut["position"], cut["now"]) == (0, 90, 0)


async def test_a_group_that_lost_its_offsets_is_held_until_it_has_some(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    twin.feed(broker, 10, partitions=1)
    (tmp_path / "scorer.json").write_bytes(ScorerFile(serving=toy.block(), started=True).encode())

    async with twin.running(broker, tmp_path) as worker:
        await twin.until(lambda: [lane.reason for lane in worker.status().lanes] == ["OffsetsLost"])
        assert broker.records(twin.SUCCESS) == []
        assert "onOffsetsLost" in worker.status().last_error

        broker.group(twin.INPUT, twin.GROUP).committed[0] = 4
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 6)


async def test_lost_offsets_begin_where_the_policy_says(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    twin.feed(broker, 10, partitions=1)
    (tmp_path / "scorer.json").write_bytes(ScorerFile(serving=toy.block(), started=True).encode())

    async with twin.running(broker, tmp_path, startup=twin.a_startup(on_offsets_lost="Latest")):
        await broker.until(lambda: broker.group(twin.INPUT, twin.GROUP).committed == {0: 10})
        twin.feed(broker, 1, first=10, partitions=1)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 1)

    assert twin.sources(broker) == ["in/0/10"]
