"""What real workers on a real Kafka show of themselves, against the page, the topics, and Prometheus' own tool."""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from harness import promtool as promtool_
from harness import scrapes, topics, workers
from harness.kafka import Broker
from harness.kafka_secure import SecureBroker
from harness.mounted import TLS, MountedSecrets, sasl
from harness.prerequisites import needed
from harness.state import REPOSITORY
from scoring_service.contract.names import METRICS_PATH
from scoring_service.contract.startup import Startup
from scoring_service.generate import wallets
from scoring_service.metrics import text
from scoring_service.metrics.table import FAMILIES, MAX_SERIES

pytestmark = pytest.mark.kafka

PARTITIONS = 6
DEAD_LETTER_BYTES = 20_000
AHEAD_S = 600
GUARANTEES = ("AtLeastOnce", "ExactlyOnce")
NO_VALID = b'{"wallet_address": "0x%s", "data": [{"protocolType": "dexes", "transactions": []}]}' % (b"1" * 40)
BAD = {
    ("json_syntax", "decode"): b'{"wallet_address": "0x1", "data": [',
    ("schema", "decode"): b'{"data": 7}',
    ("tombstone", "decode"): None,
    ("no_valid_transactions", "score"): NO_VALID,
    ("oversize", "deliver"): b"x" * 2 * DEAD_LETTER_BYTES,  # its dead letter is more than the topic takes
}
ABSENT = {
    *("scorer_drift_ks", "scorer_drift_psi", "scorer_window_keys", "scorer_window_keys_on_several_partitions"),
    "scorer_partition_held",
    "scorer_drain_seconds",
    "scorer_drain_uncommitted_records",
    "scorer_credentials_loaded_timestamp_seconds",
    "scorer_credentials_not_after_timestamp_seconds",
    "scorer_api_requests_total",
    "scorer_api_records_total",
    "scorer_api_in_hand_requests",
    "scorer_api_request_seconds_total",
    "scorer_candidate_percent",
    "scorer_candidate_records_total",
    "scorer_candidate_errors_total",
    "scorer_candidate_seconds_total",
    "scorer_candidate_rank_correlation",
    "scorer_candidate_crossing_share",
    "scorer_candidate_score_delta",
}
"""Families without series on a worker that is well, has no credentials, goes on, and tries and answers nothing else."""

Samples = dict[tuple[str, ...], float]


@dataclass(frozen=True)
class Run:
    """What two workers showed, and what is on the topics."""

    guarantee: str
    alone: str
    """Scrape of the first while it had everything."""
    shared: Sequence[str]
    """Scrapes of both, after as much again."""
    written: int
    scores: int
    failures: int
    dead_letters: int
    size: int
    """Bytes of all keys and values on the input topic."""


@pytest.fixture(scope="module", params=GUARANTEES)
def run(request: pytest.FixtureRequest, kafka: Broker, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two workers that have shared real traffic with everything bad in it, and are done."""
    return asyncio.run(_run(kafka.bootstrap, request.param, tmp_path_factory.mktemp("metrics")))


@pytest.fixture(scope="module")
def promtool() -> Path:
    """Prometheus' own tool."""
    with needed():
        return promtool_.obtain()


async def _run(bootstrap: str, guarantee: str, folder: Path) -> Run:
    startup = await _a_pipeline(bootstrap, guarantee)
    records = _records()
    output = startup.output
    async with workers.running(startup, folder, "a") as one:
        await topics.produce(bootstrap, startup.input.topic, records)
        alone = await _quiet(one, partitions=PARTITIONS, delivered=len(records))
        async with workers.running(startup, folder, "b") as other:
            for worker in (one, other):
                await worker.until(lambda s: len(s.lanes) == PARTITIONS // 2 and all(lane.lag == 0 for lane in s.lanes))
            await topics.produce(bootstrap, startup.input.topic, records)
            await _delivered(one, other, count=2 * len(records))
            shared = [await _quiet(worker, partitions=PARTITIONS // 2) for worker in (one, other)]
    read = [
        len(await topics.read(bootstrap, topic))
        for topic in (output.success_topic, output.failure_topic, output.dead_letter_topic)
    ]
    size = 2 * sum(len(record.key or b"") + len(record.value or b"") for record in records)
    return Run(guarantee, alone, shared, 2 * len(records), *read, size)


async def _a_pipeline(bootstrap: str, guarantee: str) -> Startup:
    startup = await workers.a_pipeline(bootstrap, PARTITIONS, guarantee=guarantee)
    dead = f"{startup.input.topic}-dead"
    limit = {"max.message.bytes": str(DEAD_LETTER_BYTES)}
    await topics.create(bootstrap, dead, partitions=PARTITIONS, configs={**topics.FOREVER, **limit})
    return msgspec.structs.replace(startup, output=msgspec.structs.replace(startup.output, dead_letter_topic=dead))


def _records() -> list[topics.Record]:
    now_ms = int(time.time() * 1000)
    good = [topics.Record(value, key) for key, value in wallets(300, seed=4)]
    bad = [topics.Record(value, b"bad", partition=n) for n, value in enumerate(BAD.values())]
    early = topics.Record(good[0].value, good[0].key, timestamp_ms=now_ms + AHEAD_S * 1000)
    return [*good, *bad, early]


async def _quiet(worker: workers.Process, *, partitions: int, delivered: int = 0) -> str:
    """Return the first scrape of a worker that has `partitions`, no lag, and delivered so much."""
    async with asyncio.timeout(60):
        while True:
            exposition = (await worker.get(METRICS_PATH)).decode()
            found = scrapes.samples(exposition)
            lags = [value for name, value in found.items() if name[0] == "scorer_partition_lag_records"]
            if lags == [0] * partitions and _count(found, "scorer_records_total") >= delivered:
                return exposition
            await asyncio.sleep(workers.TICK_S)


async def _delivered(*group: workers.Process, count: int) -> None:
    async with asyncio.timeout(60):
        while sum(s.scored_total + s.rejected_total for s in [await w.status() for w in group]) < count:  # noqa: ASYNC110 - others
            await asyncio.sleep(workers.TICK_S)


def _count(found: Samples, name: str) -> float:
    """Return the sum of all series of a name."""
    return sum(value for key, value in found.items() if key[0] == name)


def _both(run: Run, name: str) -> float:
    return sum(_count(scrapes.samples(exposition), name) for exposition in run.shared)


def test_every_family_of_the_page_is_in_the_scrape_and_no_other(run: Run) -> None:
    page = (REPOSITORY / "docs/metrics.md").read_text("utf-8")

    for exposition in (run.alone, *run.shared):
        assert scrapes.families(exposition) == set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))


def test_only_families_that_say_when_they_are_absent_have_no_series(run: Run) -> None:
    names = {re.sub("_(bucket|sum|count)$", "", name) for name, *_ in scrapes.samples(run.alone)}

    silent = {family.name for family in FAMILIES} - names
    assert silent == ABSENT
    assert all(family.absent for family in FAMILIES if family.name in silent)


def test_the_accounts_add_up_on_each_worker_and_nothing_is_in_flight(run: Run) -> None:
    for exposition in (run.alone, *run.shared):
        found = scrapes.samples(exposition)
        delivered = _count(found, "scorer_records_total")
        assert found["scorer_records_consumed_total",] == delivered + found["scorer_records_abandoned_total",]
        assert found["scorer_in_flight_records",] == found["scorer_in_flight_bytes",] == 0


def test_the_counts_of_both_workers_are_what_is_on_the_topics(run: Run) -> None:
    outcomes = [
        sum(scrapes.samples(exposition)["scorer_records_total", outcome] for exposition in run.shared)
        for outcome in ("scored", "rejected", "absorbed")
    ]

    assert outcomes == [run.scores, run.failures, 0]
    assert run.scores + run.failures == run.written
    assert _both(run, "scorer_records_consumed_total") - _both(run, "scorer_records_abandoned_total") == run.written
    assert _both(run, "scorer_dlq_records_total") == run.dead_letters == 2 * 3
    assert _both(run, "scorer_bytes_consumed_total") >= run.size


def test_errors_are_told_by_reason_and_stage_and_add_up_to_the_rejected(run: Run) -> None:
    found = scrapes.samples(run.alone)

    errors = {name[1:]: value for name, value in found.items() if name[0] == "scorer_record_errors_total" and value}
    assert errors == dict.fromkeys(BAD, 1)
    assert found["scorer_records_total", "rejected"] == len(BAD)
    assert found["scorer_dlq_failures_total", "oversize"] == 1
    assert found["scorer_clock_skew_total",] == 1


def test_transactions_are_counted_where_there_are_any(run: Run) -> None:
    committed, aborted = _both(run, "scorer_txn_committed_total"), _both(run, "scorer_txn_aborted_total")

    exactly_once = run.guarantee == "ExactlyOnce"
    assert (committed > 0) == exactly_once
    assert (aborted > 0) == exactly_once, "a dead letter that was refused took a transaction with it"
    assert _both(run, "scorer_fenced_total") == 0


def test_partitions_are_shown_by_whoever_has_them_and_by_nobody_else(run: Run) -> None:
    gauges = ("scorer_partition_lag_records", "scorer_partition_stalled", "scorer_position", "scorer_committed_offset")
    everything = {str(n) for n in range(PARTITIONS)}

    for gauge in gauges:
        alone, *shares = [
            {name[1] for name in scrapes.samples(exposition) if name[0] == gauge}
            for exposition in (run.alone, *run.shared)
        ]
        assert alone == everything
        assert [len(share) for share in shares] == [PARTITIONS // 2] * 2
        assert set.union(*shares) == everything


def test_rebalances_are_timed(run: Run) -> None:
    first, second = (scrapes.samples(exposition) for exposition in run.shared)

    assert first["scorer_rebalance_duration_seconds_count",] >= 2
    assert second["scorer_rebalance_duration_seconds_count",] >= 1
    assert first["scorer_rebalance_duration_seconds_count",] == first["scorer_rebalances_total",]


async def test_credentials_say_when_they_were_read_and_when_they_end_and_nothing_else(
    secure_kafka: SecureBroker, tmp_path: Path
) -> None:
    secrets = MountedSecrets(tmp_path / workers.SECRETS)
    secrets.trust(secure_kafka.authority.certificate)
    secrets.user("worker", secure_kafka.passwords["worker"])
    startup = await workers.a_pipeline(secure_kafka.plain, partitions=1)
    began = time.time()

    startup = msgspec.structs.replace(startup, bootstrap_servers=(secure_kafka.sasl,), tls=TLS, sasl=sasl("PLAIN"))
    async with workers.running(startup, tmp_path) as worker:
        exposition = await _quiet(worker, partitions=1)

    found = scrapes.samples(exposition)
    read = {name[1]: value for name, value in found.items() if name[0] == "scorer_credentials_loaded_timestamp_seconds"}
    ends = {
        name[1]: value for name, value in found.items() if name[0] == "scorer_credentials_not_after_timestamp_seconds"
    }
    assert set(read) == {"ca", "password"}
    assert all(began <= moment <= time.time() for moment in read.values())
    assert set(ends) == {"ca"}
    assert ends["ca"] > time.time()
    assert secure_kafka.passwords["worker"] not in exposition


def test_no_scrape_has_more_series_than_the_bound(run: Run) -> None:
    for exposition in (run.alone, *run.shared):
        assert scrapes.series(exposition) <= MAX_SERIES


def test_prometheus_has_nothing_against_a_live_scrape(run: Run, promtool: Path) -> None:
    for exposition in (run.alone, *run.shared):
        assert promtool_.complaints(promtool, exposition.encode()) == ""


@pytest.mark.parametrize("partitions", [50, 51])
def test_prometheus_has_nothing_against_the_worst_scrape(partitions: int, promtool: Path) -> None:
    assert promtool_.complaints(promtool, text(scrapes.at_its_worst(partitions))) == ""
