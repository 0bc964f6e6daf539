"""The in-memory twin keeps the laws of every cluster."""

from typing import Any

from harness.cluster_laws import Law, built, every_law
from harness.pipelines import KEY, Workers, a_manifest
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


async def test_pods_that_mount_secrets_are_observed_with_the_startup_files_that_they_mount() -> None:
    place = MemoryPlace()
    await place.create(api={"keysSecret": {"name": "score-keys"}})
    stored = {kind: await place.cluster.apply(manifest) for kind, manifest in built(place).items()}
    Workers(place.cluster).run_pods()

    volumes = stored["Deployment"]["spec"]["template"]["spec"]["volumes"]
    assert any("secret" in volume for volume in volumes)
    mounted = {volume["configMap"]["name"] for volume in volumes if "configMap" in volume}
    assert place.cluster.observe(KEY).startups == mounted
