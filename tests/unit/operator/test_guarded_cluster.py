"""A cluster is written to only while the term lasts, whatever the write is and however often it is repeated."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from harness.cluster_laws import Law, every_law
from harness.pipelines import KEY, a_manifest, a_pod
from harness.virtual_time import run
from scoring_operator.cluster.guarded import GuardedCluster
from scoring_operator.cluster.memory import MemoryCluster
from scoring_operator.cluster.port import Cluster
from scoring_operator.election.term import Term
from scoring_operator.errors import ClusterUnavailable, NotLeading
from scoring_operator.facts import Manifest

CHILD = {"kind": "ConfigMap", "metadata": {"namespace": KEY.namespace, "name": "a", "uid": "u"}}
PIPELINE = a_manifest()
PIPELINE["metadata"] |= {"uid": "u", "resourceVersion": "1"}
Write = Callable[[Cluster], Awaitable[object]]
WRITES: dict[str, Write] = {
    "apply": lambda cluster: cluster.apply(CHILD),
    "delete": lambda cluster: cluster.delete(CHILD),
    "apply_status": lambda cluster: cluster.apply_status(PIPELINE, {}),
    "annotate_pod": lambda cluster: cluster.annotate_pod(a_pod(), {}),
    "scale": lambda cluster: cluster.scale(PIPELINE, 2),
}
every_write = pytest.mark.parametrize("name", WRITES)


class Place:
    """The twin behind the guard, for the laws of every cluster."""

    key = KEY

    def __init__(self) -> None:
        self.stored = MemoryCluster()
        self.cluster = GuardedCluster(self.stored, Term(10.0, lambda: 0.0))

    async def create(self, **parts: object) -> None:
        self.stored.create(a_manifest(**parts))  # type: ignore[arg-type]  # parts of a spec

    async def put(self, manifest: Manifest) -> None:
        self.stored.create(manifest)

    async def get(self, kind: str, name: str) -> Manifest | None:
        return self.stored.objects.get((kind, KEY.namespace, name))

    async def forget(self) -> None:
        pass

    async def replace(self) -> None:
        del self.stored.objects[("ScoringPipeline", *KEY)]
        await self.create()


@every_law
async def test_while_the_term_lasts_it_keeps_the_law(law: Law) -> None:
    place = Place()
    await place.create()

    await law(place)


def test_every_method_that_writes_is_tried_here() -> None:
    reads = {"observe"}

    assert set(WRITES) == {name for name in vars(Cluster) if not name.startswith("_")} - reads


@every_write
async def test_nothing_reaches_the_cluster_once_the_term_is_over(name: str) -> None:
    stored = MemoryCluster()
    guarded = GuardedCluster(stored, Term(10.0, lambda: 10.0))

    with pytest.raises(NotLeading):
        await WRITES[name](guarded)

    assert stored.writes.total() == 0


class Slow(MemoryCluster):
    """An API server that answers 503 again and again, and a client that asks again and again."""

    def __init__(self) -> None:
        super().__init__()
        self.sent_at: list[float] = []

    async def apply(self, manifest: Manifest, seen: Manifest | None = None) -> Manifest:
        while True:
            self.sent_at.append(asyncio.get_running_loop().time())
            await asyncio.sleep(3)

    async def delete(self, manifest: Manifest) -> None:
        await self.apply(manifest)

    async def apply_status(self, seen: Manifest, status: Manifest) -> Manifest:
        return await self.apply(seen)

    async def annotate_pod(self, pod: object, annotations: object) -> None:
        await self.apply({})

    async def scale(self, seen: Manifest, replicas: int) -> None:
        await self.apply(seen)


@every_write
def test_a_write_is_not_repeated_beyond_the_time_that_was_left_when_it_began(name: str) -> None:
    async def main() -> list[float]:
        slow = Slow()
        term = Term(10.0, asyncio.get_running_loop().time)
        await asyncio.sleep(1)
        with pytest.raises(ClusterUnavailable, match="sure of"):
            await WRITES[name](GuardedCluster(slow, term))
        assert asyncio.get_running_loop().time() == pytest.approx(10)
        return slow.sent_at

    assert run(main()) == [1.0, 4.0, 7.0]


async def test_what_is_observed_needs_no_term() -> None:
    stored = MemoryCluster()
    stored.create(a_manifest())

    assert GuardedCluster(stored, Term(0.0, lambda: 10.0)).observe(KEY) == stored.observe(KEY)
