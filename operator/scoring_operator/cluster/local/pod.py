"""A pod without Kubernetes: one worker at a time, probed, started again when it ends, stopped with grace."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from scoring_operator.cluster.local.launch import Launch, Running
from scoring_operator.facts import Pod

FAILURES_TO_UNREADY: Final = 3
EXIT_NOT_STARTED: Final = 127
"""As of a shell that finds no such command."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How patient pods are, in seconds."""

    back_off_first_s: float = 0.5
    back_off_most_s: float = 30.0
    healthy_after_s: float = 30.0
    """A worker that ran for so long is started again without a long wait."""
    probe_unready_s: float = 0.1
    probe_ready_s: float = 1.0


DEFAULT_TIMING: Final = Timing()

Probe = Callable[[str], Awaitable[bool]]
"""Tells whether the worker at `host:port` is ready."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Identity:
    """What stays the same while a pod's worker is started again and again."""

    namespace: str
    name: str
    uid: str
    template: str
    """Hash of the template that it was made from."""
    config_maps: frozenset[str]
    """Names of the ConfigMaps that it mounts."""


class LocalPod:
    """Keeps one worker running until it is stopped."""

    def __init__(
        self,
        identity: Identity,
        environment: Mapping[str, str],
        launch: Launch,
        probe: Probe,
        timing: Timing = DEFAULT_TIMING,
    ) -> None:
        self.identity = identity
        self.annotations: dict[str, str] = {}
        self._environment = environment
        self._launch = launch
        self._probe = probe
        self._timing = timing
        self._address = ""
        self._ready = False
        self._worker: Running | None = None
        self._restarts = 0
        self._stopping = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """Process id of the worker; None while none runs."""
        return self._worker.pid if self._worker else None

    def observed(self) -> Pod:
        """Return what anybody may see of it."""
        return Pod(
            namespace=self.identity.namespace,
            name=self.identity.name,
            uid=self.identity.uid,
            address=self._address,
            ready=self._ready,
            terminating=self._stopping.is_set(),
            restarts=self._restarts,
        )

    def stop(self) -> None:
        """Begin to stop; `run` returns once the worker has ended."""
        self._stopping.set()

    def kill(self) -> None:
        """Stop without grace."""
        self._stopping.set()
        if self._worker is not None:
            self._worker.kill()

    async def run(self, grace_s: float, changed: Callable[[], None]) -> None:
        """Run the worker until the pod is stopped; `changed` is called whenever `observed` is something else."""
        wait_s = self._timing.back_off_first_s
        while not self._stopping.is_set():
            started = asyncio.get_running_loop().time()
            code = await self._run_once(grace_s, changed)
            if self._stopping.is_set():
                break
            self._restarts += 1
            if asyncio.get_running_loop().time() - started >= self._timing.healthy_after_s:
                wait_s = self._timing.back_off_first_s
            log.warning("worker ended", pod=self.identity.name, exit_code=code, restart_in_s=wait_s)
            changed()
            await _first(self._stopping.wait(), timeout_s=wait_s)
            wait_s = min(self._timing.back_off_most_s, 2 * wait_s)

    async def _run_once(self, grace_s: float, changed: Callable[[], None]) -> int:
        try:
            worker = await self._launch(self._environment)
        except OSError as error:
            log.warning("worker cannot be started", pod=self.identity.name, reason=str(error))
            return EXIT_NOT_STARTED
        self._worker = worker
        watching = asyncio.create_task(self._watch(worker, changed))
        ended = asyncio.create_task(worker.ended())
        try:
            await _first(self._stopping.wait(), ended)
            if not ended.done():
                changed()
                await _stopped(worker, ended, grace_s)
            return await ended
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            if not _succeeded(ended):  # we were cancelled, or failed to wait: nobody will look after it
                worker.kill()
            self._worker, self._address, self._ready = None, "", False

    async def _watch(self, worker: Running, changed: Callable[[], None]) -> None:
        self._address = await worker.listening()
        failures, timing = 0, self._timing
        while self._address:
            passed = await self._probe(self._address)
            failures = 0 if passed else failures + 1
            ready = passed or (self._ready and failures < FAILURES_TO_UNREADY)
            if ready != self._ready:
                self._ready = ready
                changed()
            await asyncio.sleep(timing.probe_ready_s if ready else timing.probe_unready_s)


async def _stopped(worker: Running, ended: "asyncio.Task[int]", grace_s: float) -> None:
    worker.terminate()
    await _first(ended, timeout_s=grace_s)
    if not ended.done():
        log.warning("worker did not end within its grace period and is killed", pid=worker.pid, grace_s=grace_s)
        worker.kill()


def _succeeded(task: "asyncio.Task[int]") -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


async def _first(*awaited: Any, timeout_s: float | None = None) -> None:
    """Return when one of `awaited` is done or the time is over; coroutines of the others are cancelled."""
    tasks = [one if isinstance(one, asyncio.Task) else asyncio.create_task(one) for one in awaited]
    try:
        await asyncio.wait(tasks, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task, one in zip(tasks, awaited, strict=True):
            if task is not one and not task.done():
                task.cancel()
