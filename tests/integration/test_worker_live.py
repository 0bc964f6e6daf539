"""What changes while a worker runs, on a real Kafka: weights, its share of the partitions, and the broker itself."""

import asyncio
import json
from pathlib import Path

import pytest

from harness import kafka_java, topics, workers
from harness.kafka import Broker
from harness.kafka_settings import Addresses
from harness.prerequisites import without
from oracle import zeru

pytestmark = pytest.mark.kafka

OWN_PORT = 19292


async def test_changed_weights_go_live_without_a_restart_or_a_rebalance(
    kafka: Broker, scoring_data: Path, tmp_path: Path
) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap)
    wallets = workers.real_wallets(scoring_data)
    heavy = workers.block(0.2, 0.8)

    async with workers.running(startup, tmp_path) as worker:
        await topics.produce(kafka.bootstrap, startup.input.topic, wallets)
        await worker.until(lambda s: s.scored_total == 931)
        workers.propose(tmp_path, "a", heavy)
        await worker.until(lambda s: s.serving == heavy.revision, within_s=2)
        await topics.produce(kafka.bootstrap, startup.input.topic, wallets)
        status = await worker.until(lambda s: s.scored_total == 2 * 931)
        metrics = await worker.metrics()

    assert (status.serving, status.refused) == (heavy.revision, None)
    assert metrics["scorer_rebalances_total"] == 1
    assert metrics[f'scorer_revision_info{{revision="{heavy.revision}",role="serving"}}'] == 1
    values = {(w.key, r): w.value for w in wallets for r in (workers.block().revision, heavy.revision)}
    weights = {workers.block().revision: (0.6, 0.4), heavy.revision: (0.2, 0.8)}
    scores = await topics.read(kafka.bootstrap, startup.output.success_topic)
    assert len(scores) == len(values) == 2 * 931
    for record in scores:
        revision = workers.revision(record)
        value = values.pop((record.key, revision))
        assert value is not None
        expected = zeru.score(value, workers.AS_OF_MS / 1000, weights[revision])["final"]
        assert abs(float(json.loads(record.value)["zscore"]) - expected) <= 1e-9


async def test_weights_that_change_under_load_are_swapped_once_in_each_partition(
    kafka: Broker, scoring_data: Path, tmp_path: Path
) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap)
    wallets = workers.real_wallets(scoring_data) * 12
    heavy = workers.block(0.2, 0.8)

    async with workers.running(startup, tmp_path) as worker:
        await worker.until(lambda s: len(s.lanes) == 6)
        feeding = asyncio.create_task(topics.produce(kafka.bootstrap, startup.input.topic, wallets))
        await worker.until(lambda s: s.scored_total > 1000)
        workers.propose(tmp_path, "a", heavy)
        await worker.until(lambda s: s.serving == heavy.revision, within_s=2)
        assert not feeding.done(), "the stream ended before the swap: feed more"
        places = await feeding
        await worker.until(lambda s: s.scored_total == len(places))
        metrics = await worker.metrics()

    assert metrics["scorer_rebalances_total"] == 1
    scores = await topics.read(kafka.bootstrap, startup.output.success_topic)
    assert sorted(map(workers.source, scores)) == sorted(workers.sources(places, startup.input.topic))
    for partition in range(6):
        revisions = [workers.revision(record) for record in scores if record.partition == partition]
        before = revisions.count(workers.block().revision)
        assert 0 < before < len(revisions)
        assert set(revisions[before:]) == {heavy.revision}


async def test_a_refused_revision_leaves_the_serving_one_at_work(
    kafka: Broker, scoring_data: Path, tmp_path: Path
) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap)
    wrong = workers.block().__class__(member="walletReputation", parameters={"variant": "zeru-v1", "wieghts": {}})

    async with workers.running(startup, tmp_path) as worker:
        await worker.until(lambda s: s.ready)
        workers.propose(tmp_path, "a", wrong)
        status = await worker.until(lambda s: s.refused is not None, within_s=2)
        await topics.produce(kafka.bootstrap, startup.input.topic, workers.real_wallets(scoring_data)[:10])
        await worker.until(lambda s: s.scored_total == 10)

    assert status.serving == workers.block().revision
    assert status.refused is not None
    assert "wieghts" in status.refused.message
    assert status.ready


async def test_series_of_a_partition_vanish_when_it_goes_to_another_worker(kafka: Broker, tmp_path: Path) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap, partitions=4)

    async with workers.running(startup, tmp_path, "a") as first:
        await first.until(lambda s: len(s.lanes) == 4 and all(lane.lag == 0 for lane in s.lanes))
        assert len(_partitions(await first.metrics())) == 4
        async with workers.running(startup, tmp_path, "b") as second:
            await second.until(lambda s: len(s.lanes) == 2 and all(lane.lag == 0 for lane in s.lanes))
            await first.until(lambda s: len(s.lanes) == 2 and all(lane.lag == 0 for lane in s.lanes))
            shares = [_partitions(await worker.metrics()) for worker in (first, second)]

    assert [len(share) for share in shares] == [2, 2]
    assert not shares[0] & shares[1]


async def test_a_restart_of_the_broker_is_survived(scoring_data: Path, tmp_path: Path) -> None:
    if why := kafka_java.missing():
        without(f"a broker that can be restarted needs {why}")
    broker = kafka_java.Instance(tmp_path / "broker", Addresses(OWN_PORT, None))
    wallets = workers.real_wallets(scoring_data)
    await asyncio.to_thread(broker.start)
    try:
        startup = await workers.a_pipeline(broker.at.bootstrap)
        async with workers.running(startup, tmp_path) as worker:
            places = await topics.produce(broker.at.bootstrap, startup.input.topic, wallets)
            await worker.until(lambda s: s.scored_total > 0)
            await asyncio.to_thread(broker.stop)
            out = await worker.until(lambda s: s.last_error != "")
            assert out.ready, "an outage of the brokers does not drop readiness"
            await asyncio.to_thread(broker.resume)
            places += await topics.produce(broker.at.bootstrap, startup.input.topic, wallets)
            await worker.until(lambda s: s.scored_total >= 2 * 931 and s.last_error == "", within_s=60)
            assert await worker.terminate() == 0
        scores = await topics.read(broker.at.bootstrap, startup.output.success_topic)
    finally:
        await asyncio.to_thread(broker.stop)

    assert {workers.source(record) for record in scores} == set(workers.sources(places, startup.input.topic))


def _partitions(metrics: dict[str, float]) -> set[str]:
    return {name for name in metrics if name.startswith("scorer_partition_lag_records{")}
