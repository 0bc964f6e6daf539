"""Wires an operator process, runs it until told to stop, and ends it: no key half done, no connection open."""

import asyncio
import random
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import aiohttp
import structlog

from scoring_operator import handlers, health
from scoring_operator.cluster.kube.cluster import KubeCluster
from scoring_operator.cluster.kube.events import KubeEvents
from scoring_operator.cluster.kube.login import logged_in
from scoring_operator.config import OperatorConfig
from scoring_operator.errors import ClusterUnavailable, OperatorError
from scoring_operator.events.recorder import Recorder
from scoring_operator.facts import Manifest
from scoring_operator.fleet import HttpFleet
from scoring_operator.look import Clocks
from scoring_operator.metrics import Metrics
from scoring_operator.queue import KeyedQueue
from scoring_operator.reconcile import Reconciler

RESYNC_S: Final = (540.0, 660.0)
"""Seconds between two complete lists, from and to: the net under the watches."""
LIST_AGAIN_S: Final = 1.0
"""Seconds between two tries of the first list."""
LAST_EVENTS_S: Final = 1.0
"""Seconds that Events which still wait may take to be written."""
END_S: Final = 10.0
"""Seconds that running reconciles may take to end after SIGTERM."""

log = structlog.get_logger(__name__)


async def run(config: OperatorConfig, stop: asyncio.Event, *, clocks: Clocks | None = None) -> None:
    """Serve until `stop` is set; logged in as the pod's service account, else as the user of KUBECONFIG.

    Args:
        config: Of this process.
        stop: Ends the operator when set.
        clocks: Time and chance of its reconciles.

    Raises:
        ClusterUnavailable: The watches or the resync ended by themselves.
    """
    async with logged_in() as client, aiohttp.ClientSession() as session:
        cluster = KubeCluster(client, config.namespace, config.controller)
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
            await _first_list(cluster, queue, stop)
            synced.set()
            log.info("operator ready", health_port=port, watches=config.namespace or "all namespaces")
            recorder = Recorder(KubeEvents(client, config.controller).write)
            reconciler = Reconciler(
                cluster,
                HttpFleet(session),
                config.workers,
                clocks,
                live_refresh=config.live_refresh,
                controller=config.controller,
                note=recorder.note,
            )
            metrics.watch_pipelines(reconciler.paused, reconciler.foreign)
            async with _recording(recorder):
                await _serve(config, cluster, queue, reconciler, stop)


@asynccontextmanager
async def _recording(recorder: Recorder) -> AsyncIterator[None]:
    """Have Events written; what still waits at the end has a moment, and is lost after it."""
    work = asyncio.create_task(recorder.work())
    try:
        yield
    finally:
        recorder.stop()
        await asyncio.wait([work], timeout=LAST_EVENTS_S)
        work.cancel()


async def _first_list(cluster: KubeCluster, queue: KeyedQueue, stop: asyncio.Event) -> None:
    """List everything once; wait for an API server, a definition or permissions that are still to come."""
    while not stop.is_set():
        try:
            keys = await cluster.resync()
        except OperatorError as error:
            log.warning("not everything can be listed yet", error=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LIST_AGAIN_S)
            continue
        for key in keys:
            queue.add(key)
        return


async def _serve(
    config: OperatorConfig, cluster: KubeCluster, queue: KeyedQueue, reconciler: Reconciler, stop: asyncio.Event
) -> None:
    work = [asyncio.create_task(queue.work(reconciler)) for _ in range(config.parallelism)]
    resync = asyncio.create_task(_resync(cluster, queue))
    try:
        await _watch(config, cluster, queue, stop, resync)
    finally:
        queue.stop()
        resync.cancel()
        _, late = await asyncio.wait([*work, resync], timeout=END_S)
        for task in late:
            task.cancel()
        log.info("operator ended", unfinished=len(late))


async def _watch(
    config: OperatorConfig, cluster: KubeCluster, queue: KeyedQueue, stop: asyncio.Event, resync: asyncio.Task[None]
) -> None:
    """Feed cache and queue from kopf's thread until `stop` is set or kopf ends by itself."""
    loop, end = asyncio.get_running_loop(), threading.Event()

    def note(manifest: Manifest, deleted: bool) -> None:  # noqa: FBT001 - called by call_soon, by position
        if (key := cluster.saw(manifest, deleted=deleted)) is not None:
            queue.add(key)

    def changed(manifest: Manifest, deleted: bool) -> None:  # noqa: FBT001 - the same
        loop.call_soon_threadsafe(note, manifest, deleted)

    watching = asyncio.create_task(asyncio.to_thread(handlers.inform, config.namespace, changed, end))
    try:
        await until_told(stop, watching, resync)
    finally:
        end.set()
        await watching


async def until_told(stop: asyncio.Event, *tasks: asyncio.Task[None]) -> None:
    """Return when `stop` is set: none of the tasks, which keep the operator's eyes open, may end before that.

    Raises:
        ClusterUnavailable: One ended by itself; if it crashed, its own error is raised.
    """
    stopped = asyncio.create_task(stop.wait())
    ended, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    for task in ended.difference([stopped]):
        task.result()
    if not stop.is_set():
        raise ClusterUnavailable("a watch or the resync ended by itself")


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
