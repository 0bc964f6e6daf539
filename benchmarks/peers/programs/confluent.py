"""confluent-kafka by hand: consume 500, score, produce, flush, commit. At least once."""

import signal
from collections import defaultdict

from confluent_kafka import (
    TIMESTAMP_CREATE_TIME,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)

from benchmarks.peers.programs.core import BATCH_RECORDS, Core, Taken, startup

POLL_S = 0.03


def main() -> None:
    """Work until SIGTERM, then leave the group."""
    settings = startup()
    core = Core(settings)
    servers = ",".join(settings.bootstrap_servers)
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": settings.input.group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "session.timeout.ms": settings.delivery.session_timeout_ms,
            "heartbeat.interval.ms": 1000,
            "fetch.queue.backoff.ms": 10,  # at the default of 1000 a full queue stalls the fetcher for a second
        }
    )
    producer = Producer({"bootstrap.servers": servers, "acks": "all", "enable.idempotence": True})
    consumer.subscribe([settings.input.topic])
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopping.append(number))
    while not stopping:
        turn(consumer, producer, core)
    consumer.close()


def turn(consumer: Consumer, producer: Producer, core: Core) -> None:
    """Handle what one poll brings."""
    taken: dict[int, list[Taken]] = defaultdict(list)
    for message in consumer.consume(BATCH_RECORDS, POLL_S):
        if message.error():
            raise KafkaException(message.error())
        taken[message.partition()].append(record(message))
    topic = None
    failed: list[KafkaError] = []
    for partition, records in taken.items():
        for topic, output in core.addressed(records, partition):
            producer.produce(
                topic, output.value, output.key, partition, lambda error, _: error and failed.append(error),
                headers=output.headers,
            )  # fmt: skip
        producer.poll(0)
    if taken:
        producer.flush()
        if failed:
            raise KafkaException(failed[0])
        commit(consumer, taken)


def record(message: Message) -> Taken:
    """Return a client's message as the core reads it."""
    kind, timestamp = message.timestamp()
    kind = 0 if kind == TIMESTAMP_CREATE_TIME else 1
    return Taken(message.offset(), timestamp, kind, message.key(), message.value())


def commit(consumer: Consumer, taken: dict[int, list[Taken]]) -> None:
    """Commit behind what was taken; what the group has taken away meanwhile is its next owner's."""
    topic = consumer.assignment()[0].topic if consumer.assignment() else None
    if topic is None:
        return
    offsets = [TopicPartition(topic, partition, records[-1].offset + 1) for partition, records in taken.items()]
    try:
        consumer.commit(offsets=offsets, asynchronous=False)
    except KafkaException as error:
        if error.args[0].code() not in (KafkaError.ILLEGAL_GENERATION, KafkaError.REBALANCE_IN_PROGRESS,
                                        KafkaError.UNKNOWN_MEMBER_ID):  # fmt: skip
            raise


if __name__ == "__main__":
    main()
