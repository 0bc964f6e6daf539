"""Contestants as processes: each drains the same topic into topics of its own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from scoring_service.contract.names import (
    ENV_LIVE_DIRECTORY,
    ENV_POD_NAME,
    ENV_STARTUP_DIRECTORY,
    SCORER_FILE,
    STARTUP_FILE,
)
from scoring_service.contract.scorer_file import CandidateBlock, ScorerBlock, ScorerFile
from scoring_service.contract.startup import Startup, StartupApi, StartupDelivery, StartupInput, StartupOutput

ROOT = Path(__file__).parents[1]
_PATHS = {"PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("service", "tests", "."))}
ENV_GUARANTEE = "BENCH_GUARANTEE"
"""What a peer promises, in the words of the start-up file."""

_SHOWN = 160
"""Characters of a log's last line that a table repeats."""

MALLOC = {"MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "268435456"}
"""What the service image sets: without it glibc maps and unmaps every fetch buffer afresh."""

BLOCK = ScorerBlock(
    member="walletReputation",
    parameters={
        "variant": "zeru-v1",
        "weights": {"liquidityProvision": 0.6, "trading": 0.4},
        "categories": "split",
        "strict": False,
        "zscoreDecimals": 18,
    },
)


@dataclass(frozen=True)
class Contestant:
    """One way to score a topic, as a program that reads its start-up file from stdin."""

    name: str
    module: str
    """What `python -m` runs."""
    python: str = sys.executable
    """The interpreter of the environment that the program lives in."""
    guarantee: str = "AtLeastOnce"
    candidate: CandidateBlock | None = None
    """What it has beside the serving revision, if it is this project's worker."""

    @property
    def is_ours(self) -> bool:
        """Whether it is this project's worker."""
        return self.module == "scoring_service"

    @property
    def is_transactional(self) -> bool:
        """Whether its output topics hold transaction markers besides records."""
        return self.guarantee == "ExactlyOnce"

    def delivery(self, session_timeout_ms: int = 20_000) -> StartupDelivery:
        """Return its promise and clocks for the start-up file; a peer has its promise from the environment."""
        guarantee = self.guarantee if self.is_ours else "AtLeastOnce"
        return StartupDelivery(guarantee=guarantee, session_timeout_ms=session_timeout_ms)


SCORER = Contestant("scorer", "scoring_service")
NAIVE = Contestant("naive", "benchmarks.naive")


def startup(
    bootstrap: str, topic: str, name: str, delivery: StartupDelivery | None = None, api: StartupApi | None = None
) -> Startup:
    """Return the start-up file of a contestant: its own group and output topics, the shared input."""
    return Startup(
        namespace="bench",
        pipeline=name,
        bootstrap_servers=(bootstrap,),
        input=StartupInput(topic=topic, group=name),
        output=StartupOutput(success_topic=f"{name}-success", failure_topic=f"{name}-failure"),
        delivery=delivery or StartupDelivery(),
        api=api,
        ops_host="127.0.0.1",
        ops_port=0,
    )


class Failed(RuntimeError):
    """A contestant ended by itself, or did not do what was waited for; the text is one line for a table."""

    def __init__(self, name: str, what: str, log: str) -> None:
        said = [line.strip() for line in log.splitlines() if line.strip()]
        super().__init__(f"{name} {what}: {said[-1][:_SHOWN] if said else 'it said nothing'}")
        self.log = log


@contextmanager
def running(
    contestant: Contestant, configuration: Startup, extra: dict[str, str] | None = None, *, may_end: bool = False
) -> Iterator[int]:
    """Run a contestant and yield its process id; it is killed at the end.

    Args:
        contestant: What to run.
        configuration: Its start-up file.
        extra: Environment variables that it gets besides.
        may_end: Whether somebody is going to end it within the block.

    Raises:
        Failed: It was gone before the end of the block, or the block's wait for it timed out.
    """
    with tempfile.TemporaryDirectory() as folder, Path(folder, "log").open("wb") as log:
        process = _start(contestant, configuration, Path(folder), log, extra or {})

        def said() -> str:
            return Path(folder, "log").read_text(errors="replace")

        try:
            yield process.pid
            if process.poll() is not None and not may_end:
                raise Failed(contestant.name, f"ended with {process.returncode}", said())
        except TimeoutError as error:
            what = "did not answer in time" if process.poll() is None else f"ended with {process.returncode}"
            raise Failed(contestant.name, what, said()) from error
        finally:
            process.kill()
            process.wait()


def _start(
    contestant: Contestant, configuration: Startup, folder: Path, log: BinaryIO, extra: dict[str, str]
) -> subprocess.Popen[bytes]:
    (folder / STARTUP_FILE).write_bytes(configuration.encode())
    (folder / SCORER_FILE).write_bytes(ScorerFile(serving=BLOCK, candidate=contestant.candidate).encode())
    directories = {ENV_STARTUP_DIRECTORY: str(folder), ENV_LIVE_DIRECTORY: str(folder)}
    process = subprocess.Popen(
        [contestant.python, "-m", contestant.module],
        cwd=folder,
        env={
            **os.environ,
            **_PATHS,
            **MALLOC,
            **directories,
            ENV_POD_NAME: configuration.pipeline,
            ENV_GUARANTEE: contestant.guarantee,
            **extra,
        },
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    assert process.stdin is not None  # noqa: S101 - tells mypy what PIPE means
    process.stdin.write(configuration.encode())
    process.stdin.close()
    return process
