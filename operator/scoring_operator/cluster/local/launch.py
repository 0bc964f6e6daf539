"""Starting a worker: as a process of its own that never outlives this one.

On Linux the kernel ends the process with its parent, however the parent dies. Elsewhere a parent that is killed
outright leaves its workers; every other end of it stops them.
"""

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import structlog

from scoring_service.contract.names import ENV_POD_NAME, LISTENING_EVENT

WORKER_COMMAND: Final = (sys.executable, "-m", "scoring_service")
_PR_SET_PDEATHSIG: Final = 1
_LINE_BYTES: Final = 1 << 20

log = structlog.get_logger(__name__)


class Running(Protocol):
    """A started worker."""

    @property
    def pid(self) -> int:
        """The process id; that of this process for a worker inside it."""
        ...

    async def listening(self) -> str:
        """Return `host:port` of the ops listener once it accepts connections; empty if it ended before."""
        ...

    async def ended(self) -> int:
        """Return the exit code once the worker has ended."""
        ...

    def terminate(self) -> None:
        """Ask it to drain and end."""
        ...

    def kill(self) -> None:
        """End it now."""
        ...


class Launch(Protocol):
    """Starts one worker with its whole environment."""

    async def __call__(self, environment: Mapping[str, str]) -> Running: ...


class WorkerProcess:
    """A worker in a process group of its own; its output goes to a file."""

    def __init__(self, process: asyncio.subprocess.Process, output: "Output") -> None:
        self._process = process
        self._address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read(output))

    @property
    def pid(self) -> int:
        return self._process.pid

    async def listening(self) -> str:
        return await asyncio.shield(self._address)

    async def ended(self) -> int:
        await self._reading
        return await self._process.wait()

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it ended, and this loop has not heard of it yet
                os.killpg(self._process.pid, number)

    async def _read(self, output: "Output") -> None:
        async for line in _lines(self._process):
            output.append(line)
            if not self._address.done() and (port := _announced(line)):
                self._address.set_result(f"127.0.0.1:{port}")
        if not self._address.done():
            self._address.set_result("")


class Output:
    """A file that lines are added to. A line that cannot be written is dropped: no worker stalls for its log."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._drops = False

    def append(self, line: bytes) -> None:
        """Add a line, if the file system lets us; says once that it does not."""
        try:
            with self._path.open("ab") as file:
                file.write(line)
        except OSError as error:
            if not self._drops:
                log.warning("lines of a worker's log are dropped", file=str(self._path), reason=error.strerror)
            self._drops = True
        else:
            self._drops = False


async def _lines(process: asyncio.subprocess.Process) -> AsyncIterator[bytes]:
    output = process.stdout
    while output is not None:
        try:
            line = await output.readline()
        except ValueError:  # longer than the limit: dropped by the reader, the next line is whole again
            continue
        if not line:
            return
        yield line


def launcher(logs: Path, command: Sequence[str] = WORKER_COMMAND) -> Launch:
    """Return how to start worker processes; each writes to `<pod>.log` in `logs`, across restarts."""
    follow_parent = _death_with_parent()
    logs.mkdir(parents=True, exist_ok=True)

    async def launch(environment: Mapping[str, str]) -> Running:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=_LINE_BYTES,
            start_new_session=True,
            preexec_fn=follow_parent,
        )
        return WorkerProcess(process, Output(logs / f"{environment[ENV_POD_NAME]}.log"))

    return launch


def _announced(line: bytes) -> int | None:
    """Return the port that a log line announces, if it is the line that does."""
    if LISTENING_EVENT.encode() not in line:
        return None
    try:
        said: Any = json.loads(line)
    except ValueError:
        return None
    return int(said["port"]) if isinstance(said, dict) and said.get("event") == LISTENING_EVENT else None


def _death_with_parent() -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl  # looked up here: nothing may be loaded between fork and exec
    parent = os.getpid()

    def follow() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)

    return follow
