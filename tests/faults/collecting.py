"""Reading what a run left behind: topics and commits, by a plain client and to the end of now."""

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient

from faults import offsets
from faults.ledger import Commit, Read
from harness import topics


async def read(bootstrap: str, topic: str) -> list[Read]:
    """Return all that a read_committed reader sees of a topic."""
    return [_read(record) for record in await topics.read(bootstrap, topic)]


async def commits(bootstrap: str, group: str, topic: str) -> list[Commit]:
    """Return every offset that became the group's, in order: all of a group's are in one partition."""
    found = []
    for record in await topics.read(bootstrap, offsets.TOPIC):
        logged = offsets.decoded(record.key, record.value)
        if logged and (logged.group, logged.topic) == (group, topic) and logged.offset is not None:
            found.append(Commit(logged.partition, logged.offset, record.timestamp))
    return found


async def bounds(bootstrap: str, topic: str) -> tuple[dict[int, int], dict[int, int]]:
    """Return the starts and the ends of a topic's partitions, as a read_committed reader sees them."""
    async with AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, isolation_level="read_committed") as consumer:
        places = consumer.assignment()
        starts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    return {p.partition: starts[p] for p in places}, {p.partition: ends[p] for p in places}


class Group:
    """What a group has committed, asked again and again."""

    def __init__(self, bootstrap: str, group: str, topic: str) -> None:
        self._admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        self._group = group
        self._topic = topic

    async def __aenter__(self) -> "Group":
        await self._admin.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._admin.close()

    async def committed(self) -> dict[int, int]:
        """Return the group's offsets on its topic."""
        found = await self._admin.list_consumer_group_offsets(self._group)
        return {place.partition: known.offset for place, known in found.items() if place.topic == self._topic}


def _read(record: ConsumerRecord) -> Read:
    return Read(record.partition, record.offset, record.key, record.value, record.timestamp, tuple(record.headers))
