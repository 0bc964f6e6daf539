"""What exactly-once promises, on the in-process stream: outputs and offsets together."""

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from harness import toy, twin
from scoring_service.contract.startup import Startup
from scoring_service.contract.worker_status import HeldReason
from scoring_service.errors import StreamMisconfigured, StreamUnavailable
from scoring_service.stream.memory import MemoryBroker, MemoryConsumer, MemoryTransactions
from scoring_service.worker.worker import Worker


def a_startup(**changes: object) -> Startup:
    return twin.a_startup(delivery={"guarantee": "ExactlyOnce", "transaction_interval_ms": 1}, **changes)


async def test_every_record_is_scored_once_and_its_offset_is_committed_with_it(tmp_path: Path) -> None:
    broker = twin.a_broker()
    twin.feed(broker, 3000)

    async with twin.running(broker, tmp_path, startup=a_startup()) as worker:
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) >= 3000)
        assert broker.group(twin.INPUT, twin.GROUP).committed == {0: 1000, 1: 1000, 2: 1000}
        assert worker.metrics.transactions_committed >= 3, "one for each partition, or more"

    assert twin.sources(broker) == sorted(f"in/{n % 3}/{n // 3}" for n in range(3000))


async def test_a_transaction_that_is_refused_is_written_again_and_only_once(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    twin.feed(broker, 5, partitions=1)

    async with twin.running(broker, tmp_path, startup=a_startup()) as worker:
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 5)
        broker.refuse("transaction", *[StreamUnavailable("not now")] * 3)
        twin.feed(broker, 5, first=5, partitions=1)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 10)
        await twin.until(lambda: worker.metrics.transactions_aborted == 3)

    assert twin.sources(broker) == sorted(f"in/0/{n}" for n in range(10))


async def test_a_transaction_whose_answer_is_lost_is_not_written_again(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    twin.feed(broker, 5, partitions=1)

    async with twin.running(broker, tmp_path, startup=a_startup()) as worker:
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 5)
        broker.refuse("transaction-answer", StreamUnavailable("lost on the way"))
        twin.feed(broker, 5, first=5, partitions=1)
        await twin.until(lambda: worker.metrics.delivered == 10)

    assert twin.sources(broker) == sorted(f"in/0/{n}" for n in range(10))
    assert broker.group(twin.INPUT, twin.GROUP).committed == {0: 10}


async def test_where_a_new_group_begins_is_committed_before_its_first_record(tmp_path: Path) -> None:
    """Otherwise a restart before the first record would begin at the end again, and skip what came meanwhile."""
    broker = twin.a_broker(partitions=1)
    twin.feed(broker, 7, partitions=1)

    async with twin.running(broker, tmp_path, startup=a_startup(start_from="latest")):
        await broker.until(lambda: broker.group(twin.INPUT, twin.GROUP).committed == {0: 7})
    twin.feed(broker, 1, first=7, partitions=1)
    async with twin.running(broker, tmp_path, startup=a_startup(start_from="latest")):
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 1)

    assert twin.sources(broker) == ["in/0/7"]


async def test_a_worker_that_another_owner_fences_joins_anew_and_goes_on_from_what_that_one_committed(
    tmp_path: Path,
) -> None:
    broker = twin.a_broker(partitions=1)
    group = broker.group(twin.INPUT, twin.GROUP)
    twin.feed(broker, 5, partitions=1)

    async with twin.running(broker, tmp_path, startup=a_startup()) as worker:
        await broker.until(lambda: group.committed == {0: 5})
        newer = MemoryTransactions(broker, group, 0)
        await newer.start()
        twin.feed(broker, 5, first=5, partitions=1)
        await newer.write((), 7)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 8)
        assert worker.metrics.fenced == 1

    assert twin.sources(broker) == sorted(f"in/0/{n}" for n in (0, 1, 2, 3, 4, 7, 8, 9))


async def test_an_owner_that_comes_back_from_a_standstill_with_its_batch_writes_none_of_it(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    group = broker.group(twin.INPUT, twin.GROUP)
    zombie = MemoryConsumer(broker, twin.INPUT, twin.GROUP)
    acknowledge = broker.withhold(twin.SUCCESS)
    twin.feed(broker, 50, partitions=1)

    async with twin.running(broker, tmp_path, startup=a_startup(), consumer=zombie) as asleep:
        await twin.until(lambda: asleep.metrics.in_flight == 50)
        zombie.vanish()  # its session has timed out; it has not heard of it
        async with twin.running(broker, tmp_path, startup=a_startup()):
            await broker.until(lambda: group.epochs[0] == 2)
            acknowledge.set()
            await broker.until(lambda: len(broker.records(twin.SUCCESS)) >= 50)
            await twin.until(lambda: asleep.metrics.fenced == 1)

    assert twin.sources(broker) == sorted(f"in/0/{n}" for n in range(50))


async def test_two_fencings_in_a_row_end_in_staying_out_of_the_group(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    group = broker.group(twin.INPUT, twin.GROUP)

    async with twin.running(broker, tmp_path, startup=a_startup()) as worker:
        for fencings in (1, 2):
            await twin.until(lambda: not group._rebalances and _takes_records(worker))
            await MemoryTransactions(broker, group, 0).start()
            twin.feed(broker, 1, partitions=1)
            await twin.until(lambda n=fencings: worker.metrics.fenced == n)  # type: ignore[misc]
            await twin.until(lambda: not _takes_records(worker))
        await twin.until(lambda: worker.status().held == HeldReason.PRODUCER_FENCED)
        assert not worker.readiness().is_well
        assert not list(group._members)
        assert "somebody else" in worker.status().held_message


def _takes_records(worker: Worker) -> bool:
    lanes = worker.membership.lanes
    return bool(lanes) and all(lane.takes_records and lane.standing.state == "Ready" for lane in lanes.values())


async def test_a_partition_whose_transactions_may_not_begin_holds_no_other(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=2)
    broker.refuse("transaction-start", *[StreamMisconfigured("not authorised")] * 1)
    twin.feed(broker, 20, partitions=2)

    async with twin.running(broker, tmp_path, startup=a_startup()):
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 20)

    assert len(set(twin.sources(broker))) == 20


async def test_a_transaction_that_answering_brokers_cannot_begin_blames_the_outputs(tmp_path: Path) -> None:
    """They cannot end the former one, whose marker its outputs do not take."""
    broker = twin.a_broker(partitions=1)
    broker.refuse("transaction-start", *[StreamUnavailable("still ending the former one")] * 1000)

    async with twin.running(broker, tmp_path, startup=a_startup()) as worker:
        await twin.until(lambda: [lane.reason for lane in worker.status().lanes] == ["OutputUnavailable"])


async def test_an_output_that_no_topic_takes_becomes_a_failure_in_the_same_transaction(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    broker.max_message_bytes = 1000
    for who, key in (("a", b"a"), ("b", b"x" * 990), ("c", b"c")):
        broker.append(twin.INPUT, 0, toy.record(who, 1), key)

    async with twin.running(broker, tmp_path, startup=a_startup()) as worker:
        await broker.until(lambda: broker.group(twin.INPUT, twin.GROUP).committed == {0: 3})

    assert twin.scores(broker) == [("a", 2.0), ("c", 2.0)]
    assert twin.sources(broker, twin.FAILURE) == ["in/0/1"]
    assert (worker.metrics.scored, dict(worker.metrics.rejected)) == (2, {"oversize": 1})


async def test_two_workers_and_a_stream_of_rebalances_lose_and_double_nothing(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=4)
    group = broker.group(twin.INPUT, twin.GROUP)

    async with (
        twin.running(broker, tmp_path, startup=a_startup()),
        twin.running(broker, tmp_path, startup=a_startup()),
    ):
        for round_ in range(10):
            twin.feed(broker, 400, first=400 * round_, partitions=4)
            done = 40 * round_ + 20
            await broker.until(lambda n=done: len(broker.records(twin.SUCCESS)) >= n)  # type: ignore[misc]
            group.rebalance()
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) >= 4000)

    assert twin.sources(broker) == sorted(f"in/{n % 4}/{n // 4}" for n in range(4000))


async def test_a_clean_stop_leaves_nothing_uncommitted_and_says_so(tmp_path: Path) -> None:
    broker = twin.a_broker()
    twin.feed(broker, 600)

    with capture_logs() as said:
        async with twin.running(broker, tmp_path, startup=a_startup()):
            await twin.until(lambda: len(broker.records(twin.SUCCESS)) > 0)

    (stopped,) = [line for line in said if line["event"] == "stopped"]
    assert stopped["uncommitted"] == 0
    assert 0 <= stopped["drain_s"] < 1


async def test_a_small_batch_waits_for_more_until_the_next_transaction_is_due(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    startup = twin.a_startup(delivery={"guarantee": "ExactlyOnce", "transaction_interval_ms": 200})

    async with twin.running(broker, tmp_path, startup=startup) as worker:
        twin.feed(broker, 1, partitions=1)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 1)
        for n in range(1, 11):
            twin.feed(broker, 1, first=n, partitions=1)
            await asyncio.sleep(0)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 11)

        assert worker.metrics.transactions_committed == 2


@pytest.mark.parametrize("guarantee", ["AtLeastOnce", "ExactlyOnce"])
async def test_dead_letters_are_written_before_the_position_moves(tmp_path: Path, guarantee: str) -> None:
    broker = _with_dead_letters(partitions=1)
    startup = twin.a_startup(dead_letter_topic=twin.DEAD, delivery={"guarantee": guarantee})
    headers = [("trace", b"t1"), ("scoring-attempt", b"1")]
    broker.append(twin.INPUT, 0, b"\xff{", b"k", timestamp=123_000, headers=headers)
    broker.append(twin.INPUT, 0, None, b"k")
    broker.append(twin.INPUT, 0, toy.record("a", 1), b"k")

    async with twin.running(broker, tmp_path, startup=startup) as worker:
        await broker.until(lambda: broker.group(twin.INPUT, twin.GROUP).committed == {0: 3})

    (letter,) = broker.records(twin.DEAD)
    assert (letter.key, letter.value, letter.timestamp) == (b"k", b"\xff{", 123_000)
    assert list(letter.headers)[:2] == headers
    assert twin.header(letter, "scoring-source") == "in/0/0"
    assert twin.header(letter, "scoring-reason") == "schema"
    assert len(broker.records(twin.FAILURE)) == 2, "a tombstone has no dead letter, but a failure"
    assert worker.metrics.dead_letters.total() == 1


@pytest.mark.parametrize("guarantee", ["AtLeastOnce", "ExactlyOnce"])
async def test_a_dead_letter_that_its_topic_refuses_leaves_a_digest_in_the_failure(
    tmp_path: Path, guarantee: str
) -> None:
    broker = _with_dead_letters(partitions=1)
    broker.max_message_bytes = 1000
    startup = twin.a_startup(dead_letter_topic=twin.DEAD, delivery={"guarantee": guarantee})
    broker.append(twin.INPUT, 0, b"x" * 2000, b"k")
    broker.append(twin.INPUT, 0, b"y", b"k")

    async with twin.running(broker, tmp_path, startup=startup) as worker:
        await broker.until(lambda: broker.group(twin.INPUT, twin.GROUP).committed == {0: 2})

    large, small = broker.records(twin.FAILURE)
    (letter,) = broker.records(twin.DEAD)
    assert b"8e0cd2d6b5c3b4b4" not in (large.value or b"")
    assert b'"reason":"oversize"' in (large.value or b"")
    assert b"in/0/0 was rejected as schema" in (large.value or b"")
    assert b"sha256 " in (large.value or b"")
    assert b'"reason":"schema"' in (small.value or b"")
    assert letter.value == b"y"
    assert dict(worker.metrics.rejected) == {"oversize": 1, "schema": 1}
    assert dict(worker.metrics.dead_letter_failures) == {"oversize": 1}


@pytest.mark.parametrize("guarantee", ["AtLeastOnce", "ExactlyOnce"])
async def test_a_missing_dead_letter_topic_holds_the_lane_and_drops_nothing(tmp_path: Path, guarantee: str) -> None:
    broker = _with_dead_letters(partitions=1)
    startup = twin.a_startup(dead_letter_topic=twin.DEAD, delivery={"guarantee": guarantee})

    async with twin.running(broker, tmp_path, startup=startup) as worker:
        await twin.until(lambda: worker.readiness().is_well)
        broker.delete(twin.DEAD)
        broker.append(twin.INPUT, 0, b"\xff", b"k")
        await twin.until(lambda: any(lane.reason == "OutputUnavailable" for lane in worker.status().lanes))
        assert broker.records(twin.FAILURE) == []
        broker.create(twin.DEAD, 1)
        await broker.until(lambda: broker.group(twin.INPUT, twin.GROUP).committed == {0: 1})

    assert len(broker.records(twin.DEAD)) == len(broker.records(twin.FAILURE)) == 1


def _with_dead_letters(partitions: int) -> MemoryBroker:
    broker = twin.a_broker(partitions)
    broker.create(twin.DEAD, partitions)
    return broker
