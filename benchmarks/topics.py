"""Filling and counting topics, as fast as the client allows, so that the broker is idle while we measure."""

import asyncio
import itertools
from collections.abc import Iterable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

PARTITIONS = 6
_BATCH_BYTES = 900_000


async def create(
    bootstrap: str, names: Iterable[str], config: dict[str, str] | None = None, partitions: int = PARTITIONS
) -> None:
    """Create topics with so many partitions each."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=config or {}) for name in names])
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


async def fill(
    bootstrap: str, topic: str, records: Sequence[tuple[bytes, bytes]], count: int, partitions: int = PARTITIONS
) -> None:
    """Write `count` records, cycling through `records` (key, value), round-robin over the partitions."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_batch_size=_BATCH_BYTES, max_request_size=1_000_000)
    source = itertools.islice(itertools.cycle(records), count)
    async with producer:
        pending: set[asyncio.Future[object]] = set()
        for partition in itertools.cycle(range(partitions)):
            batch = producer.create_batch()
            for key, value in source:
                if batch.append(key=key, value=value, timestamp=None) is None:
                    source = itertools.chain([(key, value)], source)
                    break
            if batch.record_count() == 0:
                break
            pending.add(await producer.send_batch(batch, topic, partition=partition))
            if len(pending) > partitions:
                _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(*pending)


def places(names: Sequence[str], partitions: int = PARTITIONS) -> list[TopicPartition]:
    """Return the partitions of some topics that have so many each."""
    return [TopicPartition(name, partition) for name in names for partition in range(partitions)]


async def between(bootstrap: str, first: Mapping[TopicPartition, int], end: Mapping[TopicPartition, int]) -> int:
    """Return how many records stand between offsets: fewer than the offsets say, where transactions leave markers."""
    count = 0
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, fetch_max_bytes=8 * 1024 * 1024) as reader:
        reader.assign([place for place in end if end[place] > first[place]])
        for place in reader.assignment():
            reader.seek(place, first[place])
        while [place for place in reader.assignment() if await reader.position(place) < end[place]]:
            for place, records in (await reader.getmany(timeout_ms=500)).items():
                count += sum(record.offset < end[place] for record in records)
    return count
