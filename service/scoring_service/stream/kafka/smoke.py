"""A few records in, their outputs back: a pipeline's topics as a stranger sees them, through aiokafka."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition, errors
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from scoring_service.contract.names import HEADER_SOURCE
from scoring_service.contract.startup import Startup
from scoring_service.errors import StreamMisconfigured
from scoring_service.stream.kafka import settings
from scoring_service.stream.kafka.authentication import authenticated
from scoring_service.stream.kafka.connection import connected
from scoring_service.stream.kafka.faults import translated
from scoring_service.stream.kafka.secrets import Secrets
from scoring_service.stream.kafka.topics import partitions_of

CLIENT_ID: Final = "scorer-smoke"
EXISTS: Final = errors.TopicAlreadyExistsError.errno
POLL_MS: Final = 200
KNOWN_WITHIN_S: Final = 30.0
KNOWN_EVERY_S: Final = 0.1
REPLICAS_AT_MOST: Final = 3
"""As many as there are brokers, up to this: fewer than their min.insync.replicas would take no record."""


class KafkaSmoke:
    """The input topic to write to, and the output topics from their ends on."""

    def __init__(self, startup: Startup, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer) -> None:
        self._startup = startup
        self._producer = producer
        self._consumer = consumer

    async def write(self, records: Sequence[tuple[bytes, bytes]]) -> list[str]:
        """Write keys and values; return the `scoring-source` of each one's output."""
        topic = self._startup.input.topic
        with translated("write", topic):
            places = [await self._producer.send_and_wait(topic, value, key) for key, value in records]
        return [f"{place.topic}/{place.partition}/{place.offset}" for place in places]

    async def outputs(self) -> list[tuple[str, str, bytes]]:
        """Return topic, `scoring-source` and value of what has come since; none after 0.2 s without any."""
        with translated("read", self._startup.output.success_topic):
            polled = await self._consumer.getmany(timeout_ms=POLL_MS)
        records = (record for some in polled.values() for record in some)
        return [(r.topic, dict(r.headers).get(HEADER_SOURCE, b"").decode(), r.value or b"") for r in records]


@asynccontextmanager
async def opened(startup: Startup, secrets_directory: Path, *, make_topics: bool) -> AsyncIterator[KafkaSmoke]:
    """Yield a pipeline's topics; those that are missing are made first if `make_topics`.

    Raises:
        StreamMisconfigured: A topic does not exist, or is forbidden.
        StreamUnavailable: The brokers do not answer.
    """
    secrets = Secrets(startup, secrets_directory)
    names = (startup.input.topic, *startup.output.topics)
    if make_topics:
        await _make(names, startup, secrets)
    async with connected(startup, CLIENT_ID, secrets) as connection:
        found = {name: await partitions_of(connection, name) for name in names}
    places = [TopicPartition(name, each) for name in startup.output.topics for each in found[name]]
    without_a_group = {"group_id": None, "auto_offset_reset": "latest", "fetch_min_bytes": 1}
    consumer = AIOKafkaConsumer(**settings.consumer(startup, CLIENT_ID, secrets.current) | without_a_group)
    producer = AIOKafkaProducer(**settings.producer(startup, CLIENT_ID, secrets.current))
    try:
        with translated("connect for", startup.input.topic):
            await consumer.start()
            await producer.start()
            consumer.assign(places)
            await consumer.seek_to_end(*places)
        yield KafkaSmoke(startup, producer, consumer)
    finally:
        await producer.stop()
        await consumer.stop()


async def _make(names: Sequence[str], startup: Startup, secrets: Secrets) -> None:
    credentials = await authenticated(startup, secrets)
    admin = AIOKafkaAdminClient(
        bootstrap_servers=list(startup.bootstrap_servers), client_id=CLIENT_ID, **settings.security(credentials)
    )
    with translated("make", ", ".join(names)):
        try:
            await admin.start()
            replicas = min(REPLICAS_AT_MOST, len((await admin.describe_cluster())["brokers"]))
            answer = await admin.create_topics([NewTopic(name, 1, replicas) for name in names])
            for name, code, *why in answer.topic_errors:
                if code not in (0, EXISTS):
                    raise StreamMisconfigured(f"cannot make topic {name}: {' '.join(map(str, why)) or code}")
            await _until_known(admin, names)
        finally:
            await admin.close()


async def _until_known(admin: AIOKafkaAdminClient, names: Sequence[str]) -> None:
    """Wait for the brokers' own copy: the controller answers before they have heard of a topic."""
    async with asyncio.timeout(KNOWN_WITHIN_S):
        while any(topic["error_code"] for topic in await admin.describe_topics(list(names))):  # noqa: ASYNC110
            await asyncio.sleep(KNOWN_EVERY_S)
