"""A pipeline on this machine, on a real Kafka: real wallets, real processes, no Kubernetes.

Real data is read from SCORING_DATA; without it these tests are skipped, never under CI=true.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from harness import topics
from harness.topics import Record
from oracle import zeru
from scoring_operator.api.admission import Admission
from scoring_operator.cli.local_mode import local_mode
from scoring_operator.cluster.local.launch import launcher
from scoring_service.contract.pipeline import parse_pipeline

pytestmark = pytest.mark.kafka

SAMPLE = Path(__file__).parents[2] / "manifests" / "wallet-reputation.yaml"
AS_OF = 1_704_499_200
WALLET = (
    b'{"wallet_address":"0x742d35Cc6634C0532925a3b8D4C9db96590e4265","data":[{"protocolType":"dexes","transactions":['
    b'{"document_id":"a","action":"swap","timestamp":1703980800,"caller":"0x1","protocol":"uniswap_v3","poolId":"0x2",'
    b'"poolName":"p","tokenIn":{"amount":1000000000,"amountUSD":1000.0,"address":"0x3","symbol":"USDC"},'
    b'"tokenOut":{"amount":500000000000000000,"amountUSD":1000.0,"address":"0x4","symbol":"WETH"}}]}]}'
)
"""A single swap: liquidity provision scores 270 and trading 65."""
WEIGHTS = {"liquidityProvision": 0.6, "trading": 0.4}
PATIENCE_S = 60


class Place:
    """A pipeline in local mode with topics of its own."""

    def __init__(self, local, bootstrap, manifest, logs):
        self.local = local
        self.logs = logs
        self.bootstrap = bootstrap
        self.manifest = manifest
        self.key = None

    def apply(self, *, replicas=2, weights=None, is_admitted=True):
        """Apply the sample as a person would; return its revision."""
        changed = json.loads(json.dumps(self.manifest))
        changed["spec"]["replicas"] = replicas
        changed["spec"]["scorer"]["walletReputation"]["weights"] = weights or {
            "liquidityProvision": 0.6,
            "trading": 0.4,
        }
        before = self.local.stored(self.key) if self.key else None
        if is_admitted:
            changed = Admission().admit(changed, before).manifest
        else:
            defaulted = Admission().admit(self.manifest, before).manifest
            changed = {**defaulted, "spec": {**defaulted["spec"], "scorer": changed["spec"]["scorer"]}}
        self.key = self.local.apply(changed)
        return parse_pipeline(changed).block.revision

    async def produce(self, values, timestamp_s=AS_OF):
        records = [Record(value, timestamp_ms=timestamp_s * 1000) for value in values]
        return await topics.produce(self.bootstrap, self.manifest["spec"]["input"]["topic"], records)

    async def scores(self, count):
        return await self._read("successTopic", count)

    async def failures(self, count=0):
        return await self._read("failureTopic", count)

    async def _read(self, which, count):
        topic = self.manifest["spec"]["output"][which]
        return await topics.read_at_least(self.bootstrap, topic, count, within_s=PATIENCE_S)

    async def until(self, is_so):
        """Return the first snapshot of which `is_so` is true."""
        seen = None
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not is_so(seen := await self.local.snapshot(self.key)):  # noqa: ASYNC110 - pods do not tell
                    await asyncio.sleep(0.05)
        except TimeoutError:
            ends = "\n".join(f"{log.name}: …{log.read_text()[-2000:]}" for log in sorted(self.logs.glob("*.log")))
            pytest.fail(f"not within {PATIENCE_S} s: {seen.status}\n{ends}")
        return seen

    async def until_ready(self):
        generation = self.local.stored(self.key)["metadata"]["generation"]
        return await self.until(
            lambda seen: (
                condition(seen, "Ready")["status"] == "True" and seen.status["observedGeneration"] == generation
            )
        )


def condition(snapshot, kind):
    known = {found["type"]: found for found in snapshot.status.get("conditions", ())}
    return known.get(kind, {"status": "Unknown", "reason": "", "message": ""})


def revision_of(record):
    return dict(record.headers)["scoring-revision"].decode()


def source_of(record):
    return dict(record.headers)["scoring-source"].decode()


def sources(at, written):
    topic = at.manifest["spec"]["input"]["topic"]
    return {f"{topic}/{spot.partition}/{spot.offset}" for spot in written}


def by_source(records):
    found = {}
    for record in records:
        found.setdefault(source_of(record), []).append(record)
    return found


def same(copies):
    """Tell whether records differ in nothing but when they were made."""
    bodies = [json.loads(copy.value) for copy in copies] if len(copies) > 1 else []
    for body in bodies:
        del body["timestamp"], body["processing_time_ms"]
    return all(body == bodies[0] for body in bodies) and len({copy.key for copy in copies}) == 1


def pods(snapshot):
    return [report.pod for report in snapshot.reports if not report.pod.terminating]


def lanes(snapshot):
    return sorted(len(report.status.lanes) for report in snapshot.reports if report.status)


async def a_manifest(bootstrap, partitions):
    manifest = yaml.safe_load(SAMPLE.read_text())
    names = [topics.unique(stem) for stem in ("wallets", "scores", "failures")]
    await topics.create(bootstrap, *names, partitions=partitions)
    manifest["metadata"] = {"namespace": "default", "name": topics.unique("wallets")}
    manifest["spec"]["kafka"]["bootstrapServers"] = [bootstrap]
    manifest["spec"]["input"]["topic"] = names[0]
    manifest["spec"]["output"] = {"successTopic": names[1], "failureTopic": names[2]}
    return manifest


@pytest.fixture
def place(kafka, tmp_path):
    @contextlib.asynccontextmanager
    async def running(partitions=6):
        manifest = await a_manifest(kafka.bootstrap, partitions)
        async with local_mode(launcher(tmp_path / "logs"), tmp_path / "volumes") as local:
            yield Place(local, kafka.bootstrap, manifest, tmp_path / "logs")

    return running


@contextlib.asynccontextmanager
async def flowing(at):
    """Yield what is written, and write on and on beside the block."""
    written, enough = [], asyncio.Event()

    async def write():
        while not enough.is_set():
            written.extend(await at.produce([WALLET] * 1_000))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        yield written
        enough.set()


def has_ended(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


async def test_all_real_wallets_come_out_once_each_with_the_score_of_an_independent_implementation(place, scoring_data):
    messages = (scoring_data / "dex_wallet_messages.jsonl").read_bytes().splitlines()
    expected = {}
    for message in messages:
        decoded = json.loads(message)
        expected[decoded["wallet_address"]] = zeru.score(decoded, AS_OF)["final"]
    assert len(expected) == 931

    async with place() as at:
        at.apply(replicas=2)
        written = await at.produce(messages)
        scores = await at.scores(931)
        snapshot = await at.until_ready()
        failures = await at.failures()

    scored = {said["wallet_address"]: said["zscore"] for said in (json.loads(record.value) for record in scores)}
    assert len(scores) == 931
    assert failures == []
    assert scored.keys() == expected.keys()
    assert max(abs(float(Decimal(scored[wallet])) - expected[wallet]) for wallet in expected) <= 1e-9
    assert by_source(scores).keys() == sources(at, written)
    assert lanes(snapshot) == [3, 3]
    assert len(snapshot.pids) == 2


async def test_replicas_follow_the_spec_and_stop_at_the_partitions(place):
    async with place(partitions=3) as at:
        at.apply(replicas=2)
        await at.until_ready()

        await at.local.scale(at.key, 3)
        three = await at.until(lambda seen: lanes(seen) == [1, 1, 1])
        await at.local.scale(at.key, 9)
        limited = await at.until(lambda seen: condition(seen, "ScalingLimited")["status"] == "True")
        await at.until_ready()
        await at.produce([WALLET] * 30)
        scores = await at.scores(30)

    assert len(pods(three)) == 3
    assert len(pods(limited)) == 3
    assert condition(limited, "ScalingLimited")["reason"] == "MorePodsThanPartitions"
    assert len(scores) == 30


async def test_a_changed_weight_goes_live_without_a_restart(place, record_property):
    async with place() as at:
        first = at.apply(weights={"liquidityProvision": 0.6, "trading": 0.4})
        before = await at.until_ready()
        await at.produce([WALLET] * 20)
        await at.scores(20)

        changed = time.monotonic()
        second = at.apply(weights={"liquidityProvision": 0.5, "trading": 0.5})
        live = await at.until(
            lambda seen: {report.status and report.status.serving for report in seen.reports} == {second}
        )
        took_s = time.monotonic() - changed
        await at.produce([WALLET] * 20)
        scores = await at.scores(40)
        after = await at.until_ready()

    record_property("weight_live_s", round(took_s, 2))
    assert took_s < 10
    assert first != second
    assert live.pids == before.pids == after.pids
    assert [pod.restarts for pod in pods(after)] == [0, 0]
    assert after.status["revision"]["serving"] == second
    by_revision = Counter((revision_of(record), json.loads(record.value)["zscore"]) for record in scores)
    assert by_revision == {
        (first, "188.000000000000000000"): 20,
        (second, "167.500000000000000000"): 20,
    }


async def test_a_weight_that_workers_refuse_leaves_the_former_one_scoring(place):
    """Past admission, as an operator of an older definition would let it: the worker is the last to judge."""
    async with place() as at:
        first = at.apply()
        await at.until_ready()

        refused = at.apply(weights={"liquidityProvision": 0.9, "trading": 0.9}, is_admitted=False)
        stalled = await at.until(lambda seen: condition(seen, "Stalled")["status"] == "True")
        await at.produce([WALLET] * 10)
        scores = await at.scores(10)
        at.apply()
        healed = await at.until_ready()

    assert condition(stalled, "Stalled")["reason"] == "WeightsRejected"
    assert "liquidityProvision + trading" in condition(stalled, "Stalled")["message"]
    assert condition(stalled, "Available")["status"] == "True"
    assert stalled.status["revision"]["refused"] == refused
    assert {revision_of(record) for record in scores} == {first}
    assert "refused" not in healed.status["revision"]


async def test_a_killed_worker_is_started_again_and_nothing_is_lost(place):
    async with place() as at:
        at.manifest["spec"]["delivery"] = {"sessionTimeout": "6s"}
        at.apply()
        before = await at.until_ready()
        name, pid = next(iter(before.pids.items()))
        async with flowing(at) as written:
            await at.scores(500)
            os.kill(pid, signal.SIGKILL)
            await at.scores(5_000)
        restarted = await at.until(lambda seen: any(pod.restarts and pod.ready for pod in pods(seen)))
        scores = await at.scores(len(written))
        while len(by_source(scores)) < len(written):
            scores = await at.scores(len(scores) + 1)

    assert by_source(scores).keys() == sources(at, written)
    assert all(same(copies) for copies in by_source(scores).values())
    assert restarted.pids[name] != pid
    assert {pod.name for pod in pods(restarted)} == {pod.name for pod in pods(before)}


async def test_a_worker_that_drains_mid_stream_leaves_neither_gaps_nor_duplicates(place):
    async with place() as at:
        at.apply()
        before = await at.until_ready()
        async with flowing(at) as written:
            await at.scores(500)
            os.kill(next(iter(before.pids.values())), signal.SIGTERM)
            await at.scores(5_000)
        await at.scores(len(written))
        await at.until_ready()
        scores = await at.scores(len(written))

    assert by_source(scores).keys() == sources(at, written)
    assert len(scores) == len(written)


@contextlib.asynccontextmanager
async def up(path, *options):
    """Run `kubectl-scoring up` and yield it with a reader of its snapshots."""
    command = [Path(sys.executable).with_name("kubectl-scoring"), "up", path, "-o", "json", *options]
    started = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, limit=1 << 20
    )

    async def until(is_so):
        async with asyncio.timeout(PATIENCE_S):
            async for line in started.stdout:
                if is_so(said := json.loads(line)):
                    return said
        pytest.fail("it ended before")

    try:
        yield started, until
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


def is_ready(said):
    return {"Ready": "True"}.items() <= {c["type"]: c["status"] for c in said["status"].get("conditions", ())}.items()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_up_stops_when_asked_and_leaves_no_process(kafka, tmp_path, number):
    path = tmp_path / "pipeline.yaml"
    path.write_text(yaml.safe_dump(await a_manifest(kafka.bootstrap, 2)))

    async with up(path) as (started, until):
        said = await until(is_ready)
        started.send_signal(number)
        await started.communicate()

    pids = [pod["pid"] for pod in said["pods"]]
    assert started.returncode == 0
    assert len(pids) == 2
    assert all(has_ended(pid) for pid in pids)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
async def test_workers_do_not_survive_an_up_that_is_killed(kafka, tmp_path):
    path = tmp_path / "pipeline.yaml"
    path.write_text(yaml.safe_dump(await a_manifest(kafka.bootstrap, 2)))

    async with up(path) as (started, until):
        said = await until(is_ready)
        started.kill()

    async with asyncio.timeout(10):
        while not all(has_ended(pod["pid"]) for pod in said["pods"]):  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.01)


async def test_edits_of_the_file_go_live_and_a_bad_one_changes_nothing(kafka, tmp_path):
    manifest = await a_manifest(kafka.bootstrap, 2)
    manifest["spec"]["kafka"]["bootstrapServers"] = ["nobody.invalid:9092"]
    path = tmp_path / "pipeline.yaml"
    path.write_text(yaml.safe_dump(manifest))

    async with up(path, "--bootstrap-servers", kafka.bootstrap) as (started, until):
        first = await until(is_ready)
        manifest["spec"]["scorer"]["walletReputation"]["weights"] = {"liquidityProvision": 0.9, "trading": 0.9}
        path.write_text(yaml.safe_dump(manifest))
        async with asyncio.timeout(PATIENCE_S):
            while b"edit refused" not in (refusal := await started.stderr.readline()):
                assert refusal, "it ended before"
        manifest["spec"]["scorer"]["walletReputation"]["weights"] = {"liquidityProvision": 0.5, "trading": 0.5}
        path.write_text(yaml.safe_dump(manifest))
        second = await until(lambda said: is_ready(said) and said["status"]["observedGeneration"] == 2)

    assert b"liquidityProvision + trading must be at most 1" in refusal
    assert first["status"]["revision"]["serving"] != second["status"]["revision"]["serving"]
    assert [pod["pid"] for pod in first["pods"]] == [pod["pid"] for pod in second["pods"]]
