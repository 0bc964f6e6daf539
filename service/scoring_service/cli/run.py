"""`scorer run`: a worker on this machine, on the Kafka that the pipeline names."""

import asyncio
import signal
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from time import monotonic
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.live import Live

from scoring_service import logs
from scoring_service.cli import answer
from scoring_service.cli.manifest import pipeline_of
from scoring_service.cli.trial import on_trial
from scoring_service.contract.names import SCORER_FILE, SECRETS_DIRECTORY
from scoring_service.contract.scorer_file import ScorerFile
from scoring_service.contract.startup import Startup
from scoring_service.contract.worker_status import WorkerStatus
from scoring_service.golden import first_miss
from scoring_service.worker.worker import Worker

REFRESH_S = 0.5
IDLE_S = 3.0
"""Without a record for so long, and without lag, a run is idle: longer than lag takes to be noticed."""


def run(
    pipeline: Annotated[Path, typer.Argument(metavar="PIPELINE.yaml", help="Manifest of a ScoringPipeline.")],
    ops_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1 of probes, metrics and status; 0 takes a free one.")
    ] = 0,
    api_port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Port on 127.0.0.1 of scoring by request, if the pipeline asks for it."),
    ] = 0,
    secrets: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the Secrets that the pipeline names: DIR/NAME/KEY.")
    ] = Path(SECRETS_DIRECTORY),
    *,
    exit_when_idle: Annotated[
        bool, typer.Option("--exit-when-idle", help="End when everything is scored and nothing comes for 3 s.")
    ] = False,
) -> None:
    """Run one worker against Kafka until Ctrl-C; it finishes what is in flight, commits and leaves the group.

    It does not begin, and ends with exit code 1, if the scorer misses a golden case of the manifest.
    """
    loaded = pipeline_of(pipeline)
    if (miss := first_miss(*on_trial(loaded), loaded.spec.golden_cases)) is not None:
        typer.echo(f"scorer: {miss}", err=True)
        raise typer.Exit(answer.EXIT_FAILED)
    logs.configure(sys.stderr)
    said = loaded.startup("")
    api = said.api and msgspec.structs.replace(said.api, host="127.0.0.1", port=api_port)
    startup = msgspec.structs.replace(said, ops_host="127.0.0.1", ops_port=ops_port, api=api)
    with tempfile.TemporaryDirectory(prefix="scorer-run-") as live:
        Path(live, SCORER_FILE).write_bytes(ScorerFile(proposed=loaded.block, candidate=loaded.candidate).encode())
        asyncio.run(_run(startup, Path(live), secrets, exit_when_idle=exit_when_idle))


async def _run(startup: Startup, live: Path, secrets: Path, *, exit_when_idle: bool) -> None:
    from scoring_service import app  # only here: it takes a second to load, and a Tab waits for what `scorer` loads

    async with app.started(startup, app.Mounts(live, secrets), "scorer-run") as worker:
        for signalled in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(signalled, worker.stop)
        await _watch(worker, exit_when_idle=exit_when_idle)


async def _watch(worker: Worker, *, exit_when_idle: bool) -> None:
    """Show the worker's state where a person watches; return when it is told to stop, or is idle."""
    busy_at, delivered = monotonic(), -1
    watched = sys.stderr.isatty()
    console = Console(stderr=True)
    with Live(console=console, auto_refresh=False) if watched else nullcontext() as screen:
        while not worker.stopping.is_set():
            status = worker.status()
            if screen is not None:
                screen.update(line(status), refresh=True)
            if worker.metrics.delivered != delivered or _lag(status) != 0:
                busy_at, delivered = monotonic(), worker.metrics.delivered
            if exit_when_idle and monotonic() - busy_at >= IDLE_S:
                return
            await _pause(worker)


async def _pause(worker: Worker) -> None:
    try:
        async with asyncio.timeout(REFRESH_S):
            await worker.stopping.wait()
    except TimeoutError:
        return


def line(status: WorkerStatus) -> str:
    """Return the state of a worker in one line for people."""
    lag = _lag(status)
    parts = [
        f"{status.records_per_second:,.0f} records/s",
        "lag unknown" if lag is None else f"lag {lag:,}",
        f"{status.scored_total:,} scored",
        f"{status.rejected_total:,} failures",
        *(f"{reason} {count:,}" for reason, count in sorted(status.rejected_by_reason.items())),
    ]
    return " · ".join([*parts, *filter(None, [status.last_error])])


def _lag(status: WorkerStatus) -> int | None:
    """Return the records not yet delivered on all lanes; None while any is unknown, or there is no lane yet."""
    lags = [lane.lag for lane in status.lanes]
    return None if not lags or None in lags else sum(lag for lag in lags if lag is not None)
