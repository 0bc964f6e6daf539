"""Plays kubelets and workers: each pod has an address on the loopback network, where one server answers `/status`.

A worker reads its live file when it starts and when an annotation of its pod changes, as a kubelet would show it.
"""

import itertools
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from benchmarks.operator.kube import Api

from scoring_operator.cluster.kube.kinds import BY_NAME
from scoring_operator.facts import Manifest
from scoring_service.contract.names import NUDGE_ANNOTATION, OPS_PORT, SCORER_FILE, STATUS_PATH
from scoring_service.contract.revision import digest_of
from scoring_service.contract.scorer_file import ScorerFile
from scoring_service.contract.worker_status import LaneState, LaneStatus, WorkerStatus

PARTITIONS: Final = 6
"""Of every input topic; all of them are empty."""


@dataclass
class Worker:
    """One pretended worker."""

    pod: str
    pipeline: str
    """`namespace/name`."""
    live: str
    """Name of the live ConfigMap that the pod mounts."""
    address: str
    site: web.TCPSite
    digest: str = ""
    serving: str = ""
    annotation: str = ""
    asked: int = 0
    siblings: list[str] = field(default_factory=list)
    """Names of all pods of the pipeline, its own included."""

    def status(self) -> WorkerStatus:
        """Return what it says of itself: its share of the empty partitions is ready."""
        names = sorted(self.siblings)
        mine = range(names.index(self.pod), PARTITIONS, len(names)) if self.pod in names else range(0)
        lanes = (LaneStatus(partition=n, state=LaneState.READY, position=0, last_stable_offset=0) for n in mine)
        return WorkerStatus(
            version="0.1.0",
            pipeline=self.pipeline,
            pod=self.pod,
            config_digest=self.digest,
            serving=self.serving,
            ready=True,
            partitions=PARTITIONS,
            lanes=tuple(lanes),
        )


class Workers:
    """The pretended workers of one namespace."""

    def __init__(self, api: Api, namespace: str) -> None:
        self._api = api
        self._namespace = namespace
        self._workers: dict[str, Worker] = {}
        self._by_address: dict[str, Worker] = {}
        self._numbers = itertools.count()
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None))

    async def open(self) -> None:
        """Get ready to answer."""
        await self._runner.setup()

    async def close(self) -> None:
        """Answer no longer."""
        await self._runner.cleanup()

    def asked(self) -> dict[str, int]:
        """Return how often each pod was asked for its status."""
        return {worker.pod: worker.asked for worker in self._workers.values()}

    async def start(self, pod: Manifest, pipeline: str, siblings: list[str]) -> str:
        """Start the worker of a pod; return its address."""
        number, name = next(self._numbers), pod["metadata"]["name"]
        address = f"127.88.{number // 250}.{number % 250 + 1}"
        site = web.TCPSite(self._runner, address, OPS_PORT)
        live = next(volume["configMap"]["name"] for volume in pod["spec"]["volumes"] if volume["name"] == "live")
        worker = Worker(name, f"{self._namespace}/{pipeline}", live, address, site, siblings=siblings)
        await self._read(worker)
        await site.start()
        self._workers[name] = self._by_address[address] = worker
        return address

    async def end(self, pod: str) -> None:
        """End the worker of a pod."""
        worker = self._workers.pop(pod)
        del self._by_address[worker.address]
        await worker.site.stop()

    async def noted(self, pod: Manifest) -> None:
        """Show the worker its live file if an annotation of its pod has changed."""
        worker = self._workers.get(pod["metadata"]["name"])
        annotation = (pod["metadata"].get("annotations") or {}).get(NUDGE_ANNOTATION, "")
        if worker is not None and annotation != worker.annotation:
            worker.annotation = annotation
            await self._read(worker)

    async def _read(self, worker: Worker) -> None:
        found = await self._api.get(BY_NAME["ConfigMap"].path(self._namespace, worker.live))
        content = found["data"][SCORER_FILE].encode()
        file = ScorerFile.decode(content)
        block = file.proposed or file.serving
        worker.digest, worker.serving = digest_of(content), block.name if block else ""

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        address = request.transport.get_extra_info("sockname")[0] if request.transport else ""
        worker = self._by_address.get(address)
        if worker is None or request.path != STATUS_PATH:
            return web.Response(status=404)
        worker.asked += 1
        return web.Response(body=worker.status().encode(), content_type="application/json")
