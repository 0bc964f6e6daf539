"""Operators as processes: each logs in as a service account, serves one namespace and says when it is ready."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
from benchmarks.workers import ROOT, Failed

START_S: Final = 60.0
"""Seconds in which an operator must be ready."""
END_S: Final = 15.0
"""Seconds after SIGTERM until SIGKILL."""
IMAGE: Final = "scoring/service:1"
"""Of workers that nobody runs."""


@dataclass(frozen=True)
class Contestant:
    """One operator."""

    name: str
    arguments: tuple[str, ...]
    """Of Python; `{namespace}` and `{port}` are filled in."""
    ready: str
    """Path on `port` that answers 200 once it works."""
    is_ours: bool = False

    def command(self, namespace: str, port: int) -> list[str]:
        """Return the command line."""
        return [sys.executable, *(argument.format(namespace=namespace, port=port) for argument in self.arguments)]


OURS: Final = Contestant("scoring-operator", ("-m", "scoring_operator"), "/readyz", is_ours=True)
PLAIN: Final = Contestant(
    "plain kopf",
    ("-m", "kopf", "run", "--module=benchmarks.operator.plain_kopf", "--namespace={namespace}", "--standalone",
     "--liveness=http://127.0.0.1:{port}/healthz"),
    "/healthz",
)  # fmt: skip


class Running:
    """An operator that can be ended and started again."""

    def __init__(self, contestant: Contestant, namespace: str, kubeconfig: str, log: Path, port: int) -> None:
        self.contestant = contestant
        self._namespace = namespace
        self._kubeconfig = kubeconfig
        self._log = log
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Of the process; None while there is none.

        Raises:
            Failed: It ended by itself.
        """
        if self._process is None:
            return None
        if self._process.poll() is not None:
            raise Failed(self.contestant.name, f"ended with {self._process.returncode}", self._said())
        return self._process.pid

    def start(self) -> float:
        """Start it; return when, of `time.perf_counter`."""
        environment = {
            **os.environ,
            "KUBECONFIG": self._kubeconfig,
            "PYTHONPATH": str(ROOT),
            "SCORING_WORKER_IMAGE": IMAGE,
            "SCORING_NAMESPACE": self._namespace,
            "SCORING_HEALTH_PORT": str(self._port),
        }
        began = time.perf_counter()
        with self._log.open("ab") as log:
            command = self.contestant.command(self._namespace, self._port)
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        return began

    async def ready(self) -> float:
        """Return when it said that it is ready.

        Raises:
            Failed: It did not, or it ended.
        """
        deadline = time.perf_counter() + START_S
        async with aiohttp.ClientSession() as session:
            while self.pid and time.perf_counter() < deadline:
                try:
                    async with session.get(f"http://127.0.0.1:{self._port}{self.contestant.ready}") as answer:
                        if answer.ok:
                            return time.perf_counter()
                except aiohttp.ClientError:
                    pass  # it does not listen yet
                await asyncio.sleep(0.02)
        raise Failed(self.contestant.name, f"was not ready within {START_S:g} s", self._said())

    async def end(self) -> None:
        """End it as a kubelet does."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                await asyncio.to_thread(process.wait, END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _said(self) -> str:
        return self._log.read_text(errors="replace")


@asynccontextmanager
async def running(
    contestant: Contestant, namespace: str, kubeconfig: str, log: Path, port: int
) -> AsyncIterator[Running]:
    """Have an operator that is ready inside the block."""
    operator = Running(contestant, namespace, kubeconfig, log, port)
    try:
        operator.start()
        await operator.ready()
        yield operator
    finally:
        await operator.end()
