"""The offsets of a pipeline's group, seen and set from outside, through aiokafka."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition

from scoring_service.contract.startup import Startup
from scoring_service.errors import GroupInUse, StreamUnavailable
from scoring_service.stream.kafka import groups, reading, settings
from scoring_service.stream.kafka.connection import Connection, connected
from scoring_service.stream.kafka.faults import translated
from scoring_service.stream.kafka.secrets import Secrets
from scoring_service.stream.kafka.topics import partitions_of
from scoring_service.stream.ports import Bounds

CLIENT_ID = "scorer-reset"


class KafkaGroupOffsets:
    """One group on one topic."""

    def __init__(
        self, startup: Startup, connection: Connection, consumer: AIOKafkaConsumer, partitions: list[int]
    ) -> None:
        self._topic = startup.input.topic
        self._group = startup.input.group
        self._connection = connection
        self._consumer = consumer
        self._places = {partition: TopicPartition(self._topic, partition) for partition in partitions}

    async def refuse_members(self) -> None:
        """Return if the group has no members.

        Raises:
            GroupInUse: It has some.
        """
        found = await groups.members(self._connection, self._group)
        if found:
            names = ", ".join(sorted(f"{member.client_id} on {member.host}" for member in found))
            plural = "member" if len(found) == 1 else "members"
            raise GroupInUse(f"group {self._group} has {len(found)} {plural}: {names}")

    async def current(self) -> dict[int, int | None]:
        """Return the group's offsets."""
        found = await groups.kept(self._connection, self._group, self._topic, list(self._places))
        return {partition: kept.offset for partition, kept in found.items()}

    async def bounds(self) -> dict[int, Bounds]:
        """Return what of each partition can be read."""
        return await reading.bounds(self._consumer, self._topic, self._places)

    async def at(self, unix_ms: int) -> dict[int, int | None]:
        """Return the offset of the first record of that moment or later; None where there is none."""
        with translated("ask for the offsets of", self._topic):
            found = await self._consumer.offsets_for_times(dict.fromkeys(self._places.values(), unix_ms))
        return {partition: found[place] and found[place].offset for partition, place in self._places.items()}

    async def set(self, offsets: Mapping[int, int]) -> None:
        """Set offsets of the group and read them back.

        Raises:
            GroupInUse: Somebody has joined the group meanwhile.
            StreamUnavailable: They are not what was set.
        """
        try:
            await groups.keep(self._connection, self._group, self._topic, offsets)
        except StreamUnavailable:
            await self.refuse_members()
            raise
        kept = await self.current()
        if any(kept[partition] != offset for partition, offset in offsets.items()):
            raise StreamUnavailable(f"group {self._group} has other offsets than were set: somebody else sets them too")


@asynccontextmanager
async def opened(startup: Startup, secrets_directory: Path) -> AsyncIterator[KafkaGroupOffsets]:
    """Yield the offsets of a pipeline's group.

    Raises:
        StreamMisconfigured: The input topic does not exist, or is forbidden.
        StreamUnavailable: The brokers do not answer.
    """
    secrets = Secrets(startup, secrets_directory)
    async with connected(startup, CLIENT_ID, secrets) as connection:
        partitions = await partitions_of(connection, startup.input.topic)
        consumer = AIOKafkaConsumer(**settings.consumer(startup, CLIENT_ID, secrets.current) | {"group_id": None})
        try:
            with translated("read", startup.input.topic):
                await consumer.start()
            yield KafkaGroupOffsets(startup, connection, consumer, partitions)
        finally:
            await consumer.stop()
