"""A steady stream of records, written until the test has seen enough."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer

from harness import topics

PERIOD_S = 0.05


class Feed:
    """What has been written so far."""

    def __init__(self) -> None:
        self.places: list[topics.Place] = []
        self.is_over = asyncio.Event()


@asynccontextmanager
async def feeding(
    bootstrap: str, topic: str, records: Sequence[topics.Record], per_second: int = 200
) -> AsyncIterator[Feed]:
    """Write `records`, again and again, beside the block; at its end all that was begun is acknowledged."""
    feed = Feed()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_write(feed, bootstrap, topic, records, round(per_second * PERIOD_S)))
        try:
            yield feed
        finally:
            feed.is_over.set()


async def _write(feed: Feed, bootstrap: str, topic: str, records: Sequence[topics.Record], at_once: int) -> None:
    endless = itertools.cycle(records)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=2) as producer:
        while not feed.is_over.is_set():
            sent = [
                await producer.send(topic, r.value, r.key, timestamp_ms=r.timestamp_ms)
                for r in itertools.islice(endless, at_once)
            ]
            feed.places += [topics.Place(m.partition, m.offset) for m in await asyncio.gather(*sent)]
            await asyncio.sleep(PERIOD_S)
