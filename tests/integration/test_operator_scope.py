"""Two releases on a real API server: one acts, the other stands back, a pipeline is given from one to the other."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from harness.apiserver import Apiserver
from harness.cluster_laws import built
from harness.pipelines import a_manifest
from harness.stage import Api, Manifest
from scoring_operator.api import __path__ as api_path
from scoring_operator.cluster.kube.client import KubeClient
from scoring_operator.cluster.kube.cluster import KubeCluster
from scoring_operator.cluster.kube.login import logged_in
from scoring_operator.errors import Conflict
from scoring_operator.facts import Key

pytestmark = pytest.mark.apiserver

DEFINITION = Path(api_path[0]) / "scoringpipelines.yaml"
PIPELINE = "scoring.dev/v1alpha1/scoringpipelines/wallets"
OURS, THEIRS = "shop/ours", "shop/theirs"


class Place:
    """One namespace of a real API server, with the eyes and hands of two releases."""

    def __init__(self, client: KubeClient, api: Api) -> None:
        self.api = api
        self.key = Key(api.namespace, "wallets")
        self._releases = {name: KubeCluster(client, api.namespace, name) for name in (OURS, THEIRS)}
        self.cluster = self._releases[OURS]

    async def as_(self, name: str) -> KubeCluster:
        """Return the adapter of a release that has just listed everything."""
        self.cluster = self._releases[name]
        await self.cluster.resync()
        return self.cluster

    def seen(self) -> Manifest:
        manifest = self.cluster.observe(self.key).pipeline
        assert manifest is not None
        return manifest

    async def status(self) -> Manifest:
        found = await self.api.get(PIPELINE)
        assert found is not None
        status: Manifest = found["status"]
        return status


async def managers(place: Place, path: str) -> set[tuple[str, str]]:
    """Return manager and subresource of everything that was applied to an object."""
    found = await place.api.get(path)
    assert found is not None
    entries = found["metadata"]["managedFields"]
    return {(entry["manager"], entry.get("subresource", "")) for entry in entries if entry["operation"] == "Apply"}


@pytest.fixture
async def place(apiserver: Apiserver) -> AsyncIterator[Place]:
    apiserver.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(DEFINITION))
    apiserver.kubectl("wait", "--for=condition=Established", "--timeout=20s", "crd/scoringpipelines.scoring.dev")
    namespace = f"scope-{uuid.uuid4().hex[:8]}"
    apiserver.kubectl("create", "namespace", namespace)
    kubeconfig = str(apiserver.kubeconfig)
    api = Api(kubeconfig, namespace)
    try:
        async with logged_in(kubeconfig) as client:
            place = Place(client, api)
            manifest: dict[str, Any] = a_manifest()
            manifest["metadata"] = {"name": "wallets"}
            await api.call("POST", "scoring.dev/v1alpha1/scoringpipelines", manifest)
            yield place
            await asyncio.sleep(0.1)  # aiohttp closes TLS connections in later turns of the loop
    finally:
        api.close()
        apiserver.kubectl("delete", "namespace", namespace, "--wait=false")


async def test_an_heir_drops_from_status_what_only_the_former_release_said(place: Place) -> None:
    ours = await place.as_(OURS)
    await ours.apply_status(place.seen(), {"controller": OURS, "partitions": 6, "revision": {"refused": "abc"}})

    theirs = await place.as_(THEIRS)
    await theirs.apply_status(place.seen(), {"controller": THEIRS, "partitions": 6})

    assert await place.status() == {"controller": THEIRS, "partitions": 6}
    assert await managers(place, PIPELINE) == {(f"scoring/{THEIRS}", "status")}


async def test_an_heir_drops_from_a_child_what_only_the_former_release_wrote(place: Place) -> None:
    """A strategy, say, that one release writes and another does not: owned by both it could never change."""
    ours = await place.as_(OURS)
    deployment = built(place)["Deployment"]  # type: ignore[arg-type]  # it has all that is asked for here
    await ours.apply(deployment)
    theirs = await place.as_(THEIRS)
    replaced = {**deployment, "spec": {**deployment["spec"], "strategy": {"type": "Recreate"}}}

    stored = await theirs.apply(replaced)

    assert stored["spec"]["strategy"] == {"type": "Recreate"}
    assert await managers(place, "apps/v1/deployments/wallets") == {(f"scoring/{THEIRS}", "")}


async def test_an_heir_that_is_late_is_told(place: Place) -> None:
    ours = await place.as_(OURS)
    await ours.apply_status(place.seen(), {"controller": OURS})
    theirs = await place.as_(THEIRS)
    late = place.seen()
    await place.as_(OURS)
    await ours.apply_status(place.seen(), {"controller": OURS, "partitions": 6})

    with pytest.raises(Conflict):
        await theirs.apply_status(late, {"controller": THEIRS})

    assert (await place.status())["controller"] == OURS


async def test_of_two_releases_that_claim_at_the_same_time_one_is_told(place: Place) -> None:
    ours = await place.as_(OURS)
    seen = place.seen()
    theirs = await place.as_(THEIRS)

    said = await asyncio.gather(
        ours.apply_status(seen, {"controller": OURS}),
        theirs.apply_status(place.seen(), {"controller": THEIRS}),
        return_exceptions=True,
    )

    assert sum(isinstance(answer, Conflict) for answer in said) == 1
    assert sum(isinstance(answer, dict) for answer in said) == 1
