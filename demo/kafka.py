"""The demo's stream on a real Kafka."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from demo.ledger import Output
from harness import topics
from harness.kafka import Broker
from scoring_operator.cluster.local.launch import Launch, launcher
from scoring_service.generate import Generated


class KafkaStream:
    """A broker that somebody else holds."""

    def __init__(self, broker: Broker) -> None:
        self.source = broker.source
        self.bootstrap = broker.bootstrap
        self._producer: AIOKafkaProducer | None = None

    def launch(self, logs: Path) -> Launch:
        return launcher(logs)

    async def create(self, topic: str, partitions: int) -> None:
        await topics.create(self.bootstrap, topic, partitions=partitions)

    async def write(self, topic: str, records: Sequence[Generated]) -> list[str]:
        if self._producer is None:
            self._producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=5)
            await self._producer.start()
        waiting = [await self._producer.send(topic, record.value, record.key) for record in records]
        return [f"{sent.topic}/{sent.partition}/{sent.offset}" for sent in await asyncio.gather(*waiting)]

    async def read(self, topic: str) -> AsyncIterator[Sequence[Output]]:
        consumer = AIOKafkaConsumer(topic, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest")
        await consumer.start()
        try:
            while True:
                polled = await consumer.getmany(timeout_ms=200)
                now = time.monotonic()
                yield [Output(r.value, dict(r.headers), now) for records in polled.values() for r in records]
        finally:
            await consumer.stop()

    async def close(self, *names: str) -> None:
        if self._producer is not None:
            await self._producer.stop()
        await topics.delete(self.bootstrap, *names)
