"""What the worker relies on in a stream, in one table of tests: run on the in-process twin and on a real Kafka."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

import pytest

from scoring_service.errors import MessageTooLarge, StreamMisconfigured, StreamUnavailable
from scoring_service.stream.ports import Consumer, GroupListener, Message, Producer, Record

PARTITIONS = 3
WITHIN_S = 20.0


class Stream(Protocol):
    """A stream with one fresh topic of three partitions, and a group."""

    topic: str

    def consumer(self, topic: str | None = None) -> Consumer: ...
    def producer(self) -> Producer: ...


class Member(GroupListener):
    """A member that begins every assigned partition at its start."""

    def __init__(self, consumer: Consumer) -> None:
        self.consumer = consumer
        self.assigned: list[int] = []
        self.revoked: list[int] = []
        self.begun = asyncio.Event()

    async def on_revoked(self, partitions: Iterable[int]) -> None:
        self.begun.clear()
        self.revoked += partitions

    def on_assigned(self, partitions: Iterable[int]) -> None:
        self.assigned = sorted(partitions)
        for partition in self.assigned:
            self.consumer.seek(partition, 0)
        self.begun.set()

    async def join(self) -> None:
        """Join and wait for the first assignment."""
        await self.consumer.join(self)
        await self.begun.wait()

    async def read(self, count: int) -> list[tuple[int, Record]]:
        """Return partition and record of the next `count` records."""
        found: list[tuple[int, Record]] = []
        async with asyncio.timeout(WITHIN_S):
            while len(found) < count:
                polled = await self.consumer.poll(0.1, 100)
                found += [(partition, record) for partition, records in polled.items() for record in records]
        return found

    async def owns(self, count: int) -> None:
        """Wait, polling, until `count` partitions are assigned."""
        async with asyncio.timeout(WITHIN_S):
            while len(self.assigned) != count or not self.begun.is_set():
                await self.consumer.poll(0.05, 1)


def messages(*values: bytes, key: bytes | None = b"k") -> Sequence[Message]:
    return [Message(key, value, [("name", b"header")]) for value in values]


class StreamLaws:
    """Subclass with a fixture `stream`."""

    async def test_what_is_sent_is_polled_in_order_with_key_and_timestamp(self, stream: Stream) -> None:
        producer, member = stream.producer(), Member(stream.consumer())
        await producer.start()
        await member.join()

        await producer.send(stream.topic, 1, messages(b"a", b"b", b"c"))
        found = await member.read(3)

        assert [(partition, r.offset, r.key, r.value) for partition, r in found] == [
            (1, 0, b"k", b"a"),
            (1, 1, b"k", b"b"),
            (1, 2, b"k", b"c"),
        ]
        assert all(r.timestamp > 1_600_000_000_000 and r.timestamp_type == 0 for _, r in found)
        await member.consumer.close()
        await producer.close()

    async def test_a_delivery_larger_than_one_batch_of_the_client_arrives_whole(self, stream: Stream) -> None:
        producer, member = stream.producer(), Member(stream.consumer())
        await producer.start()
        await member.join()
        values = [bytes([n]) * 200_000 for n in range(12)]

        await producer.send(stream.topic, 0, messages(*values, key=None))

        assert [r.value for _, r in await member.read(12)] == values
        await member.consumer.close()
        await producer.close()

    async def test_a_message_that_is_too_large_is_refused_and_the_next_one_is_not(self, stream: Stream) -> None:
        producer, member = stream.producer(), Member(stream.consumer())
        await producer.start()
        await member.join()

        with pytest.raises(MessageTooLarge):
            await producer.send(stream.topic, 0, messages(b"a", key=b"k" * 1_100_000))
        await producer.send(stream.topic, 0, messages(b"b"))

        assert [r.value for _, r in await member.read(1)] == [b"b"]
        await member.consumer.close()
        await producer.close()

    async def test_offsets_are_the_groups_once_committed_and_unknown_before(self, stream: Stream) -> None:
        member = Member(stream.consumer())
        await member.join()

        before = await member.consumer.committed(range(PARTITIONS))
        await member.consumer.commit({0: 7, 2: 0})

        assert before == {0: None, 1: None, 2: None}
        assert await member.consumer.committed(range(PARTITIONS)) == {0: 7, 1: None, 2: 0}
        await member.consumer.close()

    async def test_a_seek_reads_again_and_moves_the_position(self, stream: Stream) -> None:
        producer, member = stream.producer(), Member(stream.consumer())
        await producer.start()
        await producer.send(stream.topic, 0, messages(b"a", b"b", b"c"))
        await member.join()
        await member.read(3)

        member.consumer.seek(0, 1)
        position = await member.consumer.position(0)

        assert position == 1
        assert [r.value for _, r in await member.read(2)] == [b"b", b"c"]
        assert await member.consumer.position(0) == 3
        await member.consumer.close()
        await producer.close()

    async def test_a_paused_partition_is_silent_until_it_is_resumed(self, stream: Stream) -> None:
        producer, member = stream.producer(), Member(stream.consumer())
        await producer.start()
        await member.join()

        member.consumer.pause([0])
        await producer.send(stream.topic, 0, messages(b"held"))
        await producer.send(stream.topic, 1, messages(b"free"))
        first = await member.read(1)
        silent = await member.consumer.poll(0.2, 10)
        member.consumer.resume([0])

        assert [(partition, r.value) for partition, r in first] == [(1, b"free")]
        assert not any(silent.values())
        assert [r.value for _, r in await member.read(1)] == [b"held"]
        await member.consumer.close()
        await producer.close()

    async def test_bounds_say_what_can_be_read(self, stream: Stream) -> None:
        producer, member = stream.producer(), Member(stream.consumer())
        await producer.start()
        await producer.send(stream.topic, 2, messages(b"a", b"b"))
        await member.join()

        assert await member.consumer.bounds([0, 2]) == {0: (0, 0), 2: (0, 2)}
        assert await member.consumer.partitions() == PARTITIONS
        await member.consumer.close()
        await producer.close()

    async def test_a_second_member_takes_a_share_and_gives_it_back_when_it_leaves(self, stream: Stream) -> None:
        first, second = Member(stream.consumer()), Member(stream.consumer())
        await first.join()
        await second.consumer.join(second)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_until_shared(first))
            tasks.create_task(_until_shared(second))
        shared = sorted([*first.assigned, *second.assigned])
        await second.consumer.close()
        await first.owns(PARTITIONS)

        assert shared == [0, 1, 2]
        assert sorted(set(first.revoked)) == [0, 1, 2]
        await first.consumer.close()

    async def test_a_commit_for_a_partition_of_somebody_else_is_refused(self, stream: Stream) -> None:
        member = Member(stream.consumer())
        await member.join()

        with pytest.raises(StreamUnavailable):
            await member.consumer.commit({PARTITIONS: 1})
        await member.consumer.close()

    async def test_a_missing_input_is_named_and_not_created(self, stream: Stream) -> None:
        consumer = stream.consumer(f"{stream.topic}-missing")

        for _ in range(2):
            with pytest.raises(StreamMisconfigured, match=f"{stream.topic}-missing"):
                await consumer.join(Member(consumer))
        await consumer.close()

    async def test_a_missing_output_is_named_and_not_created(self, stream: Stream) -> None:
        producer = stream.producer()
        await producer.start()

        for _ in range(2):
            with pytest.raises(StreamMisconfigured, match=f"{stream.topic}-missing"):
                await producer.partitions(f"{stream.topic}-missing")
        with pytest.raises(StreamMisconfigured, match=f"{stream.topic}-missing"):
            await producer.send(f"{stream.topic}-missing", 0, messages(b"a"))
        assert await producer.partitions(stream.topic) == PARTITIONS
        await producer.close()

    async def test_a_consumer_that_was_closed_may_join_again(self, stream: Stream) -> None:
        member = Member(stream.consumer())
        await member.join()
        await member.consumer.close()
        member.begun.clear()

        await member.join()

        assert member.assigned == [0, 1, 2]
        await member.consumer.close()


async def _until_shared(member: Member) -> None:
    async with asyncio.timeout(WITHIN_S):
        while len(member.assigned) not in (1, 2) or not member.begun.is_set():
            await member.consumer.poll(0.05, 1)
