"""The in-process stream keeps the laws that the worker relies on, and has the faults that tests ask for."""

import pytest

from harness.stream_laws import PARTITIONS, Member, Stream, StreamLaws, messages
from scoring_service.errors import PositionOutOfRange, StreamUnavailable
from scoring_service.stream.memory import MemoryBroker, MemoryConsumer, MemoryProducer


class Twin:
    topic = "in"

    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.broker.create(self.topic, PARTITIONS)

    def consumer(self, topic: str | None = None) -> MemoryConsumer:
        return MemoryConsumer(self.broker, topic or self.topic, "group")

    def producer(self) -> MemoryProducer:
        return MemoryProducer(self.broker)


class TestMemory(StreamLaws):
    @pytest.fixture
    async def stream(self) -> Stream:
        return Twin()


async def test_a_position_that_retention_overtook_is_reported() -> None:
    twin = Twin()
    member = Member(twin.consumer())
    await twin.producer().send("in", 1, messages(b"a", b"b"))
    twin.broker.expire("in", 1, 1)
    await member.join()

    with pytest.raises(PositionOutOfRange) as caught:
        await member.consumer.poll(0.1, 10)

    assert caught.value.partitions == {1}


async def test_a_broker_that_is_down_refuses_everything() -> None:
    twin = Twin()
    consumer = twin.consumer()
    twin.broker.is_down = True

    with pytest.raises(StreamUnavailable):
        await twin.producer().start()
    with pytest.raises(StreamUnavailable):
        await consumer.join(Member(consumer))
    with pytest.raises(StreamUnavailable):
        await consumer.bounds([0])


async def test_a_member_that_vanished_cannot_commit() -> None:
    twin = Twin()
    member = Member(twin.consumer())
    await member.join()
    assert isinstance(member.consumer, MemoryConsumer)

    member.consumer.vanish()

    with pytest.raises(StreamUnavailable):
        await member.consumer.commit({0: 1})
