"""A real Kafka behind the adapter keeps the laws that the worker relies on."""

from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from harness import topics
from harness.kafka import Broker
from harness.stage import until
from harness.stream_laws import PARTITIONS, Member, Stream, StreamLaws, messages
from scoring_service.contract.startup import Startup, StartupDelivery, StartupInput, StartupOutput
from scoring_service.errors import PositionOutOfRange, StreamMisconfigured
from scoring_service.stream.kafka import KafkaConsumer, KafkaProducer, Secrets

pytestmark = pytest.mark.kafka


class Kafka:
    def __init__(self, bootstrap: str, topic: str) -> None:
        self._bootstrap = bootstrap
        self.topic = topic

    def consumer(self, topic: str | None = None) -> KafkaConsumer:
        startup = self._startup(topic or self.topic)
        return KafkaConsumer(startup, "law", Secrets(startup, Path()))

    def producer(self) -> KafkaProducer:
        startup = self._startup(self.topic)
        return KafkaProducer(startup, "law", Secrets(startup, Path()))

    def _startup(self, topic: str) -> Startup:
        return Startup(
            namespace="test",
            pipeline="laws",
            bootstrap_servers=(self._bootstrap,),
            input=StartupInput(topic=topic, group=self.topic),
            output=StartupOutput(success_topic=self.topic, failure_topic=self.topic),
            delivery=StartupDelivery(session_timeout_ms=6_000),
        )


class TestKafka(StreamLaws):
    @pytest.fixture
    async def stream(self, kafka: Broker) -> Stream:
        topic = topics.unique("laws")
        await topics.create(kafka.bootstrap, topic, partitions=PARTITIONS)
        return Kafka(kafka.bootstrap, topic)

    async def test_a_partition_without_an_answer_does_not_hide_the_others(self, stream: Stream) -> None:
        """The client asks for all partitions together, and waits until every one of them has a leader."""
        member = Member(stream.consumer())
        await member.join()

        assert await member.consumer.bounds([0, PARTITIONS, 2]) == {0: (0, 0), 2: (0, 0)}
        await member.consumer.close()

    async def test_the_ends_of_a_topic_that_is_gone_name_it(self, kafka: Broker, stream: Stream) -> None:
        member = Member(stream.consumer())
        await member.join()
        await topics.delete(kafka.bootstrap, stream.topic)

        async def is_named() -> bool:
            """A broker may learn of it a moment after it was deleted."""
            try:
                await member.consumer.bounds([0, 1])
            except StreamMisconfigured as error:
                return f"topic {stream.topic} does not exist" in str(error)
            return False

        await until(is_named)
        await member.consumer.close()

    async def test_a_position_that_retention_overtook_is_reported(self, kafka: Broker, stream: Stream) -> None:
        producer, member = stream.producer(), Member(stream.consumer())
        await producer.start()
        await producer.send(stream.topic, 1, messages(b"a", b"b", b"c"))
        await _delete_before(kafka, stream.topic, 1, 2)
        await member.join()

        with pytest.raises(PositionOutOfRange) as caught:
            await member.read(3)

        assert caught.value.partitions == {1}
        assert await member.consumer.bounds([1]) == {1: (2, 3)}
        member.consumer.seek(1, 2)
        assert [record.value for _, record in await member.read(1)] == [b"c"]
        await member.consumer.close()
        await producer.close()


async def _delete_before(kafka: Broker, topic: str, partition: int, offset: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        await admin.delete_records({TopicPartition(topic, partition): RecordsToDelete(before_offset=offset)})
    finally:
        await admin.close()
