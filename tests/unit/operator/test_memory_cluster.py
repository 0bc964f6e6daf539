"""The in-memory twin keeps the laws of every cluster."""

from typing import Any

from harness.cluster_laws import Law, every_law
from harness.pipelines import KEY, a_manifest
from scoring_operator.cluster.memory import MemoryCluster
from scoring_operator.facts import Manifest


class MemoryPlace:
    """The twin, and a person."""

    key = KEY

    def __init__(self) -> None:
        self.cluster = MemoryCluster()

    async def create(self, **parts: Any) -> None:
        self.cluster.create(a_manifest(**parts))

    async def put(self, manifest: Manifest) -> None:
        self.cluster.create(manifest)

    async def get(self, kind: str, name: str) -> Manifest | None:
        return self.cluster.objects.get((kind, KEY.namespace, name))

    async def forget(self) -> None:
        pass  # the twin is the cluster: it knows nothing but what is there

    async def replace(self) -> None:
        del self.cluster.objects[("ScoringPipeline", *KEY)]
        await self.create()


@every_law
async def test_the_twin_keeps_the_law(law: Law) -> None:
    place = MemoryPlace()
    await place.create()

    await law(place)
