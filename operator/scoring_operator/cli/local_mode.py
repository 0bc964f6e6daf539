"""The operator on this machine: the same queue and reconcile as in a cluster, over processes instead of pods."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp

from scoring_operator.cli.snapshot import Snapshot
from scoring_operator.cluster.local.cluster import LocalCluster
from scoring_operator.cluster.local.launch import Launch
from scoring_operator.cluster.local.workload import Machine
from scoring_operator.config import WorkerDefaults
from scoring_operator.errors import Conflict
from scoring_operator.facts import Key, Manifest
from scoring_operator.fleet import HttpFleet
from scoring_operator.queue import KeyedQueue
from scoring_operator.reconcile import Reconciler
from scoring_service.contract.names import READYZ_PATH

WORKERS: Final = WorkerDefaults(image="local", ops_host="127.0.0.1", ops_port=0, api_port=0, network_policy=False)
PROBE_TIMEOUT_S: Final = 2.0


class LocalMode:
    """A running operator on this machine."""

    def __init__(self, cluster: LocalCluster, fleet: HttpFleet) -> None:
        self._cluster = cluster
        self._fleet = fleet

    def apply(self, manifest: Manifest) -> Key:
        """Store an admitted manifest and return its key; the operator does the rest by and by."""
        return self._cluster.put(manifest)

    def stored(self, key: Key) -> Manifest | None:
        """Return the pipeline as stored; None if there is none."""
        return self._cluster.observe(key).pipeline

    async def scale(self, key: Key, replicas: int) -> None:
        """Write `spec.replicas`, as `kubectl scale` does.

        Raises:
            Conflict: There is no such pipeline.
        """
        stored = self.stored(key)
        if stored is None:
            raise Conflict(f"there is no pipeline {key}")
        await self._cluster.scale(stored, replicas)

    async def snapshot(self, key: Key) -> Snapshot:
        """Return a pipeline as it is now; asks every pod.

        Raises:
            KeyError: There is no such pipeline.
        """
        observed = self._cluster.observe(key)
        if observed.pipeline is None:
            raise KeyError(str(key))
        return Snapshot(observed.pipeline, await self._fleet(observed.pods), self._cluster.pids())

    def kill(self) -> None:
        """End every worker now, without a drain."""
        self._cluster.kill()


@asynccontextmanager
async def local_mode(
    launch: Launch, root: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[LocalMode]:
    """Yield a running operator; at the end every worker is drained and stopped.

    Args:
        launch: How to start a worker.
        root: Folder for the workers' mounted files.
        environment: What workers inherit; this process's own by default.
    """
    queue = KeyedQueue()
    async with aiohttp.ClientSession() as session:

        async def probe(address: str) -> bool:
            return await _answers(session, f"http://{address}{READYZ_PATH}")

        machine = Machine(root, launch, probe, os.environ if environment is None else environment)
        cluster, fleet = LocalCluster(machine, queue.add), HttpFleet(session)
        working = asyncio.create_task(queue.work(Reconciler(cluster, fleet, WORKERS)))
        try:
            yield LocalMode(cluster, fleet)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            await cluster.close()


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S), session.get(url) as response:
            return response.ok
    except (TimeoutError, aiohttp.ClientError):
        return False
