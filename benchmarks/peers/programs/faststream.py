"""FastStream in batches: one call for what a poll brings, published grouped by partition, then acknowledged."""

import asyncio
from collections import defaultdict
from typing import Any

from aiokafka import ConsumerRecord
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaPublishMessage

from benchmarks.peers.programs.core import BATCH_RECORDS, Core, startup
from scoring_service.stream.ports import Message

POLL_MS = 20


def application() -> FastStream:
    """Return the application with its one subscriber."""
    settings = startup()
    core = Core(settings)
    broker = KafkaBroker(
        list(settings.bootstrap_servers),
        acks="all",
        enable_idempotence=True,
        max_batch_size=900 * 1024,
        apply_types=False,
        logger=None,
    )

    async def raw(message: Any) -> tuple[ConsumerRecord, ...]:
        found: tuple[ConsumerRecord, ...] = message.raw_message
        return found

    async def publish(topic: str, partition: int, outputs: list[Message]) -> None:
        if outputs:
            shared = {name: value.decode() for name, value in outputs[0].headers[:3]}
            bodies = [KafkaPublishMessage(output.value, key=output.key) for output in outputs]
            await broker.publish_batch(*bodies, topic=topic, partition=partition, headers=shared)

    @broker.subscriber(
        settings.input.topic,
        batch=True,
        group_id=settings.input.group,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        session_timeout_ms=settings.delivery.session_timeout_ms,
        heartbeat_interval_ms=1000,
        max_records=BATCH_RECORDS,
        batch_timeout_ms=POLL_MS,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        decoder=raw,
    )
    async def score(records: tuple[ConsumerRecord, ...]) -> None:
        by_partition: dict[int, list[ConsumerRecord]] = defaultdict(list)
        for record in records:
            by_partition[record.partition].append(record)
        for partition, taken in by_partition.items():
            scored = core.score(taken, partition)
            await publish(settings.output.success_topic, partition, scored.success)
            await publish(settings.output.failure_topic, partition, scored.failures)

    return FastStream(broker)


if __name__ == "__main__":
    asyncio.run(application().run())
