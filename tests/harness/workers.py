"""Worker processes on a real Kafka, as a pod would run them: `python -m scoring_service` with two mounted files."""

import asyncio
import json
import os
import shutil
import sys
import urllib.request
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import ConsumerRecord

from harness import topics
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
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile
from scoring_service.contract.startup import Startup, StartupDelivery, StartupInput, StartupOutput
from scoring_service.contract.worker_status import WorkerStatus

TICK_S = 0.05
SCORER = shutil.which("scorer", path=str(Path(sys.executable).parent)) or "scorer"
"""The command line, as a person has it."""
SECRETS = "secrets"
"""Name of the folder of Secrets, which all workers of a test share."""
AS_OF_MS = 1_704_499_200_000


def block(liquidity: float = 0.6, trading: float = 0.4) -> ScorerBlock:
    weights = {"liquidityProvision": liquidity, "trading": trading}
    return ScorerBlock(member="walletReputation", parameters={"variant": "zeru-v1", "weights": weights})


def a_startup(bootstrap: str, name: str, **delivery: Any) -> Startup:
    """Return the start-up file of a pipeline whose topics and group are named after it."""
    return Startup(
        namespace="test",
        pipeline=name,
        bootstrap_servers=(bootstrap,),
        input=StartupInput(topic=name, group=name),
        output=StartupOutput(success_topic=f"{name}-success", failure_topic=f"{name}-failure"),
        delivery=StartupDelivery(**{"session_timeout_ms": 6_000, **delivery}),
        ops_host="127.0.0.1",
        ops_port=0,
    )


async def a_pipeline(bootstrap: str, partitions: int = 6, **delivery: Any) -> Startup:
    """Create the topics of a pipeline and return its start-up file."""
    startup = a_startup(bootstrap, topics.unique("worker"), **delivery)
    outputs = startup.output
    names = (startup.input.topic, outputs.success_topic, outputs.failure_topic)
    await topics.create(bootstrap, *names, partitions=partitions)
    return startup


class Process:
    """One worker process."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, log: Path) -> None:
        self._process = process
        self._port = port
        self._log = log

    async def get(self, path: str) -> bytes:
        """Return the body of an answer of the ops listener."""

        def ask() -> bytes:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=5) as answer:
                body: bytes = answer.read()
                return body

        return await asyncio.to_thread(ask)

    async def status(self) -> WorkerStatus:
        return WorkerStatus.decode(await self.get(STATUS_PATH))

    async def metrics(self) -> dict[str, float]:
        """Return every sample by its name with labels."""
        lines = (await self.get(METRICS_PATH)).decode().splitlines()
        samples = [line.rpartition(" ") for line in lines if not line.startswith("#")]
        return {name: float(value) for name, _, value in samples}

    async def until(self, condition: Callable[[WorkerStatus], bool], within_s: float = 30) -> WorkerStatus:
        """Return the first status that meets `condition`.

        Raises:
            TimeoutError: None did; the text is the last status.
        """
        status = await self.status()
        try:
            async with asyncio.timeout(within_s):
                while not condition(status):
                    await asyncio.sleep(TICK_S)
                    status = await self.status()
        except TimeoutError:
            raise TimeoutError(f"after {within_s} s still {status}") from None
        return status

    def kill(self) -> None:
        """Send SIGKILL."""
        self._process.kill()

    async def terminate(self, within_s: float = 20) -> int:
        """Send SIGTERM and return the exit code."""
        self._process.terminate()
        async with asyncio.timeout(within_s):
            return await self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def output(self) -> str:
        """Return what it has written so far, logs and all."""
        return self._log.read_text()

    def said(self) -> list[dict[str, Any]]:
        """Return what it has logged so far."""
        return [json.loads(line) for line in self._log.read_bytes().splitlines() if line.startswith(b"{")]


@asynccontextmanager
async def running(
    startup: Startup, folder: Path, pod: str = "a", scorer: ScorerBlock | None = None
) -> AsyncIterator[Process]:
    """Run a worker process with files of its own in `folder`; it is killed if it still runs at the end."""
    own = folder / pod
    own.mkdir()
    (own / STARTUP_FILE).write_bytes(startup.encode())
    (own / SCORER_FILE).write_bytes(ScorerFile(serving=scorer or block()).encode())
    files = {
        ENV_STARTUP_DIRECTORY: str(own),
        ENV_LIVE_DIRECTORY: str(own),
        ENV_SECRETS_DIRECTORY: str(folder / SECRETS),
        ENV_POD_NAME: pod,
    }
    log = own / "log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "scoring_service", env={**os.environ, **files}, stdout=out, stderr=out
        )
        try:
            yield Process(process, await _port(process, log), log)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _port(process: asyncio.subprocess.Process, log: Path) -> int:
    async with asyncio.timeout(20):
        while True:
            for line in log.read_bytes().splitlines():
                if LISTENING_EVENT.encode() in line:
                    port: int = json.loads(line)["port"]
                    return port
            if process.returncode is not None:
                raise RuntimeError(f"the worker ended by itself: {log.read_text()[-2000:]}")
            await asyncio.sleep(TICK_S)


def propose(folder: Path, pod: str, proposed: ScorerBlock) -> None:
    """Write the live file of a worker anew, through a rename as the kubelet swaps it."""
    path = folder / pod / SCORER_FILE
    fresh = path.with_suffix(".new")
    fresh.write_bytes(ScorerFile(serving=block(), proposed=proposed).encode())
    fresh.rename(path)


def real_wallets(scoring_data: Path) -> list[topics.Record]:
    """Return the 931 wallets of a day on Uniswap, keyed by their address, at the moment they were recorded for."""
    lines = (scoring_data / "dex_wallet_messages.jsonl").read_bytes().splitlines()
    return [
        topics.Record(line, msgspec.json.decode(line)["wallet_address"].encode(), timestamp_ms=AS_OF_MS)
        for line in lines
    ]


def source(record: ConsumerRecord) -> str:
    """Return the `scoring-source` of an output."""
    return _header(record, "scoring-source")


def revision(record: ConsumerRecord) -> str:
    """Return the `scoring-revision` of an output."""
    return _header(record, "scoring-revision")


def _header(record: ConsumerRecord, name: str) -> str:
    value: bytes = dict(record.headers)[name]
    return value.decode()


def sources(places: Sequence[topics.Place], topic: str) -> list[str]:
    """Return the coordinates of written records as `scoring-source` spells them."""
    return [f"{topic}/{place.partition}/{place.offset}" for place in places]
