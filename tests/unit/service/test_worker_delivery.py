"""What the worker promises about delivery, on the in-process stream."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from harness import toy, twin
from scoring_service.contract.worker_status import LaneState
from scoring_service.errors import MessageTooLarge, StreamMisconfigured, StreamUnavailable
from scoring_service.revision import Kept
from scoring_service.stream.memory import MemoryBroker, MemoryConsumer, MemoryProducer
from scoring_service.stream.ports import Message

ALL = [f"in/{n % 3}/{n // 3}" for n in range(300)]


async def test_every_record_is_scored_once_and_committed(tmp_path: Path) -> None:
    broker = twin.a_broker()
    twin.feed(broker, 300)

    async with twin.running(broker, tmp_path):
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) >= 300)

    assert twin.scores(broker) == sorted((f"w{n}", 2.0 * n) for n in range(300))
    assert twin.sources(broker) == sorted(ALL)
    assert broker.group(twin.INPUT, twin.GROUP).committed == {0: 100, 1: 100, 2: 100}


async def test_one_bad_record_never_stops_its_neighbours(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    for value in (toy.record("a", 1), b"\xff{", None, b"[]", toy.record("b", 2)):
        broker.append(twin.INPUT, 0, value, b"k")

    async with twin.running(broker, tmp_path) as worker:
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) + len(broker.records(twin.FAILURE)) == 5)

    assert twin.scores(broker) == [("a", 2.0), ("b", 4.0)]
    assert twin.sources(broker, twin.FAILURE) == ["in/0/1", "in/0/2", "in/0/3"]
    assert broker.group(twin.INPUT, twin.GROUP).committed == {0: 5}
    assert worker.metrics.rejected_total == 3


async def test_outputs_keep_the_order_of_their_partition_and_its_number(tmp_path: Path) -> None:
    broker = twin.a_broker()
    twin.feed(broker, 1200)

    async with twin.running(broker, tmp_path):
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) >= 1200)

    for partition, log in enumerate(broker.partitions(twin.SUCCESS)):
        assert [twin.header(r, "scoring-source") for r in log.records] == [f"in/{partition}/{o}" for o in range(400)]


async def test_the_next_batch_is_scored_while_one_is_delivered_and_written_after_it(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    acknowledge = broker.withhold(twin.SUCCESS)
    twin.feed(broker, 1200, partitions=1)

    async with twin.running(broker, tmp_path) as worker:
        await twin.until(lambda: worker.metrics.durations["score"].total == 2)
        lane = worker.membership.lanes[0]
        assert (lane.standing.position, lane.standing.status().lag) == (0, 1200)

        acknowledge.set()
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 1200)

    written = [twin.header(record, "scoring-source") for record in broker.records(twin.SUCCESS)]
    assert written == [f"in/0/{offset}" for offset in range(1200)]


async def test_what_was_scored_ahead_is_scored_again_by_the_next_owner_if_nothing_was_delivered(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    acknowledge = broker.withhold(twin.SUCCESS)
    twin.feed(broker, 1200, partitions=1)

    async with twin.running(broker, tmp_path, build=toy.build_sums) as worker:
        await twin.until(lambda: worker.metrics.durations["score"].total == 2)
        consumed = worker.metrics.consumed
    assert worker.metrics.abandoned == consumed
    acknowledge.set()
    async with twin.running(broker, tmp_path, build=toy.build_sums):
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 1200)

    assert twin.sources(broker) == sorted(f"in/0/{offset}" for offset in range(1200))


async def test_a_refused_output_is_retried_until_it_is_taken(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    twin.feed(broker, 3, partitions=1)
    broker.refuse(twin.SUCCESS, *[StreamUnavailable("not now")] * 5)

    async with twin.running(broker, tmp_path) as worker:
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 3)

        assert worker.metrics.delivery_retries == 5

    assert twin.sources(broker) == ["in/0/0", "in/0/1", "in/0/2"]


async def test_nothing_is_committed_before_it_is_acknowledged(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    acknowledge = broker.withhold(twin.SUCCESS)
    group = broker.group(twin.INPUT, twin.GROUP)

    async with twin.running(broker, tmp_path) as worker:
        await broker.until(lambda: group.committed == {0: 0})  # where the new group began
        twin.feed(broker, 5, partitions=1)
        await twin.until(lambda: bool(worker.status().lanes and worker.status().lanes[0].reason))

        assert group.committed == {0: 0}
        assert worker.status().lanes[0].reason == "OutputUnavailable"
        assert worker.status().lanes[0].state is LaneState.HELD

        acknowledge.set()
        await broker.until(lambda: group.committed == {0: 5})

        assert worker.status().lanes[0].state is LaneState.READY


async def test_a_lane_whose_output_is_missing_is_held_and_goes_on_when_it_exists(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)

    async with twin.running(broker, tmp_path) as worker:
        await twin.until(lambda: worker.readiness().is_well)
        broker.delete(twin.SUCCESS)
        twin.feed(broker, 2, partitions=1)
        await twin.until(lambda: any(lane.reason == "OutputUnavailable" for lane in worker.status().lanes))

        assert worker.status().last_error == "topic success does not exist"

        broker.create(twin.SUCCESS, 1)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 2)


async def test_an_output_that_no_broker_takes_becomes_a_failure_and_its_neighbours_pass(tmp_path: Path) -> None:
    """A key nearly as large as a record may be makes the score larger than that: it must not stop the lane."""
    broker = twin.a_broker(partitions=1)
    broker.max_message_bytes = 1000
    for who, key in (("a", b"a"), ("b", b"x" * 990), ("c", b"c")):
        broker.append(twin.INPUT, 0, toy.record(who, 1), key)

    async with twin.running(broker, tmp_path) as worker:
        await broker.until(lambda: broker.group(twin.INPUT, twin.GROUP).committed == {0: 3})

    (failure,) = broker.records(twin.FAILURE)
    assert twin.scores(broker) == [("a", 2.0), ("c", 2.0)]
    assert (failure.key, twin.header(failure, "scoring-source")) == (None, "in/0/1")
    assert b'"reason":"oversize"' in (failure.value or b"")
    assert (worker.metrics.scored, dict(worker.metrics.rejected)) == (2, {"oversize": 1})


async def test_a_batch_that_is_too_large_together_is_sent_in_parts(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    broker.max_message_bytes = 300
    twin.feed(broker, 40, partitions=1)

    async with twin.running(broker, tmp_path):
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 40)

    stored = [twin.header(r, "scoring-source") for r in broker.records(twin.SUCCESS)]
    assert stored == [f"in/0/{offset}" for offset in range(40)]


async def test_a_topic_that_takes_less_is_asked_for_more_only_at_first(tmp_path: Path) -> None:
    """A refusal costs a new client: what a topic takes is learned once and not with every batch."""
    broker = twin.a_broker(partitions=1)
    broker.max_message_bytes = 300
    producer = _Counting(broker)

    async with twin.running(broker, tmp_path, producer=producer):
        twin.feed(broker, 40, partitions=1)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 40)
        learned = producer.refused
        for n in range(1, 5):
            twin.feed(broker, 40, first=40 * n, partitions=1)
            await broker.until(lambda n=n: len(broker.records(twin.SUCCESS)) == 40 * (n + 1))  # type: ignore[misc]

    assert learned > 0
    assert producer.refused == learned
    assert twin.sources(broker) == sorted(f"in/0/{offset}" for offset in range(200))


class _Counting(MemoryProducer):
    """A producer that counts what is refused for its size, and what is sent."""

    def __init__(self, broker: MemoryBroker) -> None:
        super().__init__(broker)
        self.refused = 0

    async def send(self, topic: str, partition: int, messages: Sequence[Message]) -> None:
        try:
            await super().send(topic, partition, messages)
        except MessageTooLarge:
            self.refused += 1
            raise


async def test_a_failure_topic_that_takes_no_failure_holds_the_lane_and_is_not_hammered(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    broker.max_message_bytes = 20
    broker.append(twin.INPUT, 0, b"bad", b"k")

    async with twin.running(broker, tmp_path, producer=(producer := _Counting(broker))) as worker:
        await twin.until(lambda: worker.metrics.delivery_retries == 3)
        (lane,) = worker.status().lanes

        assert lane.reason == "OutputUnavailable"
        assert "topic failure takes not even a failure of" in worker.status().last_error
        assert producer.refused <= 3 + 2  # what comes before the smallest failure is refused without a pause

        broker.max_message_bytes = 1000
        await broker.until(lambda: broker.group(twin.INPUT, twin.GROUP).committed == {0: 1})

    assert worker.metrics.rejected_total == 1


async def test_an_outage_of_the_brokers_is_waited_out(tmp_path: Path) -> None:
    broker = twin.a_broker()
    broker.is_down = True
    twin.feed(broker, 30)

    async with twin.running(broker, tmp_path) as worker:
        await twin.until(lambda: worker.status().last_error == "the brokers do not answer")
        broker.is_down = False
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 30)

        broker.is_down = True
        twin.feed(broker, 30, first=30)
        await twin.until(lambda: not worker.trouble.brokers_answer)
        assert worker.readiness().is_well

        broker.is_down = False
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 60)
        await twin.until(lambda: worker.status().last_error == "")

    assert len(set(twin.sources(broker))) == 60


async def test_commits_that_fail_are_made_up_for_by_the_next(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    broker.refuse("commit", StreamUnavailable("a"), StreamMisconfigured("b"))
    twin.feed(broker, 4, partitions=1)

    async with twin.running(broker, tmp_path) as worker:
        await broker.until(lambda: broker.group(twin.INPUT, twin.GROUP).committed == {0: 4})

        assert worker.metrics.commit_failures == 2


async def test_what_was_consumed_is_delivered_in_flight_or_abandoned(tmp_path: Path) -> None:
    broker = twin.a_broker()
    acknowledge = broker.withhold(twin.SUCCESS)
    twin.feed(broker, 3000)

    async with twin.running(broker, tmp_path) as worker:
        await twin.until(lambda: worker.metrics.in_flight >= 1500)
        m = worker.metrics

        assert m.consumed == m.delivered + m.in_flight + m.abandoned
        assert m.delivered == 0

    assert not acknowledge.is_set()
    assert m.in_flight == 0
    assert m.consumed == m.abandoned


async def test_a_lane_that_does_not_get_on_is_paused_and_its_buffer_stays_bounded(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    acknowledge = broker.withhold(twin.SUCCESS)
    twin.feed(broker, 10_000, partitions=1)

    async with twin.running(broker, tmp_path) as worker:
        await twin.until(lambda: worker.metrics.paused_partitions == 1)

        assert worker.metrics.in_flight <= 2 * 500 + 500 + 2000  # two batches in flight, a full buffer, one poll

        acknowledge.set()
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 10_000)


async def test_a_held_output_partition_holds_one_lane_and_not_the_others(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=2)
    acknowledge = broker.withhold(twin.FAILURE)
    broker.append(twin.INPUT, 0, b"bad", b"k")
    twin.feed(broker, 2, partitions=1)

    async with twin.running(broker, tmp_path) as worker:
        for n in range(50):
            broker.append(twin.INPUT, 1, toy.record(f"x{n}", n), b"x")
        await broker.until(lambda: len(broker.partitions(twin.SUCCESS)[1].records) == 50)
        await twin.until(lambda: worker.status().lanes[0].reason == "OutputUnavailable")

        assert worker.status().lanes[1].reason == ""
        acknowledge.set()


@pytest.mark.parametrize("outputs", [1, 5])
async def test_with_other_partition_counts_a_key_keeps_to_one_partition(tmp_path: Path, outputs: int) -> None:
    broker = twin.a_broker(partitions=3, outputs=outputs)
    for n in range(90):
        broker.append(twin.INPUT, n % 3, toy.record(f"w{n % 9}", n), f"w{n % 9}".encode())

    async with twin.running(broker, tmp_path):
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 90)

    homes = {(r.key, p) for p, log in enumerate(broker.partitions(twin.SUCCESS)) for r in log.records}
    assert len(homes) == 9


async def test_a_worker_without_a_scorer_does_not_join(tmp_path: Path) -> None:
    broker = twin.a_broker()
    (tmp_path / "scorer.json").write_bytes(toy.scorer_file(proposed="heavy").encode())

    async with twin.running(broker, tmp_path) as worker:
        await twin.until(lambda: worker.health.ticked_at > worker.identity.started_at)

        assert list(broker.group(twin.INPUT, twin.GROUP)._members) == []
        assert worker.readiness().reason == "no revision of the scorer builds and passes its golden cases"

        (tmp_path / "scorer.json").write_bytes(toy.scorer_file(proposed=1.5).encode())
        await worker.revisions.look()
        await broker.until(lambda: broker.group(twin.INPUT, twin.GROUP).rebalances == 1)


async def test_status_names_the_new_revision_while_two_batches_of_the_former_may_still_be_delivered(
    tmp_path: Path,
) -> None:
    """Headers say which made a score; `docs/revisions.md` says so of status."""
    broker = twin.a_broker(partitions=1)
    acknowledge = broker.withhold(twin.SUCCESS)
    twin.feed(broker, 2000, partitions=1)
    former, new = toy.block(2.0).revision, toy.block(3.0).revision

    async with twin.running(broker, tmp_path) as worker:
        await twin.until(lambda: worker.metrics.durations["score"].total == 2)
        (tmp_path / "scorer.json").write_bytes(toy.scorer_file(serving=2.0, proposed=3.0).encode())
        await twin.until(lambda: worker.status().serving == new)
        delivered = worker.metrics.delivered
        acknowledge.set()
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 2000)

    assert delivered == 0
    made = [twin.header(record, "scoring-revision") for record in broker.records(twin.SUCCESS)]
    assert made == [former] * 1000 + [new] * 1000


async def test_weights_are_swapped_between_two_batches_under_load_without_a_rebalance(tmp_path: Path) -> None:
    broker = twin.a_broker()
    old, new = toy.block(2.0).revision, toy.block(3.0).revision

    async with twin.running(broker, tmp_path, weight=2.0) as worker:
        twin.feed(broker, 30_000)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) > 3000)
        (tmp_path / "scorer.json").write_bytes(toy.scorer_file(serving=2.0, proposed=3.0).encode())
        await worker.revisions.look()
        assert len(broker.records(twin.SUCCESS)) < 30_000, "the swap came after the load: feed more"
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 30_000)

        assert worker.status().serving == new
        assert broker.group(twin.INPUT, twin.GROUP).rebalances == 1

    weights = {old: 2.0, new: 3.0}
    for log in broker.partitions(twin.SUCCESS):
        revisions = [twin.header(record, "scoring-revision") for record in log.records]
        before = revisions.count(old)
        assert 0 < before < len(revisions)
        assert revisions == [old] * before + [new] * (len(revisions) - before)
        for record, revision in zip(log.records, revisions, strict=True):
            score = msgspec.json.decode(record.value or b"")
            assert score["score"] == weights[revision] * int(score["who"][1:])


async def test_a_state_is_folded_over_batches_and_current_only_when_delivered(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)

    async with twin.running(broker, tmp_path, weight=1.0, build=toy.build_sums) as worker:
        twin.feed(broker, 3, first=1, partitions=1)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 3)
        lane = worker.membership.lanes[0]
        await twin.until(lambda: lane.is_idle)
        assert lane.scorer_state == Kept((), 1 + 2 + 3)

        acknowledge = broker.withhold(twin.SUCCESS)
        twin.feed(broker, 1, first=4, partitions=1)
        await twin.until(lambda: lane.standing.reason == "OutputUnavailable")
        assert lane.scorer_state == Kept((), 1 + 2 + 3)

        acknowledge.set()
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 4)
        await twin.until(lambda: lane.is_idle)
        assert lane.scorer_state == Kept((), 1 + 2 + 3 + 4)

    assert sorted(score for _, score in twin.scores(broker)) == [1, 3, 6, 10]


async def test_a_scorer_that_cannot_even_say_that_it_fails_ends_the_process_and_is_not_swallowed(
    tmp_path: Path,
) -> None:
    broker = twin.a_broker(partitions=1)

    async def work() -> None:
        async with twin.running(broker, tmp_path, build=lambda _: toy.Broken(toy.ToyParameters(1.0))) as worker:
            twin.feed(broker, 1, partitions=1)
            await asyncio.wait([worker.membership._crashed], timeout=5)

    with pytest.raises(ExceptionGroup) as caught:
        await work()

    assert caught.group_contains(RuntimeError, match="out of order")


async def test_a_lost_member_is_replaced_and_nothing_is_lost(tmp_path: Path) -> None:
    broker = twin.a_broker()
    doomed = MemoryConsumer(broker, twin.INPUT, twin.GROUP)
    acknowledge = broker.withhold(twin.SUCCESS)
    twin.feed(broker, 300)

    async with twin.running(broker, tmp_path, consumer=doomed) as dead:
        await twin.until(lambda: dead.metrics.in_flight > 0)
        doomed.vanish()
        acknowledge.set()
        async with twin.running(broker, tmp_path):
            await broker.until(lambda: set(twin.sources(broker)) == set(ALL))


async def test_an_error_of_one_request_is_told_until_that_request_succeeds(tmp_path: Path) -> None:
    """Lag can be asked for while commits are refused: its answer must not hide the refusal."""
    broker = twin.a_broker(partitions=1)
    broker.refuse("commit", *[StreamMisconfigured("not authorised to commit")] * 100_000)

    async with twin.running(broker, tmp_path) as worker:
        await twin.until(lambda: worker.status().last_error == "not authorised to commit")
        ticks: set[float] = set()
        while len(ticks) < 10:
            await asyncio.sleep(0)
            ticks.add(worker.health.ticked_at)
            assert worker.status().last_error == "not authorised to commit"

        broker._refusals.clear()
        await twin.until(lambda: worker.status().last_error == "")


async def test_the_parts_of_a_batch_do_not_overtake_each_other(tmp_path: Path) -> None:
    """Its first part is refused once more, while what comes after it would be taken."""
    broker = twin.a_broker(partitions=1)
    broker.max_message_bytes = 300
    for n in range(8):
        broker.append(twin.INPUT, 0, toy.record("w" * (140 if n < 4 else 1), n), b"k", timestamp=n)

    async with twin.running(broker, tmp_path):
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 8)

    stored = [twin.header(r, "scoring-source") for r in broker.records(twin.SUCCESS)]
    assert stored == [f"in/0/{offset}" for offset in range(8)]
