"""A release on a real cluster, read with the rights of a test's own account."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp

from scoring_operator.cluster.kube import lease
from scoring_operator.cluster.kube.client import KubeClient, NotFound
from scoring_operator.cluster.kube.kinds import LEASE, PIPELINE, POD
from scoring_operator.cluster.kube.login import logged_in
from scoring_operator.errors import OperatorError
from scoring_operator.facts import Manifest
from scoring_operator.verify.port import Subject

ANSWER_WITHIN_S: Final = 5.0
PAGE_MOST_BYTES: Final = 16 * 1024 * 1024
OK: Final = 200


class KubeInstallation:
    """Requests about one release."""

    def __init__(self, client: KubeClient, pods: aiohttp.ClientSession, subject: Subject) -> None:
        self._client = client
        self._pods = pods
        self._subject = subject

    async def pipelines(self) -> list[Manifest]:
        path = PIPELINE.path(self._subject.namespace)
        found: list[Manifest] = (await self._client.request("GET", path, query={"limit": 1}))["items"]
        return found

    async def holder(self) -> str:
        found = await self._get(LEASE.path(self._subject.namespace, self._subject.lease))
        return lease.seen(found).record.holder if found else ""

    async def pod(self, name: str) -> Manifest | None:
        return await self._get(POD.path(self._subject.namespace, name))

    async def page(self, address: str, path: str) -> str:
        url = f"http://{address}{path}"
        try:
            async with self._pods.get(url) as answer:
                text = (await answer.content.read(PAGE_MOST_BYTES)).decode()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise OperatorError(f"{url}: {error or type(error).__name__}") from error
        if answer.status != OK:
            raise OperatorError(f"{url}: {answer.status} {text[:256]}")
        return text

    async def pipeline(self) -> Manifest | None:
        return await self._get(PIPELINE.path(self._subject.namespace, self._subject.pipeline))

    async def _get(self, path: str) -> Manifest | None:
        try:
            return await self._client.request("GET", path)
        except NotFound:
            return None


@asynccontextmanager
async def opened(subject: Subject) -> AsyncIterator[KubeInstallation]:
    """Yield access to a release, as the pod's account, else as the user of the kubeconfig."""
    timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)
    async with logged_in() as client, aiohttp.ClientSession(timeout=timeout) as pods:
        yield KubeInstallation(client, pods, subject)
        await asyncio.sleep(0)  # aiohttp closes connections in a later turn of the loop
