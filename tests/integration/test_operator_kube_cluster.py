"""The real adapter keeps the laws of every cluster, on a real API server; so does what it says of failures."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from harness.apiserver import Apiserver
from harness.cluster_laws import Law, built, every_law
from harness.pipelines import a_manifest
from harness.stage import Api
from scoring_operator.cluster.kube.client import KubeClient
from scoring_operator.cluster.kube.cluster import KubeCluster
from scoring_operator.cluster.kube.login import logged_in
from scoring_operator.errors import InvalidManifest
from scoring_operator.facts import Key, Manifest, Pod

pytestmark = pytest.mark.apiserver

PATHS = {
    "ScoringPipeline": "scoring.dev/v1alpha1/scoringpipelines",
    "ServiceAccount": "v1/serviceaccounts",
    "Pod": "v1/pods",
}


class KubePlace:
    """One namespace of a real API server, and a person in it."""

    def __init__(self, client: KubeClient, api: Api) -> None:
        self._client, self._api = client, api
        self.key = Key(api.namespace, "wallets")
        self.cluster = KubeCluster(client, api.namespace)

    async def create(self, **parts: Any) -> None:
        manifest = a_manifest(**parts)
        manifest["metadata"] = {"name": self.key.name}
        await self.put(manifest)
        await self.cluster.resync()

    async def put(self, manifest: Manifest) -> None:
        metadata = {**manifest["metadata"], "namespace": self._api.namespace}
        await self._api.call("POST", PATHS[manifest["kind"]], {**manifest, "metadata": metadata})

    async def get(self, kind: str, name: str) -> Manifest | None:
        return await self._api.get(f"{PATHS[kind]}/{name}")

    async def forget(self) -> None:
        self.cluster = KubeCluster(self._client, self._api.namespace)
        await self.cluster.resync()

    async def replace(self) -> None:
        await self._api.call("DELETE", f"{PATHS['ScoringPipeline']}/{self.key.name}")
        await self.create()


@pytest.fixture
async def place(kubeconfig: str, apiserver: Apiserver) -> AsyncIterator[KubePlace]:
    namespace = f"laws-{uuid.uuid4().hex[:8]}"
    apiserver.kubectl("create", "namespace", namespace)
    api = Api(kubeconfig, namespace)
    try:
        async with logged_in(kubeconfig) as client:
            yield KubePlace(client, api)
            await asyncio.sleep(0.1)  # aiohttp closes TLS connections in later turns of the loop
    finally:
        api.close()
        apiserver.kubectl("delete", "namespace", namespace, "--wait=false")


@every_law
async def test_the_real_adapter_keeps_the_law(law: Law, place: KubePlace) -> None:
    await place.create()

    await law(place)


async def test_a_refused_manifest_says_why_in_the_servers_words(place: KubePlace) -> None:
    await place.create()
    deployment = built(place)["Deployment"]
    broken = {**deployment, "spec": {**deployment["spec"], "replicas": -1}}

    with pytest.raises(InvalidManifest, match=r"spec\.replicas"):
        await place.cluster.apply(broken)


async def test_a_watch_that_lags_behind_a_write_takes_nothing_back(place: KubePlace) -> None:
    await place.create()
    deployment = built(place)["Deployment"]
    old = await place.cluster.apply(deployment)
    new = await place.cluster.apply({**deployment, "spec": {**deployment["spec"], "replicas": 3}})

    assert place.cluster.saw(old) is None
    assert place.cluster.saw(new) is None  # our own write comes back: nothing to do

    (seen,) = [child for child in place.cluster.observe(place.key).children if child["kind"] == "Deployment"]
    assert seen["spec"]["replicas"] == 3


async def test_a_deletion_that_no_watch_has_shown_is_found_by_the_next_list(place: KubePlace) -> None:
    await place.create()
    await place.cluster.apply(built(place)["ServiceAccount"])
    await place._api.call("DELETE", f"{PATHS['ServiceAccount']}/{place.key.name}")
    assert place.cluster.observe(place.key).children

    assert place.key in await place.cluster.resync()

    assert place.cluster.observe(place.key).children == ()


async def test_a_pod_is_annotated_only_if_it_is_still_the_same(place: KubePlace) -> None:
    spec = {"containers": [{"name": "worker", "image": "scoring/service:1"}], "automountServiceAccountToken": False}
    await place.put({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}})
    await place.put({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, "spec": spec})
    stored = await place.get("Pod", "one")
    assert stored is not None
    pod = Pod(place.key.namespace, "one", stored["metadata"]["uid"], "", ready=True)

    await place.cluster.annotate_pod(Pod(pod.namespace, "one", "another", "", ready=True), {"scoring.dev/a": "1"})
    await place.cluster.annotate_pod(Pod(pod.namespace, "none", "gone", "", ready=True), {"scoring.dev/a": "1"})
    untouched = await place.get("Pod", "one")
    await place.cluster.annotate_pod(pod, {"scoring.dev/a": "2"})

    annotated = await place.get("Pod", "one")
    assert untouched is not None
    assert annotated is not None
    assert "annotations" not in untouched["metadata"]
    assert annotated["metadata"]["annotations"] == {"scoring.dev/a": "2"}
