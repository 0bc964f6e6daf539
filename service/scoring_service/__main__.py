"""The worker process: environment → files → `app.run`. Exit 0 after a drain, 1 after a crash, 2 without its files."""

import asyncio
import ctypes
import gc
import os
import sys
from pathlib import Path

import msgspec
import structlog

from scoring_service import app, logs, switching
from scoring_service.contract.names import (
    ENV_LIVE_DIRECTORY,
    ENV_POD_NAME,
    ENV_SECRETS_DIRECTORY,
    ENV_STARTUP_DIRECTORY,
    LIVE_DIRECTORY,
    SECRETS_DIRECTORY,
    STARTUP_DIRECTORY,
    STARTUP_FILE,
    STARTUP_VERSION,
)
from scoring_service.contract.startup import Startup

log = structlog.get_logger("scoring_service")

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Of glibc's mallopt(3)."""


def main() -> int:
    """Run the worker that the environment describes and return the exit code."""
    logs.configure()
    path = Path(os.environ.get(ENV_STARTUP_DIRECTORY, STARTUP_DIRECTORY), STARTUP_FILE)
    try:
        startup = Startup.decode(path.read_bytes())
        if startup.contract_version > STARTUP_VERSION:
            raise msgspec.ValidationError(
                f"contractVersion {startup.contract_version}, at most {STARTUP_VERSION} is read"
            )
    except (OSError, msgspec.DecodeError) as error:
        log.error("cannot start", file=str(path), reason=str(error))  # noqa: TRY400 - the reason says it all
        return 2
    mounts = app.Mounts(
        Path(os.environ.get(ENV_LIVE_DIRECTORY, LIVE_DIRECTORY)),
        Path(os.environ.get(ENV_SECRETS_DIRECTORY, SECRETS_DIRECTORY)),
    )
    _settle()
    try:
        asyncio.run(app.run(startup, mounts, os.environ.get(ENV_POD_NAME, "")))
    except Exception:
        log.exception("crashed")
        return 1
    return 0


def _settle() -> None:
    """Keep fetch buffers on the heap instead of mapping each afresh, what is loaded out of the collector's way."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc only; other C libraries do without
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024)
        mallopt(M_TRIM_THRESHOLD, 256 * 1024 * 1024)
    gc.freeze()
    switching.settle()


if __name__ == "__main__":
    sys.exit(main())
