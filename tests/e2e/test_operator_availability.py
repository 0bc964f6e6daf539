"""The operator is upgraded, and its leader is killed, while records flow on a real cluster: workers notice neither.

The tests of this module follow one pipeline. It begins under the operator of the commit before this one. A ledger of
all records that were written says in the end whether each came out, once.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from harness import deployed, topics, workers
from harness.cluster import Cluster
from harness.deployed import NAME, RELEASE, Deployed
from harness.feed import feeding
from harness.former import former
from harness.kafka import Broker
from harness.waiting import eventually
from scoring_service import generate

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(400)]

PARTITIONS = 3
RECORDS = 500
LOAD_PER_S = 100
FOLLOWED_WITHIN_S = 20.0


class Scored(Deployed):
    """The sample, and the places of all records that were written for it."""

    def __init__(self, cluster: Cluster, namespace: str, broker: Broker) -> None:
        super().__init__(cluster, namespace, broker)
        self.written: list[topics.Place] = []

    def weigh(self, trading: float) -> float:
        """Ask for another weight; return the moment."""
        self.manifest["spec"]["scorer"]["walletReputation"]["weights"]["trading"] = trading
        self.apply()
        return time.monotonic()

    def is_realised(self) -> bool:
        """Tell whether an operator has done what was asked for last."""
        found = self.cluster.get(self.namespace, "scoringpipeline", NAME)
        status, revision = found["status"], found["status"]["revision"]
        is_seen = status["observedGeneration"] == found["metadata"]["generation"]
        return is_seen and bool(revision["desired"] == revision.get("serving"))

    def holder(self) -> str:
        """Return who holds the Lease: the pod's name and a random part."""
        lease = self.cluster.get(self.namespace, f"lease/{self.namespace}.{RELEASE}")
        found: str = lease["spec"].get("holderIdentity", "")
        return found

    def operators(self) -> dict[str, str]:
        """Return the image of each pod of the operator."""
        pods = self.cluster.get(self.namespace, "pods", "-l", "app.kubernetes.io/name=scoring-operator")["items"]
        return {pod["metadata"]["name"]: pod["spec"]["containers"][0]["image"] for pod in pods}

    def lives(self) -> dict[str, int]:
        """Return the restarts of each worker pod, by uid."""
        return {
            pod["metadata"]["uid"]: sum(container["restartCount"] for container in pod["status"]["containerStatuses"])
            for pod in self.pods()
        }


@pytest.fixture(scope="module")
def pipeline(cluster: Cluster, kafka: Broker) -> Iterator[Scored]:
    """A pipeline that is Ready under two processes of the former operator."""
    with former() as before, cluster.namespace("availability") as namespace:
        print(f"\nupgrading from {before.revision}")
        with deployed.operator(cluster, namespace, before.image, before.repository):
            sample = Scored(cluster, namespace, kafka)
            names = (sample.input, sample.success, sample.failure)
            asyncio.run(topics.create(kafka.bootstrap, *names, partitions=PARTITIONS))
            sample.apply()
            sample.kubectl("wait", "--for=condition=Ready", f"scoringpipeline/{NAME}", "--timeout=120s")
            yield sample


@asynccontextmanager
async def under_load(pipeline: Scored) -> AsyncIterator[None]:
    """Feed wallets all the while; then check that each record came out once, and no worker was restarted."""
    lives = pipeline.lives()
    records = [topics.Record(wallet.value, wallet.key) for wallet in generate.wallets(RECORDS, seed=17)]
    async with feeding(pipeline.broker.bootstrap, pipeline.input, records, LOAD_PER_S) as feed:
        yield
    pipeline.written += feed.places
    expected = workers.sources(pipeline.written, pipeline.input)
    await topics.read_at_least(pipeline.broker.bootstrap, pipeline.success, len(expected), within_s=60)
    found = Counter(map(workers.source, await topics.read(pipeline.broker.bootstrap, pipeline.success)))

    print(f"{len(feed.places)} records under load, {len(lives)} workers")
    assert len(lives) == 2
    assert found == dict.fromkeys(expected, 1)
    assert pipeline.lives() == lives


async def test_an_upgrade_of_the_operator_restarts_no_worker_and_loses_nothing(pipeline: Scored) -> None:
    before = pipeline.operators()
    async with under_load(pipeline):
        began = time.monotonic()
        await asyncio.to_thread(deployed.upgrade, pipeline.cluster, pipeline.namespace)
        upgraded_s = time.monotonic() - began
        await asyncio.to_thread(pipeline.weigh, 0.3)
        await eventually(pipeline.is_realised, bool, within_s=60)
        after = await eventually(pipeline.operators, lambda pods: len(pods) == 2, within_s=60)

    print(f"upgraded in {upgraded_s:.1f} s: {sorted(set(before.values()))} to {sorted(set(after.values()))}")
    assert len(before) == 2
    assert set(before).isdisjoint(after)
    assert set(before.values()).isdisjoint(after.values())


async def test_a_leader_that_is_killed_is_followed_and_workers_score_on(pipeline: Scored) -> None:
    leader = pipeline.holder()
    async with under_load(pipeline):
        began = time.monotonic()
        await asyncio.to_thread(pipeline.cluster.kill, pipeline.namespace, leader.partition("_")[0])
        await asyncio.to_thread(pipeline.weigh, 0.2)
        follower = await eventually(pipeline.holder, lambda holder: holder not in ("", leader), within_s=60)
        followed_s = time.monotonic() - began
        await eventually(pipeline.is_realised, bool, within_s=60)
        done_s = time.monotonic() - began

    print(f"SIGKILL to another leader {followed_s:.1f} s, to a weight that was changed meanwhile {done_s:.1f} s")
    assert leader.partition("_")[2] != follower.partition("_")[2]
    assert followed_s <= FOLLOWED_WITHIN_S
