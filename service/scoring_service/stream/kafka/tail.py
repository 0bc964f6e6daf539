"""The end of an input topic, read without a group and without a trace on the brokers, through aiokafka."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from scoring_service.contract.startup import Startup
from scoring_service.errors import StreamUnavailable
from scoring_service.stream.kafka import reading, settings
from scoring_service.stream.kafka.connection import connected
from scoring_service.stream.kafka.faults import translated
from scoring_service.stream.kafka.secrets import Secrets
from scoring_service.stream.kafka.topics import partitions_of
from scoring_service.stream.ports import Bounds

CLIENT_ID: Final = "scorer-plan"
PATIENCE_S: Final = 30.0
"""Without progress for so long, reading is given up: a leader is elected in less."""


class KafkaTail:
    """What is committed on one topic."""

    def __init__(self, topic: str, consumer: AIOKafkaConsumer, partitions: Sequence[int]) -> None:
        self._topic = topic
        self._consumer = consumer
        self._places = {partition: TopicPartition(topic, partition) for partition in partitions}

    async def bounds(self) -> dict[int, Bounds]:
        """Return what of each partition can be read now."""
        return await reading.bounds(self._consumer, self._topic, self._places)

    async def pages(
        self, begins: Mapping[int, int], ends: Mapping[int, int], patience_s: float = PATIENCE_S
    ) -> AsyncIterator[tuple[int, Sequence[ConsumerRecord]]]:
        """Yield what is between `begins` and `ends`, by partition as it comes, at most 500 records at a time.

        Raises:
            StreamUnavailable: Nothing has come for `patience_s` seconds.
        """
        open_ = {self._places[partition] for partition in ends if begins[partition] < ends[partition]}
        self._consumer.assign(list(open_))
        for place in open_:
            self._consumer.seek(place, begins[place.partition])
        positions: dict[TopicPartition, int] = {}
        moved_at = monotonic()
        while open_:
            for part in await reading.page(self._consumer, self._topic, ends):
                yield part
            reached = {place: await self._consumer.position(place) for place in open_}
            if reached != positions:
                positions, moved_at = reached, monotonic()
            elif monotonic() - moved_at >= patience_s:
                raise StreamUnavailable(f"{self._topic} has given nothing for {patience_s:g} s")
            if done := {place for place, offset in reached.items() if offset >= ends[place.partition]}:
                self._consumer.pause(*done)
                open_ -= done


@asynccontextmanager
async def opened(startup: Startup, secrets_directory: Path) -> AsyncIterator[KafkaTail]:
    """Yield the input topic of a pipeline. No group is asked, joined or written to.

    Raises:
        StreamMisconfigured: The input topic does not exist, or is forbidden.
        StreamUnavailable: The brokers do not answer.
    """
    topic = startup.input.topic
    secrets = Secrets(startup, secrets_directory)
    async with connected(startup, CLIENT_ID, secrets) as connection:
        partitions = await partitions_of(connection, topic)
    without_a_group = {"group_id": None, "auto_offset_reset": "earliest", "fetch_min_bytes": 1}
    consumer = AIOKafkaConsumer(**settings.consumer(startup, CLIENT_ID, secrets.current) | without_a_group)
    try:
        with translated("read", topic):
            await consumer.start()
        yield KafkaTail(topic, consumer, partitions)
    finally:
        await consumer.stop()
