"""What tests do with topics on a real broker: create, write with every detail given, read to the end."""

import asyncio
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

FOREVER: Final[Mapping[str, str]] = {"retention.ms": "-1"}
"""So that the broker does not delete records with timestamps of years ago while a test reads them."""
IN_FLIGHT: Final = 1000
KNOWN_WITHIN_S: Final = 30.0


class Record(NamedTuple):
    """One record to write; what is None is the producer's choice."""

    value: bytes | None
    key: bytes | None = None
    partition: int | None = None
    timestamp_ms: int | None = None
    headers: Sequence[tuple[str, bytes]] = ()


class Place(NamedTuple):
    """Where a written record is."""

    partition: int
    offset: int


def unique(stem: str) -> str:
    """Return a topic or group name that no other test has."""
    return f"{stem}-{uuid.uuid4().hex[:8]}"


async def create(
    bootstrap: str, *names: str, partitions: int = 1, replication: int = 1, configs: Mapping[str, str] = FOREVER
) -> None:
    """Create topics and wait until the broker knows them; timestamps are the producers' unless `configs` differs.

    Raises:
        RuntimeError: The broker refused one; the text is its answer.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        answer = await admin.create_topics(
            [NewTopic(n, partitions, replication, topic_configs=dict(configs)) for n in names]
        )
        refused = [error for error in answer.topic_errors if error[1]]
        if refused:
            raise RuntimeError(f"cannot create topics: {refused}")
        await _until_known(admin, names)
    finally:
        await admin.close()


async def _until_known(admin: AIOKafkaAdminClient, names: Sequence[str]) -> None:
    """Wait for the broker's own copy: the controller answers before brokers have heard of it."""
    async with asyncio.timeout(KNOWN_WITHIN_S):
        while any(topic["error_code"] for topic in await admin.describe_topics(list(names))):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def delete(bootstrap: str, *names: str) -> None:
    """Delete topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics(list(names))
    finally:
        await admin.close()


async def committed(bootstrap: str, group: str) -> dict[int, int]:
    """Return the offsets of a group that reads one topic, by partition."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        found: dict[TopicPartition, Any] = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {place.partition: kept.offset for place, kept in found.items()}


async def produce(bootstrap: str, topic: str, records: Iterable[Record], **options: Any) -> list[Place]:
    """Write records in order, each acknowledged by the broker; `options` are the producer's.

    Returns:
        Where each is, in the order of `records`.
    """
    places: list[Place] = []
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5, **options) as producer:
        waiting: list[asyncio.Future[Any]] = []
        for r in records:
            sent = await producer.send(
                topic, r.value, r.key, partition=r.partition, timestamp_ms=r.timestamp_ms, headers=list(r.headers)
            )
            waiting.append(sent)
            if len(waiting) >= IN_FLIGHT:
                places += [Place(m.partition, m.offset) for m in await asyncio.gather(*waiting)]
                waiting.clear()
        places += [Place(m.partition, m.offset) for m in await asyncio.gather(*waiting)]
    return places


async def read(bootstrap: str, topic: str, *, isolation_level: str = "read_committed") -> list[ConsumerRecord]:
    """Return all records of `topic` up to its end of now, in order within each partition."""
    async with _consumer(bootstrap, topic, isolation_level) as consumer:
        partitions = consumer.assignment()
        ends = await consumer.end_offsets(partitions)
        records: list[ConsumerRecord] = []
        while [p for p in partitions if await consumer.position(p) < ends[p]]:
            for some in (await consumer.getmany(timeout_ms=100)).values():
                records += some
    return [r for r in records if r.offset < ends[TopicPartition(topic, r.partition)]]


async def read_at_least(bootstrap: str, topic: str, count: int, *, within_s: float) -> list[ConsumerRecord]:
    """Return committed records of `topic` from its start, once there are `count` of them.

    What a poll brings beyond `count` is returned too: a test that counts duplicates must see them.

    Raises:
        TimeoutError: There are fewer after `within_s` seconds; the text says how many.
    """
    records: list[ConsumerRecord] = []
    async with _consumer(bootstrap, topic, "read_committed") as consumer:
        try:
            async with asyncio.timeout(within_s):
                while len(records) < count:
                    for some in (await consumer.getmany(timeout_ms=100)).values():
                        records += some
        except TimeoutError:
            raise TimeoutError(f"{topic}: {len(records)} of {count} records after {within_s} s") from None
    return records


def _consumer(bootstrap: str, topic: str, isolation_level: str) -> AIOKafkaConsumer:
    # without a group, aiokafka assigns all partitions of the topic at start
    return AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, isolation_level=isolation_level, auto_offset_reset="earliest"
    )
