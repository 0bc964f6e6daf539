"""Wires an operator process, runs it until told to stop, and ends it: no key half done, no connection open."""

import asyncio
import random
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from typing import Final

import aiohttp
import structlog

from scoring_operator import health
from scoring_operator.canary import Canary
from scoring_operator.cluster.kube.client import KubeClient
from scoring_operator.cluster.kube.cluster import KubeCluster
from scoring_operator.cluster.kube.events import KubeEvents
from scoring_operator.cluster.kube.lease import KubeLease
from scoring_operator.cluster.kube.login import logged_in
from scoring_operator.config import OperatorConfig
from scoring_operator.election.candidate import Candidate
from scoring_operator.election.record import Seen
from scoring_operator.election.serving import serve
from scoring_operator.errors import ClusterUnavailable, OperatorError
from scoring_operator.facts import Key
from scoring_operator.fleet import HttpFleet
from scoring_operator.leading import Leading
from scoring_operator.look import Clocks
from scoring_operator.loop_lag import LoopLag
from scoring_operator.metrics import Metrics
from scoring_operator.process import Process
from scoring_operator.reconcilers import Reconcilers
from scoring_operator.watching import LIST_AGAIN_S, Watching

DISTRIBUTION: Final = "scoring-operator"
RESYNC_S: Final = (540.0, 660.0)
"""Seconds between two complete lists, from and to: the net under the watches."""

log = structlog.get_logger(__name__)


async def run(config: OperatorConfig, stop: asyncio.Event, *, clocks: Clocks | None = None) -> None:
    """Serve until `stop` is set; logged in as the pod's service account, else as the user of KUBECONFIG.

    Every process lists and watches everything; the one that holds the Lease reconciles.

    Args:
        config: Of this process.
        stop: Ends the operator when set.
        clocks: Time and chance of its reconciles.

    Raises:
        ClusterUnavailable: The watches, the resync or the election ended by themselves.
        StillWorking: Reconciles went on though the Lease was lost.
    """
    metrics = Metrics(version(DISTRIBUTION))
    async with _wired(config, metrics, clocks or Clocks()) as process:
        process.export(metrics)
        synced = asyncio.Event()
        async with health.listener(
            config.health_port,
            waits_for=lambda: _waits_for(synced, stop),
            pulse=process.pulse,
            registry=metrics.registry,
        ) as port:
            await _first_list(process.cluster, stop)
            synced.set()
            log.info("operator ready", health_port=port, watches=config.namespace or "all namespaces")
            await _serve(process, stop)


@asynccontextmanager
async def _wired(config: OperatorConfig, metrics: Metrics, clocks: Clocks) -> AsyncIterator[Process]:
    async with (
        logged_in(answered=metrics.answered) as client,
        logged_in(answered=metrics.answered) as own_client,  # a renewal must not wait behind other requests
        aiohttp.ClientSession() as session,
    ):
        cluster, canary = KubeCluster(client, config.namespace, config.controller), Canary()
        reconcilers = Reconcilers(
            cluster,
            HttpFleet(session),
            KubeEvents(client, config.controller).write,
            config,
            clocks,
            metrics.drifted,
            metrics.scaled,
        )
        yield Process(
            config,
            cluster,
            reconcilers,
            _candidate(config, own_client, canary, clocks),
            Leading(reconcilers.begin, cluster.keys, config.parallelism, metrics),
            canary,
            LoopLag(metrics.woke),
        )


def _candidate(config: OperatorConfig, client: KubeClient, canary: Canary, clocks: Clocks) -> Candidate:
    """Return this process as a candidate: a container that starts again in the same pod is another one."""

    def heard(seen: Seen) -> None:
        canary.heard(seen.version, time.monotonic())

    lease = KubeLease(client, Key(config.lease_namespace, config.lease_name))
    return Candidate(lease, f"{config.pod}_{uuid.uuid4()}", wall=clocks.wall, heard=heard)


def _waits_for(synced: asyncio.Event, stop: asyncio.Event) -> str:
    if stop.is_set():
        return "ending"
    return "" if synced.is_set() else "not everything is listed yet"


async def _first_list(cluster: KubeCluster, stop: asyncio.Event) -> None:
    """List everything once; wait for an API server, a definition or permissions that are still to come."""
    while not stop.is_set():
        try:
            await cluster.resync()
        except OperatorError as error:
            log.warning("not everything can be listed yet", error=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LIST_AGAIN_S)
            continue
        return


async def _serve(process: Process, stop: asyncio.Event) -> None:
    """Watch, and stand for election, until `stop` is set or one of the eyes is shut."""
    eyes = Watching(process)
    watching = asyncio.create_task(eyes.watch())
    tasks = (_resync(process), process.loop_lag.measure(), eyes.follow())
    others = [asyncio.create_task(task) for task in tasks]
    serving = asyncio.create_task(serve(process.candidate, process.leading, stop))
    try:
        await until_told(stop, watching, serving, *others)
        await serving
    finally:
        serving.cancel()
        await asyncio.wait([serving])  # the Lease is given back while the watches still show it
        eyes.end()
        for task in others:
            task.cancel()
        await asyncio.wait(others)
        await watching
        log.info("operator ended")


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
        raise ClusterUnavailable("a watch, the resync or the election ended by itself")


async def _resync(process: Process) -> None:
    while True:
        await asyncio.sleep(random.uniform(*RESYNC_S))
        try:
            keys = await process.cluster.resync()
        except OperatorError as error:
            log.warning("resync failed", error=str(error))
            continue
        for key in keys:
            process.leading.changed(key)
