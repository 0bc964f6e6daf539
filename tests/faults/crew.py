"""Worker processes of one run, forked from one that has loaded everything: a start takes a tenth of a second."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Sequence
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Final

from faults import subject
from faults.ledger import Sample, Tally
from faults.subject import Plan
from harness import workers
from scoring_service.contract.names import (
    ENV_LIVE_DIRECTORY,
    ENV_POD_NAME,
    ENV_SECRETS_DIRECTORY,
    ENV_STARTUP_DIRECTORY,
    LISTENING_EVENT,
    METRICS_PATH,
    SCORER_FILE,
    STARTUP_FILE,
    STATUS_PATH,
)
from scoring_service.contract.scorer_file import ScorerFile
from scoring_service.contract.startup import Startup

PAGE: Final = os.sysconf("SC_PAGE_SIZE")
READY_WITHIN_S: Final = 40.0
DEAD_WITHIN_S: Final = 5.0
SOUND: Final = Plan()


class Dead(Exception):
    """A worker ended before it was ready."""


class Forked:
    """A process with the face that `asyncio.subprocess` gives one."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process
        self.pid = process.pid or 0

    @property
    def returncode(self) -> int | None:
        """The exit code; negative for a signal, None while it runs."""
        return self._process.exitcode

    def kill(self) -> None:
        """Send SIGKILL, and return when it is dead."""
        self._process.kill()
        self._process.join(DEAD_WITHIN_S)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._process.terminate()

    async def wait(self) -> int:
        """Return the exit code, once there is one."""
        await asyncio.to_thread(self._process.join)
        return self._process.exitcode or 0


class Worker(workers.Process):
    """One worker of a run."""

    def __init__(self, name: str, process: Forked, port: int, folder: Path) -> None:
        super().__init__(process, port, folder / "log")  # type: ignore[arg-type] # it has the same face
        self.name = name
        self.folder = folder
        self.process = process
        self.heard: dict[str, bytes] = {}
        """The last answers of its listener."""

    @property
    def is_alive(self) -> bool:
        """Whether the process runs; one that is stopped does."""
        return self.process.returncode is None

    async def ask(self) -> None:
        """Keep what it says of itself now."""
        for path in (METRICS_PATH, STATUS_PATH):
            self.heard[path] = await self.get(path)

    def signal(self, sign: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.pid, sign)

    def swap(self, file: ScorerFile) -> None:
        """Replace its live file, through a rename as the kubelet does."""
        fresh = self.folder / "fresh"
        fresh.write_bytes(file.encode())
        fresh.rename(self.folder / SCORER_FILE)

    def tally(self) -> Tally:
        """Return its counts: those of its last words, else of its last metrics, else none."""
        heard = self._heard()
        last = [line for line in self.said() if line.get("event") == "stopped"]
        if not last:
            return heard
        scored, rejected = last[-1]["scored"], last[-1]["rejected"]
        consumed = heard.consumed if heard.consumed else scored + rejected
        return heard._replace(consumed=consumed, scored=scored, rejected=rejected, is_final=True)

    def _heard(self) -> Tally:
        lines = [line.rpartition(" ") for line in self.heard.get(METRICS_PATH, b"").decode().splitlines()]
        counts = {name: int(float(value)) for name, _, value in lines if name.startswith("scorer_")}
        records = {outcome: counts.get(f'scorer_records_total{{outcome="{outcome}"}}', 0) for outcome in OUTCOMES}
        return Tally(
            worker=self.name,
            consumed=counts.get("scorer_records_consumed_total", 0),
            in_flight=counts.get("scorer_in_flight_records", 0),
            abandoned=counts.get("scorer_records_abandoned_total", 0),
            **records,
        )

    def sample(self) -> Sample | None:
        """Return what it uses now; None once it is gone."""
        try:
            resident = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * PAGE
            descriptors = len(list(Path(f"/proc/{self.pid}/fd").iterdir()))
            threads = len(list(Path(f"/proc/{self.pid}/task").iterdir()))
        except (OSError, IndexError):
            return None
        return Sample(self.name, resident, descriptors, threads)


OUTCOMES: Final = ("scored", "rejected", "absorbed")


async def started(  # noqa: PLR0913, RUF100 - one place starts workers
    name: str, startup: Startup, folder: Path, file: ScorerFile, plan: Plan = SOUND, secrets: str = ""
) -> Worker:
    """Start a worker with files of its own in `folder`; return once its listener answers, or it died as planned.

    Raises:
        Dead: It ended before without a plan; the text is the end of its log.
    """
    own = folder / name
    own.mkdir(parents=True)
    (own / STARTUP_FILE).write_bytes(startup.encode())
    (own / SCORER_FILE).write_bytes(file.encode())
    log = own / "log"
    log.touch()
    files = {ENV_STARTUP_DIRECTORY: str(own), ENV_LIVE_DIRECTORY: str(own), ENV_POD_NAME: name}
    files |= {ENV_SECRETS_DIRECTORY: secrets} if secrets else {}
    process = _server().Process(target=subject.main, args=(files, str(log), plan), daemon=True)
    await asyncio.to_thread(process.start)
    forked = Forked(process)
    port = await _port(forked, log, may_die=plan.crash is not None)
    return Worker(name, forked, port, own)


def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    os.environ["PYTHONPATH"] = os.pathsep.join(["tests", ".", os.environ.get("PYTHONPATH", "")])
    context.set_forkserver_preload(["faults.subject", "scoring_service.http.listener"])
    return context


async def _port(process: Forked, log: Path, *, may_die: bool) -> int:
    async with asyncio.timeout(READY_WITHIN_S):
        while True:
            said: Sequence[bytes] = log.read_bytes().splitlines()
            for line in said:
                if LISTENING_EVENT.encode() in line and line.endswith(b"}"):
                    return int(workers.json.loads(line)["port"])
            if process.returncode is not None:
                if may_die:
                    return 0
                raise Dead(f"code {process.returncode}: {log.read_text()[-1500:]}")
            await asyncio.sleep(0.02)
