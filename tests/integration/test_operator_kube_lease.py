"""The real Lease keeps the laws of every Lease, on a real API server."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest

from harness.apiserver import Apiserver
from harness.lease_laws import Law, a_record, created, every_lease_law
from harness.stage import Api
from scoring_operator.cluster.kube.lease import KubeLease
from scoring_operator.cluster.kube.login import logged_in
from scoring_operator.errors import ClusterUnavailable
from scoring_operator.facts import Key

pytestmark = pytest.mark.apiserver

PATH = "coordination.k8s.io/v1/leases/operator"


@pytest.fixture
async def api(apiserver: Apiserver) -> AsyncIterator[Api]:
    namespace = f"lease-{uuid.uuid4().hex[:8]}"
    apiserver.kubectl("create", "namespace", namespace)
    api = Api(str(apiserver.kubeconfig), namespace)
    yield api
    api.close()
    apiserver.kubectl("delete", "namespace", namespace, "--wait=false")


@pytest.fixture
async def lease(api: Api, apiserver: Apiserver) -> AsyncIterator[KubeLease]:
    async with logged_in(str(apiserver.kubeconfig)) as client:
        yield KubeLease(client, Key(api.namespace, "operator"))
        await asyncio.sleep(0.1)  # aiohttp closes TLS connections in later turns of the loop


@every_lease_law
async def test_the_real_lease_keeps_the_law(law: Law, lease: KubeLease, api: Api) -> None:
    await law(lease, lambda: api.call("DELETE", PATH))


async def test_what_people_put_on_it_stays(lease: KubeLease, api: Api) -> None:
    await created(lease)
    await api.merge(PATH, {"metadata": {"annotations": {"team": "risk"}, "labels": {"a": "b"}}})
    seen = await lease.read()
    assert seen is not None

    await lease.write(a_record(renewed=2), seen.version)

    found = await api.get(PATH)
    assert found is not None
    assert found["metadata"]["annotations"] == {"team": "risk"}
    assert found["metadata"]["labels"] == {"a": "b", "app.kubernetes.io/managed-by": "scoring-operator"}
    assert found["spec"]["renewTime"] == "2026-01-01T12:00:02.123456Z"


async def test_a_lease_that_names_no_duration_is_held_for_as_long_as_ours(lease: KubeLease, api: Api) -> None:
    named = {"metadata": {"name": "operator"}, "spec": {"holderIdentity": "somebody"}}
    await api.call("POST", "coordination.k8s.io/v1/leases", named)

    seen = await lease.read()

    assert seen is not None
    assert (seen.record.holder, seen.record.duration_s) == ("somebody", 15)


async def test_a_namespace_that_is_not_there_is_no_conflict(apiserver: Apiserver) -> None:
    """A conflict is tried again at once."""
    async with logged_in(str(apiserver.kubeconfig)) as client:
        with pytest.raises(ClusterUnavailable):
            await KubeLease(client, Key("nowhere", "operator")).write(a_record(), None)
        await asyncio.sleep(0.1)
