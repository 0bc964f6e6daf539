"""Asks the pods how they are: all at once, briefly, and never reading more than was promised. Errors are data."""

import asyncio
from collections.abc import Sequence
from typing import Final

import aiohttp
import msgspec

from scoring_operator.facts import Pod, PodReport
from scoring_service.contract.names import STATUS_MAX_BYTES, STATUS_PATH
from scoring_service.contract.worker_status import WorkerStatus

TIMEOUT_S: Final = 1.0
AT_ONCE: Final = 32
"""Pods asked at the same time, over all pipelines."""


class HttpFleet:
    """Reads `/status` of pods over HTTP."""

    def __init__(self, session: aiohttp.ClientSession, timeout_s: float = TIMEOUT_S) -> None:
        self._session = session
        self._timeout_s = timeout_s
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, pods: Sequence[Pod]) -> tuple[PodReport, ...]:
        """Return one report per pod, in order; a pod that does not answer sensibly has none to give."""
        return tuple(await asyncio.gather(*(self._ask(pod) for pod in pods)))

    async def _ask(self, pod: Pod) -> PodReport:
        if not pod.address or pod.terminating:
            return PodReport(pod)
        async with self._slots:
            try:
                async with asyncio.timeout(self._timeout_s):
                    status = await self._read(f"http://{pod.address}{STATUS_PATH}")
            except (TimeoutError, aiohttp.ClientError, msgspec.MsgspecError, ValueError, RecursionError):
                return PodReport(pod)
        return PodReport(pod, status if status is not None and _is_of(status, pod) else None)

    async def _read(self, url: str) -> WorkerStatus | None:
        async with self._session.get(url, allow_redirects=False) as response:
            if response.status != 200:
                return None
            body = bytearray()
            async for chunk in response.content.iter_chunked(STATUS_MAX_BYTES):
                body += chunk
                if len(body) > STATUS_MAX_BYTES:
                    return None
        return WorkerStatus.decode(bytes(body))


def _is_of(status: WorkerStatus, pod: Pod) -> bool:
    """Tell whether it was this pod that answered: an address may belong to another one by now."""
    namespace, _, _ = status.pipeline.partition("/")
    return (namespace, status.pod) == (pod.namespace, pod.name)
