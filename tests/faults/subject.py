"""The worker under test: the real one, in a process that is forked from a warm one, with faults of its own if asked.

Nothing in the product knows of this: what a run needs is put around it, or into it, here.
"""

import asyncio
import os
import resource
import signal
import sys
import tempfile
import time
from dataclasses import dataclass

from faults import bugs, crash_points
from harness import toy
from scoring_service import __main__ as process
from scoring_service import app
from scoring_service.scorers import registry

LOG_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND


@dataclass(frozen=True)
class Plan:
    """What is wrong with a worker process; nothing, unless told."""

    bug: str = ""
    """One of `bugs.BUGS`: patched into the worker's classes."""
    pressure: str = ""
    """One of `bugs.PRESSURES`: a legal hardship that brings the bug out; a sound worker survives it."""
    crash: crash_points.Crash | None = None
    points: str = ""
    """File to write all points to where the process waits; empty: nowhere."""
    blocked_s: float = 0.0
    """How long the event loop stands still at SIGUSR1."""
    memory_bytes: int = 0
    """Of data that the process may have; 0: unlimited."""
    disk: str = ""
    """Folder for temporary files and to work in; empty: the usual ones."""


def main(environment: dict[str, str], log: str, plan: Plan) -> None:
    """Be a worker process with this environment, its output in the file `log`."""
    os.environ.update(environment)
    out = os.open(log, LOG_FLAGS)
    os.dup2(out, 1)
    os.dup2(out, 2)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    registry.SCORERS |= {"toy": toy.Toy, "sums": toy.Sums}  # type: ignore[dict-item] # toys are scorers by shape
    if plan.memory_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (plan.memory_bytes, plan.memory_bytes))
    if plan.disk:
        os.environ["TMPDIR"] = plan.disk
        tempfile.tempdir = None  # or what the warm process found would stay
        os.chdir(plan.disk)
    if plan.pressure:
        bugs.PRESSURES[plan.pressure]()
    if plan.bug:
        bugs.BUGS[plan.bug].apply()
    _around_the_loop(plan)
    sys.exit(process.main())


def _around_the_loop(plan: Plan) -> None:
    """Set up, inside the loop but before the worker, what has to watch or to block it."""
    run = app.run

    async def prepared(*arguments: object, **options: object) -> None:
        loop = asyncio.get_running_loop()
        if plan.crash or plan.points:
            loop.set_task_factory(crash_points.factory(plan.crash, plan.points))
        if plan.blocked_s:
            loop.add_signal_handler(signal.SIGUSR1, time.sleep, plan.blocked_s)
        await asyncio.create_task(run(*arguments, **options))  # type: ignore[arg-type] # handed through

    app.run = prepared  # type: ignore[assignment] # the same, with more around it
