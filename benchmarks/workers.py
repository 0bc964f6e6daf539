"""The contestants: each a process of its own that drains the same topic into topics of its own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from scoring_service.contract.names import (
    ENV_LIVE_DIRECTORY,
    ENV_POD_NAME,
    ENV_STARTUP_DIRECTORY,
    SCORER_FILE,
    STARTUP_FILE,
)
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile
from scoring_service.contract.startup import Startup, StartupInput, StartupOutput

Contestant = Literal["scorer", "naive"]

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


def startup(bootstrap: str, topic: str, name: str) -> Startup:
    """Return the start-up file of a contestant: its own group and output topics, the shared input."""
    return Startup(
        namespace="bench",
        pipeline=name,
        bootstrap_servers=(bootstrap,),
        input=StartupInput(topic=topic, group=name),
        output=StartupOutput(success_topic=f"{name}-success", failure_topic=f"{name}-failure"),
        ops_host="127.0.0.1",
        ops_port=0,
    )


@contextmanager
def running(contestant: Contestant, configuration: Startup) -> Iterator[int]:
    """Run a contestant and yield its process id; it is killed at the end."""
    with tempfile.TemporaryDirectory() as folder, Path(folder, "log").open("wb") as log:
        Path(folder, STARTUP_FILE).write_bytes(configuration.encode())
        Path(folder, SCORER_FILE).write_bytes(ScorerFile(serving=BLOCK).encode())
        files = {ENV_STARTUP_DIRECTORY: folder, ENV_LIVE_DIRECTORY: folder, ENV_POD_NAME: configuration.pipeline}
        module = "scoring_service" if contestant == "scorer" else "benchmarks.naive"
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            env={**os.environ, **MALLOC, **files},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        assert process.stdin is not None  # noqa: S101 - tells mypy what PIPE means
        process.stdin.write(configuration.encode())
        process.stdin.close()
        try:
            yield process.pid
            if process.poll() is not None:
                raise RuntimeError(f"{contestant} ended by itself: {Path(folder, 'log').read_text()[-2000:]}")
        finally:
            process.kill()
            process.wait()
