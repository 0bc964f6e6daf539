"""What a worker reads of a real Kafka: transactions, compression, new partitions, and where it begins."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from harness import topics, workers
from harness.kafka import Broker
from scoring_service.contract.startup import Startup

pytestmark = pytest.mark.kafka

METADATA_S = 30.0
"""A new partition is noticed that late."""


async def test_what_a_transaction_aborts_is_not_scored_and_leaves_no_lag(
    kafka: Broker, scoring_data: Path, tmp_path: Path
) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap, partitions=1)
    wallets = workers.real_wallets(scoring_data)
    topic = startup.input.topic

    async with workers.running(startup, tmp_path) as worker, _transactional(kafka, topic) as producer:
        async with producer.transaction():
            await _write(producer, topic, wallets[:5])
        await producer.begin_transaction()
        await _write(producer, topic, wallets[5:10])
        await producer.abort_transaction()
        # ten records and two markers; a lag of 0 alone may be from before the first record
        status = await worker.until(lambda s: bool(s.lanes) and s.lanes[0].position == 12 and s.lanes[0].lag == 0)
        assert status.scored_total == 5

        await producer.begin_transaction()
        await _write(producer, topic, wallets[10:13])
        status = await worker.until(lambda s: s.uptime_seconds > status.uptime_seconds + 2)
        assert (status.scored_total, status.lanes[0].lag) == (5, 0), "lag ends at the last stable offset"

        await producer.commit_transaction()
        await worker.until(lambda s: s.scored_total == 8 and s.lanes[0].position == 16 and s.lanes[0].lag == 0)
        assert await worker.terminate() == 0

    scores = await topics.read(kafka.bootstrap, startup.output.success_topic)
    assert [workers.source(record) for record in scores] == [f"{topic}/0/{o}" for o in (0, 1, 2, 3, 4, 12, 13, 14)]


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_compressed_records_are_scored(kafka: Broker, scoring_data: Path, tmp_path: Path, codec: str) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap, partitions=1)
    wallets = workers.real_wallets(scoring_data)[:50]
    await topics.produce(kafka.bootstrap, startup.input.topic, wallets, compression_type=codec)

    async with workers.running(startup, tmp_path) as worker:
        status = await worker.until(lambda s: s.scored_total == len(wallets))

    assert status.rejected_total == 0


async def test_a_new_group_that_starts_from_latest_scores_what_comes_then_and_a_new_partition_from_its_start(
    kafka: Broker, scoring_data: Path, tmp_path: Path
) -> None:
    startup = _from_latest(await workers.a_pipeline(kafka.bootstrap, partitions=2))
    wallets = workers.real_wallets(scoring_data)[:40]
    topic = startup.input.topic
    await topics.produce(kafka.bootstrap, topic, wallets[:10])

    async with workers.running(startup, tmp_path) as worker:
        await worker.until(lambda s: len(s.lanes) == 2 and all(lane.lag == 0 for lane in s.lanes))
        later = await topics.produce(kafka.bootstrap, topic, wallets[10:20])
        await worker.until(lambda s: s.scored_total == 10)
        await _add_partitions(kafka, topic, 3)
        later += await topics.produce(kafka.bootstrap, topic, [w._replace(partition=2) for w in wallets[20:]])
        await worker.until(lambda s: s.scored_total == 30 and len(s.lanes) == 3, within_s=METADATA_S + 20)
        assert await worker.terminate() == 0

    scores = await topics.read(kafka.bootstrap, startup.output.success_topic)
    assert sorted(map(workers.source, scores)) == sorted(workers.sources(later, topic))


def _from_latest(startup: Startup) -> Startup:
    return msgspec.structs.replace(startup, input=msgspec.structs.replace(startup.input, start_from="latest"))


def _transactional(kafka: Broker, name: str) -> AIOKafkaProducer:
    return AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id=name)


async def _write(producer: AIOKafkaProducer, topic: str, records: Sequence[topics.Record]) -> None:
    for r in records:
        await producer.send_and_wait(topic, r.value, r.key, partition=0, timestamp_ms=r.timestamp_ms)


async def _add_partitions(kafka: Broker, topic: str, count: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        await admin.create_partitions({topic: NewPartitions(count)})
    finally:
        await admin.close()
