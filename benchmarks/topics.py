"""Filling and counting topics, as fast as the client allows, so that the broker is idle while we measure."""

import asyncio
import itertools
from collections.abc import Iterable, Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

PARTITIONS = 6
_BATCH_BYTES = 900_000


async def create(bootstrap: str, names: Iterable[str], config: dict[str, str]) -> None:
    """Create topics with six partitions each."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, PARTITIONS, 1, topic_configs=config) for name in names])
    finally:
        await admin.close()


async def delete(bootstrap: str, names: Sequence[str]) -> None:
    """Delete topics, so that a run does not fill the disk for the next."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics(list(names))
    finally:
        await admin.close()


async def fill(bootstrap: str, topic: str, records: Sequence[tuple[bytes, bytes]], count: int) -> None:
    """Write `count` records, cycling through `records` (key, value), round-robin over the partitions."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_batch_size=_BATCH_BYTES, max_request_size=1_000_000)
    source = itertools.islice(itertools.cycle(records), count)
    async with producer:
        pending: set[asyncio.Future[object]] = set()
        for partition in itertools.cycle(range(PARTITIONS)):
            batch = producer.create_batch()
            for key, value in source:
                if batch.append(key=key, value=value, timestamp=None) is None:
                    source = itertools.chain([(key, value)], source)
                    break
            if batch.record_count() == 0:
                break
            pending.add(await producer.send_batch(batch, topic, partition=partition))
            if len(pending) > PARTITIONS:
                _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(*pending)


async def ends(consumer: AIOKafkaConsumer, topic: str) -> int:
    """Return the number of records in a topic that nothing was deleted from."""
    offsets = await consumer.end_offsets([TopicPartition(topic, partition) for partition in range(PARTITIONS)])
    return sum(offsets.values())
