"""The broker that tests get is a real Kafka: details survive, transactions are atomic."""

import pytest
from aiokafka import AIOKafkaProducer

from harness import topics
from harness.kafka import Broker

pytestmark = pytest.mark.kafka
LONG_AGO_MS = 1_704_499_200_000


async def test_a_record_comes_out_as_it_went_in(kafka: Broker) -> None:
    topic = topics.unique("harness-echo")
    await topics.create(kafka.bootstrap, topic, partitions=3)
    record = topics.Record(b"value", b"key", 2, LONG_AGO_MS, [("header", b"\x00\xff")])

    places = await topics.produce(kafka.bootstrap, topic, [record, topics.Record(None, b"key", 0)])
    read = await topics.read(kafka.bootstrap, topic)

    assert places == [(2, 0), (0, 0)]
    by_partition = {r.partition: r for r in read}
    assert by_partition[0].value is None
    out = by_partition[2]
    assert (out.value, out.key, out.timestamp, out.timestamp_type) == (b"value", b"key", LONG_AGO_MS, 0)
    assert list(out.headers) == [("header", b"\x00\xff")]


async def test_an_aborted_transaction_is_never_read_and_a_committed_one_is(kafka: Broker) -> None:
    topic = topics.unique("harness-transactions")
    await topics.create(kafka.bootstrap, topic)
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id=topic) as producer:
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"aborted")
        await producer.abort_transaction()
        async with producer.transaction():
            await producer.send_and_wait(topic, b"committed")

    committed = await topics.read(kafka.bootstrap, topic)
    everything = await topics.read(kafka.bootstrap, topic, isolation_level="read_uncommitted")

    assert [r.value for r in committed] == [b"committed"]
    assert [r.value for r in everything] == [b"aborted", b"committed"]


async def test_waiting_for_more_records_than_come_says_how_many_came(kafka: Broker) -> None:
    topic = topics.unique("harness-short")
    await topics.create(kafka.bootstrap, topic)
    await topics.produce(kafka.bootstrap, topic, [topics.Record(b"only")])

    with pytest.raises(TimeoutError, match=r"1 of 2 records"):
        await topics.read_at_least(kafka.bootstrap, topic, 2, within_s=1)
