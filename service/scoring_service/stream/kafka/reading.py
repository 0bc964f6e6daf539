"""Reading a topic from its beginning to an end that is known: what commands do, and workers never."""

from collections.abc import Iterable, Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from scoring_service.stream.kafka.faults import translated
from scoring_service.stream.ports import Bounds

POLL_MS: Final = 200
AT_ONCE: Final = 500


async def bounds(consumer: AIOKafkaConsumer, topic: str, partitions: Iterable[int]) -> dict[int, Bounds]:
    """Return what of each partition can be read now."""
    places = [TopicPartition(topic, partition) for partition in partitions]
    with translated("ask for the ends of", topic):
        starts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    return {place.partition: Bounds(starts[place], ends[place]) for place in places}


async def page(
    consumer: AIOKafkaConsumer, topic: str, ends: Mapping[int, int]
) -> list[tuple[int, list[ConsumerRecord]]]:
    """Return the next records before the ends of their partitions, at most 500; nothing after 0.2 s without any."""
    with translated("read", topic):
        polled = await consumer.getmany(timeout_ms=POLL_MS, max_records=AT_ONCE)
    below = {at.partition: [r for r in records if r.offset < ends[at.partition]] for at, records in polled.items()}
    return [(partition, records) for partition, records in below.items() if records]
