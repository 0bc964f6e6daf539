"""The whole product on a real cluster: one resource in, wallet scores out of a real Kafka, the operator in charge.

The tests of this module follow one pipeline through its life: refused, applied, fed, scaled, re-weighted, damaged,
deleted. Each says what a user would see, and leaves the pipeline for the next.
"""

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from harness import deployed, topics
from harness.cluster import Cluster
from harness.deployed import NAME, Deployed
from harness.kafka import Broker
from harness.waiting import eventually
from oracle import zeru
from scoring_service import generate

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

AS_OF = 1_704_499_200
PARTITIONS = 6
LOAD_PER_S = 200
WALLET = b'{"wallet_address": "0x' + b"1" * 40 + b'", "data": '
MALFORMED = {
    b"\xff\xfe not json": "json_syntax",
    b'{"wallet_address": "0x12", "data": "nothing"}': "schema",
    WALLET + b'[{"protocolType": "lending", "transactions": []}]}': "unsupported_protocol",
    WALLET + b"[]}": "no_valid_transactions",
}


@pytest.fixture(scope="module")
def pipeline(cluster: Cluster, kafka: Broker) -> Iterator[Deployed]:
    """An operator from the chart, and topics of six partitions; the pipeline itself is applied by a test."""
    with cluster.namespace("wallets") as namespace, deployed.operator(cluster, namespace):
        sample = Deployed(cluster, namespace, kafka)
        asyncio.run(topics.create(kafka.bootstrap, sample.input, sample.success, sample.failure, partitions=PARTITIONS))
        yield sample


@pytest.fixture(scope="module")
def wallets(scoring_data: Path) -> list[bytes]:
    """The 931 real wallets of one day on Uniswap."""
    return (scoring_data / "dex_wallet_messages.jsonl").read_bytes().splitlines()


async def test_a_misspelt_weight_is_refused_by_its_name(pipeline: Deployed) -> None:
    misspelt = Deployed(pipeline.cluster, pipeline.namespace, pipeline.broker)
    weights = misspelt.manifest["spec"]["scorer"]["walletReputation"]["weights"]
    weights["tradign"] = weights.pop("trading")

    with pytest.raises(RuntimeError, match="tradign"):
        misspelt.apply()


async def test_the_sample_becomes_ready_in_restricted_pods_of_our_image(pipeline: Deployed) -> None:
    began = time.monotonic()
    pipeline.apply()
    pipeline.kubectl("wait", "--for=condition=Ready", f"scoringpipeline/{NAME}", "--timeout=120s")
    print(f"\napplied to Ready: {time.monotonic() - began:.1f} s")

    pods = pipeline.pods()
    assert len(pods) == 2
    for pod in pods:
        (container,) = pod["spec"]["containers"]
        assert container["image"].endswith("scoring-service:dev")
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert not any("token" in str(volume) for volume in pod["spec"]["volumes"])
    assert pipeline.status()["partitions"] == PARTITIONS
    pipeline.weights[pipeline.status()["revision"]["serving"]] = (0.6, 0.4)


async def test_every_real_wallet_is_scored_once_as_the_oracle_says(pipeline: Deployed, wallets: list[bytes]) -> None:
    records = [topics.Record(wallet, json.loads(wallet)["wallet_address"].encode()) for wallet in wallets]
    records = [record._replace(timestamp_ms=AS_OF * 1000) for record in records]
    await topics.produce(pipeline.broker.bootstrap, pipeline.input, records)

    await topics.read_at_least(pipeline.broker.bootstrap, pipeline.success, len(wallets), within_s=60)
    await eventually(pipeline.lag, lambda lag: lag == 0, within_s=15)  # so that a score that comes twice is seen
    scores = await topics.read(pipeline.broker.bootstrap, pipeline.success)

    found = {json.loads(score.value)["wallet_address"]: json.loads(score.value) for score in scores}
    assert len(scores) == len(found) == len(wallets) == 931
    for wallet in wallets:
        expected = zeru.score(wallet, AS_OF)["final"]
        assert float(found[json.loads(wallet)["wallet_address"]]["zscore"]) == pytest.approx(expected, abs=1e-9)
    assert await topics.read(pipeline.broker.bootstrap, pipeline.failure) == []


async def test_malformed_records_become_failures_with_their_reason(pipeline: Deployed) -> None:
    records = [topics.Record(value, timestamp_ms=AS_OF * 1000) for value in MALFORMED]
    await topics.produce(pipeline.broker.bootstrap, pipeline.input, records)

    failures = await topics.read_at_least(pipeline.broker.bootstrap, pipeline.failure, len(MALFORMED), within_s=30)

    assert Counter(json.loads(f.value)["reason"] for f in failures) == Counter(MALFORMED.values())


async def test_three_replicas_share_the_partitions_and_lose_nothing(pipeline: Deployed) -> None:
    async with under_load(pipeline, seed=3):
        pipeline.kubectl("scale", f"scoringpipeline/{NAME}", "--replicas=3")
        shares = await eventually(pipeline.ready_partitions, is_even_over_three, within_s=60)
    print(f"\npartitions of the three pods: {shares}")


async def test_nine_replicas_stop_at_six(pipeline: Deployed) -> None:
    async with under_load(pipeline, seed=9):
        pipeline.kubectl("scale", f"scoringpipeline/{NAME}", "--replicas=9")
        await eventually(
            pipeline.ready_partitions, lambda shares: sorted(shares) == [[p] for p in range(PARTITIONS)], within_s=90
        )

    assert len(pipeline.pods()) == PARTITIONS
    assert pipeline.conditions()["ScalingLimited"] == "True"


async def test_a_changed_weight_is_live_on_all_pods_within_ten_seconds_without_a_restart(pipeline: Deployed) -> None:
    before, pods = pipeline.status()["revision"]["serving"], pipeline.restarts()
    rebalanced = rebalances(pipeline)
    async with under_load(pipeline, seed=10):
        pipeline.manifest["spec"]["replicas"] = PARTITIONS
        weights = {"liquidityProvision": 0.3, "trading": 0.7}
        pipeline.manifest["spec"]["scorer"]["walletReputation"]["weights"] = weights
        began = time.monotonic()
        pipeline.apply()
        (after,) = set(await eventually(pipeline.serving, lambda all_of: is_new(all_of, before), within_s=30))
        pipeline.weights[after] = (0.3, 0.7)
        took = time.monotonic() - began
        print(f"\nnew weights live on {PARTITIONS} pods after {took:.1f} s")

    assert took < 10
    assert pipeline.restarts() == pods
    assert rebalances(pipeline) == rebalanced
    status = await eventually(pipeline.status, lambda s: s["revision"]["serving"] == after, within_s=15)
    assert status["revision"]["desired"] == after


async def test_a_refused_weight_never_serves_and_never_stops_the_scoring(pipeline: Deployed) -> None:
    """The API server would refuse it: so it is put where only workers look, as a newer API server might let it."""
    before = pipeline.status()["revision"]["serving"]
    pipeline.scale_operator(0)
    await eventually(pipeline.operator_pods, lambda pods: pods == [], within_s=60)
    live = json.loads(pipeline.live_file())
    live["proposed"] = {"member": "walletReputation", "parameters": {"variant": "zeru-v1", "weights": {"trading": 7}}}
    pipeline.write_live_file(json.dumps(live))

    pipeline.kubectl("delete", "pods", "-l", deployed.OF_PIPELINE, "--wait=true", "--timeout=90s")

    reports = await eventually(pipeline.reports, is_refusing_everywhere, within_s=90)
    assert {report["serving"] for report in reports} == {before}
    async with under_load(pipeline, seed=11):
        await asyncio.sleep(1)  # of load
    pipeline.scale_operator(1)
    pipeline.kubectl("wait", "--for=condition=Ready", f"scoringpipeline/{NAME}", "--timeout=90s")
    assert pipeline.status()["revision"]["serving"] == before


async def test_a_deleted_deployment_comes_back_with_its_pods(pipeline: Deployed) -> None:
    former = pipeline.cluster.get(pipeline.namespace, f"deployment/{NAME}")["metadata"]["uid"]

    pipeline.kubectl("delete", f"deployment/{NAME}", "--wait=true", "--timeout=90s")

    await eventually(
        lambda: pipeline.cluster.get(pipeline.namespace, "deployments")["items"],
        lambda all_of: any(d["metadata"]["name"] == NAME and d["metadata"]["uid"] != former for d in all_of),
        within_s=10,
    )
    await eventually(
        pipeline.ready_partitions, lambda shares: sorted(shares) == [[p] for p in range(PARTITIONS)], within_s=120
    )
    pipeline.kubectl("wait", "--for=condition=Ready", f"scoringpipeline/{NAME}", "--timeout=90s")


async def test_an_edited_configmap_comes_back(pipeline: Deployed) -> None:
    content = pipeline.live_file()

    pipeline.write_live_file("{}")

    await eventually(pipeline.live_file, lambda now: now == content, within_s=10)


async def test_deleting_the_pipeline_leaves_nothing(pipeline: Deployed) -> None:
    assert pipeline.children() != []

    pipeline.kubectl("delete", f"scoringpipeline/{NAME}", "--timeout=30s")

    await eventually(pipeline.children, lambda children: children == [], within_s=90)


def is_refusing_everywhere(reports: list[dict[str, Any]]) -> bool:
    """Tell whether as many pods as there are partitions answer, and each refuses a revision and is ready."""
    return len(reports) == PARTITIONS and all(report.get("refused") and report["ready"] for report in reports)


def is_new(serving: list[str], before: str) -> bool:
    """Tell whether all pods answer, and serve one and the same revision that is not `before`."""
    return len(serving) == PARTITIONS and len(set(serving)) == 1 and before not in serving


def is_even_over_three(shares: list[list[int]]) -> bool:
    """Tell whether three pods score all partitions, two each."""
    everything = sorted(itertools.chain.from_iterable(shares))
    return everything == list(range(PARTITIONS)) and [len(share) for share in shares] == [2, 2, 2]


def rebalances(pipeline: Deployed) -> float:
    """Return how often the pods' group has been dealt anew, as their own metrics count it."""
    total = 0.0
    for pod in pipeline.pods():
        metrics = pipeline.cluster.http(pipeline.namespace, pod["metadata"]["name"], 9090, "/metrics")
        samples = [line for line in metrics.splitlines() if line.startswith("scorer_rebalances_total")]
        assert samples, "the worker counts its rebalances"
        total += sum(float(sample.rpartition(" ")[2]) for sample in samples)
    return total


@asynccontextmanager
async def under_load(pipeline: Deployed, seed: int) -> AsyncIterator[None]:
    """Feed wallets all the while; then check that each came out exactly once, and as its revision would score it."""
    stop = asyncio.Event()
    feeding = asyncio.create_task(feed(pipeline, seed, stop))
    try:
        yield
    finally:
        stop.set()
        sent = await feeding
    check(pipeline, await eventually_all(pipeline, sent), sent)


async def feed(pipeline: Deployed, seed: int, stop: asyncio.Event) -> dict[str, bytes]:
    """Produce generated wallets until told to stop; return them by address."""
    sent: dict[str, bytes] = {}
    source = generate.wallets(1_000_000, seed)
    while not stop.is_set():
        some = [next(source) for _ in range(LOAD_PER_S // 10)]
        records = [topics.Record(wallet.value, wallet.key, timestamp_ms=AS_OF * 1000) for wallet in some]
        await topics.produce(pipeline.broker.bootstrap, pipeline.input, records)
        sent |= {wallet.key.decode(): wallet.value for wallet in some}
        await asyncio.sleep(0.1)
    return sent


async def eventually_all(pipeline: Deployed, sent: dict[str, bytes]) -> list[ConsumerRecord]:
    """Return the scores of all wallets sent, once they are there.

    Raises:
        TimeoutError: Some are missing; the text says how many.
    """
    deadline = time.monotonic() + 60
    while True:
        scores = await topics.read(pipeline.broker.bootstrap, pipeline.success)
        mine = [score for score in scores if score.key.decode() in sent]
        missing = len(sent) - len({score.key for score in mine})
        if not missing:
            return mine
        if time.monotonic() > deadline:
            raise TimeoutError(f"{missing} of {len(sent)} wallets have no score")
        await asyncio.sleep(0.5)


def check(pipeline: Deployed, scores: list[ConsumerRecord], sent: dict[str, bytes]) -> None:
    """Assert that no score came twice, and that each is what the oracle says with the weights of its revision."""
    sources = Counter(dict(score.headers)["scoring-source"] for score in scores)
    doubled = [source for source, count in sources.items() if count > 1]
    by_revision = Counter(dict(score.headers)["scoring-revision"].decode() for score in scores)
    print(f"\n{len(sent)} wallets under load: {dict(by_revision)} scores by revision, {len(doubled)} doubled")
    assert doubled == []
    for score in scores:
        weights = pipeline.weights[dict(score.headers)["scoring-revision"].decode()]
        expected = zeru.score(sent[score.key.decode()], AS_OF, weights)["final"]
        assert float(json.loads(score.value)["zscore"]) == pytest.approx(expected, abs=1e-9)
