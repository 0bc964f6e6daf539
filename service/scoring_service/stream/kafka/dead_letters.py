"""A dead letter topic, the input topic and the group that remembers, through aiokafka."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from scoring_service.contract.acls import redrive_group
from scoring_service.contract.startup import Startup
from scoring_service.errors import GroupInUse
from scoring_service.stream.kafka import groups, reading, settings
from scoring_service.stream.kafka.connection import connected
from scoring_service.stream.kafka.credentials import Credentials
from scoring_service.stream.kafka.faults import translated
from scoring_service.stream.kafka.secrets import Secrets
from scoring_service.stream.kafka.topics import partitions_of
from scoring_service.stream.ports import Bounds

SESSION_MS: Final = 10_000
"""After a kill, the next run is refused for so long."""
JOIN_WITHIN_S: Final = 30.0


class KafkaDeadLetters:
    """One run's view; it is a member of the group unless it only looks."""

    def __init__(
        self,
        startup: Startup,
        partitions: list[int],
        secrets: Secrets,
        consumer: AIOKafkaConsumer,
        producer: AIOKafkaProducer,
    ) -> None:
        self._startup = startup
        self._partitions = partitions
        self._secrets = secrets
        self._consumer = consumer
        self._producer = producer
        self._topic = startup.output.dead_letter_topic
        self._group = redrive_group(startup)
        self._membership = _Membership()

    async def join(self) -> None:
        """Become the only member of the group.

        Raises:
            GroupInUse: Somebody else is.
            StreamUnavailable: The group takes nobody for now.
        """
        self._consumer.subscribe([self._topic], listener=self._membership)
        with translated("join group", self._group):
            async with asyncio.timeout(JOIN_WITHIN_S):
                await self._membership.assigned.wait()
        self._check()

    def look(self) -> None:
        """Read without being a member: for a run that changes nothing."""
        self._consumer.assign([TopicPartition(self._topic, partition) for partition in self._partitions])

    async def kept(self) -> dict[int, groups.Kept]:
        """Return offset and text that the group keeps for each partition."""
        async with connected(self._startup, self._group, self._secrets) as connection:
            return await groups.kept(connection, self._group, self._topic, self._partitions)

    async def bounds(self) -> Mapping[int, Bounds]:
        return await reading.bounds(self._consumer, self._topic, self._partitions)

    async def pages(
        self, starts: Mapping[int, int], ends: Mapping[int, int]
    ) -> AsyncIterator[tuple[int, Sequence[ConsumerRecord]]]:
        open_ = {partition for partition in ends if starts[partition] < ends[partition]}
        places = {partition: TopicPartition(self._topic, partition) for partition in ends}
        for partition, place in places.items():
            self._consumer.seek(place, starts[partition])
        while open_:
            self._check()
            for part in await reading.page(self._consumer, self._topic, ends):
                yield part
            open_ = {p for p in open_ if await self._consumer.position(places[p]) < ends[p]}

    async def input_partitions(self) -> int:
        async with connected(self._startup, self._group, self._secrets) as connection:
            return len(await partitions_of(connection, self._startup.input.topic))

    async def send(self, records: Sequence[Any]) -> None:
        topic = self._startup.input.topic
        with translated("write", topic):
            waiting = [
                await self._producer.send(
                    topic,
                    r.value,
                    r.key,
                    partition=r.partition,
                    timestamp_ms=r.timestamp if r.timestamp >= 0 else None,
                    headers=list(r.headers),
                )
                for r in records
            ]
            await asyncio.gather(*waiting)

    async def commit(self, partition: int, offset: int, text: str) -> None:
        self._check()
        place = TopicPartition(self._topic, partition)
        with translated("commit for group", self._group):
            await self._consumer.commit({place: OffsetAndMetadata(offset, text)})

    def _check(self) -> None:
        """Raise if somebody else is in the group."""
        if self._membership.is_shared or (
            self._membership.assigned.is_set() and len(self._consumer.assignment()) < len(self._partitions)
        ):
            raise GroupInUse(f"somebody else has joined group {self._group}: is another redrive running?")


@asynccontextmanager
async def opened(
    startup: Startup, secrets_directory: Path, *, only_look: bool = False
) -> AsyncIterator[KafkaDeadLetters]:
    """Yield the dead letters of a pipeline; nobody else sends them back meanwhile.

    Raises:
        GroupInUse: Somebody else does.
        StreamMisconfigured: The dead letter topic does not exist, or is forbidden.
        StreamUnavailable: The brokers do not answer.
    """
    group, topic = redrive_group(startup), startup.output.dead_letter_topic
    secrets = Secrets(startup, secrets_directory)
    async with connected(startup, group, secrets) as connection:
        partitions = await partitions_of(connection, topic)
        _refuse_others(await groups.members(connection, group))
    consumer = AIOKafkaConsumer(**_consumer_settings(startup, group, secrets.current))
    producer = AIOKafkaProducer(**settings.producer(startup, group, secrets.current))
    try:
        with translated("read", topic):
            await consumer.start()
            await producer.start()
        letters = KafkaDeadLetters(startup, partitions, secrets, consumer, producer)
        if only_look:
            letters.look()
        else:
            await letters.join()
        yield letters
    finally:
        await consumer.stop()
        await producer.stop()


def _refuse_others(others: list[groups.Member]) -> None:
    if others:
        hosts = ", ".join(sorted(member.host for member in others))
        raise GroupInUse(f"another redrive is running on {hosts}, or was killed in the last {SESSION_MS // 1000} s")


def _consumer_settings(startup: Startup, group: str, credentials: Credentials) -> dict[str, Any]:
    return settings.consumer(startup, group, credentials) | {
        "group_id": group,
        "auto_offset_reset": "earliest",
        "session_timeout_ms": SESSION_MS,
        "fetch_min_bytes": 1,
    }


class _Membership(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka is untyped
    def __init__(self) -> None:
        self.assigned = asyncio.Event()
        self.is_shared = False

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self.is_shared = self.is_shared or self.assigned.is_set()

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self.assigned.set()
