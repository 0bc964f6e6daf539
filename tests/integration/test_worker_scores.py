"""A worker process on a real Kafka scores real wallets as an independent implementation does."""

import json
from pathlib import Path

import pytest

from harness import topics, workers
from harness.kafka import Broker
from oracle import zeru

pytestmark = pytest.mark.kafka

BAD = {
    "tombstone": None,
    "json_syntax": b'{"wallet_address": "0x1", "data": [',
    "schema": b'{"data": 7}',
    "no_valid_transactions": b'{"wallet_address": "%s", "data": [{"protocolType": "dexes", "transactions": []}]}'
    % (b"0x" + b"1" * 40),
}


async def test_real_wallets_are_scored_once_each_as_the_oracle_scores_them(
    kafka: Broker, scoring_data: Path, tmp_path: Path
) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap)
    wallets = workers.real_wallets(scoring_data)
    bad = [
        topics.Record(value, b"bad", partition=n, timestamp_ms=workers.AS_OF_MS) for n, value in enumerate(BAD.values())
    ]
    topic = startup.input.topic
    places = await topics.produce(kafka.bootstrap, topic, [*wallets, *bad])

    async with workers.running(startup, tmp_path) as worker:
        scores = await topics.read_at_least(kafka.bootstrap, startup.output.success_topic, len(wallets), within_s=60)
        failures = await topics.read_at_least(kafka.bootstrap, startup.output.failure_topic, len(bad), within_s=60)
        status = await worker.until(lambda s: all(lane.lag == 0 for lane in s.lanes))
        metrics = await worker.metrics()

        assert await worker.terminate() == 0

    by_source = {workers.source(record): record for record in scores}
    assert len(by_source) == len(scores) == len(wallets) == 931
    for wallet, place in zip(wallets, places, strict=False):
        assert wallet.value is not None
        out = by_source[f"{topic}/{place.partition}/{place.offset}"]
        expected = zeru.score(wallet.value, workers.AS_OF_MS / 1000)
        body = json.loads(out.value)
        assert abs(float(body["zscore"]) - expected["final"]) <= 1e-9
        assert [category["score"] for category in body["categories"]] == pytest.approx(
            [expected["lp"], expected["swap"]], abs=1e-9
        )
        assert (out.key, out.partition) == (wallet.key, place.partition)

    reasons = {workers.source(record): json.loads(record.value)["reason"] for record in failures}
    assert reasons == dict(zip(workers.sources(places[len(wallets) :], topic), BAD, strict=True))

    assert (status.scored_total, status.rejected_total) == (931, len(BAD))
    assert status.rejected_by_reason == dict.fromkeys(BAD, 1)
    delivered = sum(metrics[f'scorer_records_total{{outcome="{o}"}}'] for o in ("scored", "rejected", "absorbed"))
    assert metrics["scorer_records_consumed_total"] == delivered == 931 + len(BAD)
    assert metrics["scorer_in_flight_records"] == metrics["scorer_records_abandoned_total"] == 0


async def test_records_without_a_key_are_keyed_and_placed_by_their_wallet(
    kafka: Broker, scoring_data: Path, tmp_path: Path
) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap, partitions=3)
    wallets = [record._replace(key=None, partition=0) for record in workers.real_wallets(scoring_data)[:60]]
    reference = topics.unique("reference")
    await topics.create(kafka.bootstrap, reference, partitions=3)
    await topics.produce(kafka.bootstrap, startup.input.topic, wallets)

    async with workers.running(startup, tmp_path):
        scores = await topics.read_at_least(kafka.bootstrap, startup.output.success_topic, 60, within_s=60)
    places = await topics.produce(kafka.bootstrap, reference, [topics.Record(b"", r.key) for r in scores])

    assert {r.key for r in scores} == {json.loads(w.value or b"")["wallet_address"].lower().encode() for w in wallets}
    assert [r.partition for r in scores] == [place.partition for place in places]
