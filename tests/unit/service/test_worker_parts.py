"""The pure parts of the worker: where lanes begin, how batches are cut, where outputs go, how long to pause."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

import aiokafka.client
import pytest
from aiokafka import errors
from aiokafka.partitioner import murmur2
from aiokafka.protocol.metadata import MetadataRequest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from harness import twin
from scoring_service.contract.names import HEADER_SOURCE
from scoring_service.contract.startup import StartupInput
from scoring_service.errors import StreamUnavailable
from scoring_service.logs import REPEAT_AFTER_S, Repeats
from scoring_service.stream.kafka import KafkaConsumer, Secrets, ending, settings
from scoring_service.stream.kafka.patching import patch
from scoring_service.stream.memory import StoredRecord
from scoring_service.stream.partitions import partitions_of
from scoring_service.stream.ports import Bounds, Message
from scoring_service.worker.buffer import MAX_BYTES, MAX_RECORDS, Buffer, size_of
from scoring_service.worker.commits import COMMIT_TIMEOUT_S
from scoring_service.worker.pace import pause_s
from scoring_service.worker.routing import Origin, parcels
from scoring_service.worker.start import Start, start_of
from scoring_service.worker.timing import Timing

MIB = 1024 * 1024


def a_record(offset: int, size: int = 1, key: bytes | None = b"") -> StoredRecord:
    return StoredRecord(offset, 0, 0, key, b"x" * size, ())


@pytest.mark.parametrize(
    ("committed", "start_from", "expected"),
    [
        ({0: 5}, "earliest", Start(5, 0, is_new=False)),
        ({0: 5}, "latest", Start(5, 0, is_new=False)),
        ({0: 1}, "earliest", Start(3, 2, is_new=False)),
        ({0: 20}, "earliest", Start(20, 0, is_new=False)),
        ({0: None}, "earliest", Start(3, 0, is_new=True)),
        ({0: None, 1: None}, "latest", Start(9, 0, is_new=True)),
        ({0: None, -1: 0}, "latest", Start(3, 0, is_new=True)),
        ({0: None, 1: 0}, "latest", Start(9, 0, is_new=True)),
        ({0: None, 1: 0}, "earliest", Start(3, 0, is_new=True)),
    ],
)
def test_a_lane_begins_where_semantics_say(
    committed: dict[int, int | None], start_from: Literal["earliest", "latest"], expected: Start
) -> None:
    source = StartupInput(topic="in", group="g", start_from=start_from)

    assert start_of(0, committed, Bounds(log_start=3, last_stable=9), source, has_started=False) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("Hold", None), ("Earliest", Start(3, 0, is_new=True)), ("Latest", Start(9, 0, is_new=True))],
)
def test_a_group_that_lost_all_its_offsets_begins_as_the_policy_says(
    policy: Literal["Hold", "Earliest", "Latest"], expected: Start | None
) -> None:
    source = StartupInput(topic="in", group="g", start_from="latest", on_offsets_lost=policy)
    bounds = Bounds(log_start=3, last_stable=9)

    assert start_of(0, {0: None, 1: None}, bounds, source, has_started=True) == expected


def test_a_group_that_lost_nothing_elsewhere_has_a_new_partition_and_no_loss() -> None:
    source = StartupInput(topic="in", group="g")

    start = start_of(1, {0: 5, 1: None}, Bounds(log_start=3, last_stable=9), source, has_started=True)

    assert start == Start(3, 0, is_new=True)


@given(st.lists(st.lists(st.integers(0, 3 * MIB), max_size=5), max_size=6), st.integers(0, 3))
async def test_batches_are_bounded_in_order_and_complete(polls: list[list[int]], small: int) -> None:
    buffer = Buffer(full_bytes=MIB)
    offset, offered = 0, 0
    for sizes in polls:
        records = [a_record(offset + n, size) for n, size in enumerate([*sizes, *[1] * 300 * small])]
        if records:
            assert buffer.offer(records) == sum(map(size_of, records))
        offset += len(records)
        offered += sum(map(size_of, records))
    assert (buffer.records, buffer.size) == (offset, offered)

    seen = 0
    while buffer.records:
        batch = await buffer.take()
        assert batch is not None
        assert [r.offset for r in batch.records] == list(range(seen, seen + len(batch.records)))
        assert len(batch.records) <= MAX_RECORDS
        assert batch.size == sum(map(size_of, batch.records))
        assert batch.size <= MAX_BYTES or len(batch.records) == 1
        seen = batch.next_offset
    assert seen == offset
    assert buffer.size == 0


async def test_a_buffer_is_full_by_count_or_by_bytes_and_low_at_half() -> None:
    by_count, by_bytes = Buffer(MIB), Buffer(MIB)

    by_count.offer([a_record(n) for n in range(500)])
    by_bytes.offer([a_record(0, MIB)])

    assert by_count.is_full
    assert by_bytes.is_full
    assert not by_count.is_low
    assert not by_bytes.is_low
    assert Buffer(MIB).is_low


async def test_whoever_gathers_does_not_wait_once_the_buffer_is_half_full() -> None:
    """A buffer is paused until it is low: nothing more might come, and the wait would be for nothing."""
    buffer = Buffer(MIB, max_records=10)
    buffer.offer([a_record(n) for n in range(6)])

    async with asyncio.timeout(5):
        batch = await buffer.take(lambda: 3600)

    assert batch is not None
    assert len(batch.records) == 6


async def test_whoever_gathers_gets_what_comes_meanwhile() -> None:
    buffer = Buffer(MIB, max_records=10)
    buffer.offer([a_record(0)])
    waiting = asyncio.create_task(buffer.take(lambda: 3600))
    await asyncio.sleep(0)

    buffer.offer([a_record(n) for n in range(1, 6)])

    batch = await waiting
    assert batch is not None
    assert len(batch.records) == 6


async def test_a_closed_buffer_ends_whoever_waits() -> None:
    buffer = Buffer(MIB)
    waiting = asyncio.create_task(buffer.take())
    await asyncio.sleep(0)

    buffer.close()

    assert await waiting is None


async def test_a_closed_buffer_gives_nothing_more() -> None:
    buffer = Buffer(MIB)
    buffer.offer([a_record(0)])

    buffer.close()

    assert await buffer.take() is None
    assert buffer.records == 1


@given(st.lists(st.binary(max_size=50), max_size=30), st.integers(1, 40))
def test_keys_go_where_any_java_producer_sends_them(keys: list[bytes], count: int) -> None:
    assert partitions_of(keys, count) == [(murmur2(key) & 0x7FFFFFFF) % count for key in keys]


def a_message(offset: int, key: bytes | None) -> Message:
    return Message(key, b"", [("other", b"x"), (HEADER_SOURCE, b"in/2/%d" % offset)])


def places(partitions: int, origin: Origin, *keys: tuple[bytes | None, bytes | None]) -> dict[int, list[int]]:
    """Route messages given as (input key, output key); return offsets by partition."""
    records = [a_record(n, key=key) for n, (key, _) in enumerate(keys)]
    messages = [a_message(n, key) for n, (_, key) in enumerate(keys)]
    return {
        parcel.partition: [messages.index(m) for m in parcel.messages]
        for parcel in parcels("out", partitions, messages, origin, records)
    }


def test_with_equal_counts_an_output_goes_to_the_number_of_its_input() -> None:
    assert places(4, Origin("in", 2, 4), (b"a", b"a"), (b"b", b"b")) == {2: [0, 1]}


def test_an_input_without_a_key_goes_where_its_own_key_says_and_its_neighbours_stay() -> None:
    home = (murmur2(b"wallet") & 0x7FFFFFFF) % 4

    assert home != 2
    assert places(4, Origin("in", 2, 4), (b"a", b"a"), (None, b"wallet"), (b"", b"")) == {2: [0, 2], home: [1]}


def test_an_output_without_any_key_stays_with_its_input() -> None:
    assert places(3, Origin("in", 5, 6), (None, None)) == {2: [0]}


def test_no_messages_make_no_parcels() -> None:
    assert parcels("out", 3, [], Origin("in", 0, 3), [a_record(0)]) == []


@given(st.integers(0, 3000), st.floats(0, 10), st.floats(0.001, 1))
def test_a_pause_is_a_small_part_of_the_allowed_latency_and_nothing_under_backlog(
    records: int, poll_s: float, latency_s: float
) -> None:
    pause = pause_s(records, poll_s, latency_s)

    assert 0 <= pause <= 0.2 * latency_s
    assert pause == 0 or records < 200


def test_a_poll_that_waited_needs_no_pause() -> None:
    assert pause_s(0, 0.5, 0.05) == 0.0
    assert pause_s(5, 0.001, 0.05) > 0.0


def test_brokers_are_asked_for_metadata_without_creating_topics(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client has no setting for it; if it renames what we replace, this says so."""
    monkeypatch.setattr(aiokafka.client, "MetadataRequest", MetadataRequest)

    patch()

    versions = [v for v in range(4, 8) if hasattr(aiokafka.protocol.metadata, f"MetadataRequest_v{v}")]
    assert versions
    for number in versions:
        struct = getattr(aiokafka.protocol.metadata, f"MetadataRequest_v{number}")
        assert aiokafka.client.MetadataRequest(["some"]).build(struct).allow_auto_topic_creation is False


def test_the_group_waits_longer_for_a_drain_than_a_drain_takes() -> None:
    timing = Timing()

    assert 1000 * (timing.drain_s + 2 * COMMIT_TIMEOUT_S) < settings.REBALANCE_TIMEOUT_MS
    assert settings.REQUEST_TIMEOUT_MS >= settings.REBALANCE_TIMEOUT_MS + 10_000  # or the client gives the join up


def test_a_stop_is_over_well_before_a_pod_is_killed() -> None:
    timing = Timing()

    assert timing.drain_s + 2 * COMMIT_TIMEOUT_S + timing.close_s <= 25


def test_a_warning_that_repeats_is_said_once_in_a_while_with_its_count() -> None:
    now = [0.0]
    handler = Repeats(lambda: now[0])
    record = logging.LogRecord("library", logging.WARNING, "", 0, "no broker %s", ("a",), None)

    with capture_logs() as said:
        for _ in range(5):
            handler.emit(record)
        now[0] += REPEAT_AFTER_S
        handler.emit(record)

    assert [(line["event"], line["repeats"]) for line in said] == [("no broker a", 0), ("no broker a", 4)]


async def _fail() -> None:
    raise errors.KafkaError("the coordinator is gone")


async def _cancel_itself() -> None:
    fetching = asyncio.create_task(asyncio.sleep(60))
    fetching.cancel()
    await fetching


@pytest.mark.parametrize("stop", [_fail, _cancel_itself])
async def test_a_client_that_fails_to_leave_does_not_end_the_worker(stop: Callable[[], Awaitable[None]]) -> None:
    """It awaits tasks that it has cancelled: the worker's session would end with them, and nobody would join again."""
    consumer = KafkaConsumer(twin.a_startup(), "pod-a", Secrets(twin.a_startup(), Path()))
    closing = SimpleNamespace(_conns={}, close=lambda: asyncio.sleep(0))
    fetcher = SimpleNamespace(close=stop)
    consumer._client = SimpleNamespace(stop=stop, _coordinator=SimpleNamespace(), _fetcher=fetcher, _client=closing)

    await consumer.close()

    with pytest.raises(StreamUnavailable, match="not a member"):
        await consumer.poll(0.0, 1)


async def test_a_worker_that_is_cancelled_cancels_the_ending_it_waits_for() -> None:
    began, was_cancelled = asyncio.Event(), asyncio.Event()

    async def stop() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            was_cancelled.set()

    leaving = asyncio.create_task(ending.ended(stop(), 60.0))
    await began.wait()
    leaving.cancel()

    with pytest.raises(asyncio.CancelledError):
        await leaving
    async with asyncio.timeout(1.0):
        await was_cancelled.wait()


async def test_a_connection_whose_peer_does_not_read_is_cut_and_not_waited_for() -> None:
    """Closing waits until all that was written has left: a frozen broker would hold a lane for minutes."""
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        _, writer = await asyncio.open_connection(*frozen.getsockname())
        writer.write(b"x" * 64 * MIB)
        client = SimpleNamespace(_conns={0: SimpleNamespace(_writer=writer)})

        async def close() -> None:
            writer.close()
            await writer.wait_closed()

        async with asyncio.timeout(ending.CLOSE_TIMEOUT_S + 3):
            await ending._cut(client, close())

        assert writer.transport.get_write_buffer_size() == 0
