"""Operator processes as a container runs them: what they log, what they export, and a wall clock that may be wrong.

usage: python -m harness.operators SECONDS      (an operator whose wall clock is so far ahead)
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from harness.stage import until
from scoring_operator import app, logs
from scoring_operator.config import OperatorConfig
from scoring_operator.look import Clocks

Line = dict[str, Any]


class OperatorProcess:
    """One process of an operator."""

    def __init__(
        self,
        name: str,
        kubeconfig: str,
        namespace: str,
        folder: Path,
        *,
        ahead_s: int = 0,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start it; what it logs goes into `folder`; `environment` is what it has beside the usual."""
        self.name = name
        self._log = folder / f"{name}.log"
        variables = {
            **os.environ,
            "KUBECONFIG": kubeconfig,
            "SCORING_WORKER_IMAGE": "scoring/service:1",
            "SCORING_NAMESPACE": namespace,
            "SCORING_HEALTH_PORT": "0",
            "POD_NAME": name,
            **(environment or {}),
        }
        command = [sys.executable, "-m", "harness.operators", str(ahead_s)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, env=variables, stderr=log)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """What it has exited with; None while it runs."""
        return self._process.poll()

    def lines(self) -> list[Line]:
        """Return what it has logged; every line must be JSON."""
        text = self._log.read_text()
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def said(self, event: str) -> list[Line]:
        """Return the lines of an event."""
        return [line for line in self.lines() if line["event"] == event]

    @property
    def is_leading(self) -> bool:
        """Whether it said last that it leads."""
        turns = [line["event"] for line in self.lines() if line["event"] in ("leading", "no longer leading")]
        return bool(turns) and turns[-1] == "leading"

    async def ready(self) -> None:
        """Return once it has listed everything."""
        await until(self._is_ready, within_s=180)

    async def _is_ready(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()
        return bool(self.said("operator ready"))

    def get(self, path: str) -> str:
        """Return what it answers to a GET on its own face.

        Raises:
            urllib.error.HTTPError: It is not 200.
        """
        (ready,) = self.said("operator ready")
        with urllib.request.urlopen(f"http://127.0.0.1:{ready['health_port']}/{path}", timeout=30) as answer:
            body: bytes = answer.read()
        return body.decode()

    def signal(self, number: int) -> None:
        """Send a signal: SIGSTOP freezes it with all its threads, SIGCONT lets it go on."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it without a word to anybody."""
        self._process.kill()
        self._process.wait()

    def end(self) -> int:
        """Tell it to stop; return its exit code."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        return self._process.wait(timeout=60)


async def _until_told(ahead: timedelta) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    clocks = Clocks(wall=lambda: datetime.now(UTC) + ahead)
    await app.run(OperatorConfig.from_env(os.environ), stop, clocks=clocks)


if __name__ == "__main__":
    logs.configure()
    asyncio.run(_until_told(timedelta(seconds=int(sys.argv[1]))))
