"""Wires an operator process, runs it until told to stop, and ends it: no key half done, no connection open."""

import asyncio
import random
from typing import Final

import aiohttp
import kopf
import structlog

from scoring_operator import handlers, health
from scoring_operator.cluster.kube.cluster import KubeCluster
from scoring_operator.cluster.kube.login import logged_in
from scoring_operator.config import OperatorConfig
from scoring_operator.errors import OperatorError
from scoring_operator.fleet import HttpFleet
from scoring_operator.metrics import Metrics
from scoring_operator.queue import KeyedQueue
from scoring_operator.reconcile import Reconciler

RESYNC_S: Final = (540.0, 660.0)
"""Seconds between two complete lists, from and to: the net under the watches."""
END_S: Final = 10.0
"""Seconds that running reconciles may take to end after SIGTERM."""

log = structlog.get_logger(__name__)


async def run(config: OperatorConfig, stop: asyncio.Event, *, kubeconfig: str | None = None) -> None:
    """Serve until `stop` is set.

    Args:
        config: Of this process.
        stop: Ends the operator when set.
        kubeconfig: File to log in with; None: as the pod's service account, else as the user's.

    Raises:
        ClusterUnavailable: The API server did not answer at start.
        InvalidManifest: It refuses us at start: permissions or the CRD are missing.
    """
    async with logged_in(kubeconfig) as client, aiohttp.ClientSession() as session:
        cluster = KubeCluster(client, config.namespace)
        metrics = Metrics()
        queue = KeyedQueue(ended=metrics.reconciled)
        metrics.watch(queue.depth, queue.longest_running_s, lambda: dict(client.requests))
        synced = asyncio.Event()
        async with health.listener(
            config.health_port,
            is_ready=lambda: synced.is_set() and not stop.is_set(),
            longest_running_s=queue.longest_running_s,
            registry=metrics.registry,
        ) as port:
            for key in await cluster.resync():
                queue.add(key)
            synced.set()
            log.info("operator ready", health_port=port, watches=config.namespace or "all namespaces")
            await _serve(config, cluster, queue, Reconciler(cluster, HttpFleet(session), config.workers), stop)


async def _serve(
    config: OperatorConfig, cluster: KubeCluster, queue: KeyedQueue, reconciler: Reconciler, stop: asyncio.Event
) -> None:
    work = [asyncio.create_task(queue.work(reconciler)) for _ in range(config.parallelism)]
    resync = asyncio.create_task(_resync(cluster, queue))
    try:
        await _watch(config, cluster, queue, stop)
    finally:
        stop.set()
        queue.stop()
        resync.cancel()
        _, late = await asyncio.wait([*work, resync], timeout=END_S)
        for task in late:
            task.cancel()
        log.info("operator ended", unfinished=len(late))


async def _watch(config: OperatorConfig, cluster: KubeCluster, queue: KeyedQueue, stop: asyncio.Event) -> None:
    registry = kopf.OperatorRegistry()
    handlers.register(registry, cluster, queue.add)
    await kopf.operator(
        registry=registry,
        settings=handlers.settings(),
        standalone=True,
        clusterwide=not config.namespace,
        namespaces=[config.namespace] if config.namespace else [],
        stop_flag=stop,
    )


async def _resync(cluster: KubeCluster, queue: KeyedQueue) -> None:
    while True:
        await asyncio.sleep(random.uniform(*RESYNC_S))
        try:
            keys = await cluster.resync()
        except OperatorError as error:
            log.warning("resync failed", error=str(error))
            continue
        for key in keys:
            queue.add(key)
