"""`python -m benchmarks.peers.soak`: one worker's memory while idle, and over ten minutes at a steady load."""

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Sequence
from statistics import linear_regression, median
from typing import Annotated, NamedTuple
from uuid import uuid4

import typer
from rich.console import Console
from rich.progress import Progress

from benchmarks import report
from benchmarks.peers.__main__ import PAGE, PORT
from benchmarks.peers.contestants import ENTRIES, Entry
from benchmarks.peers.environments import Unavailable
from benchmarks.peers.flow import Flow
from benchmarks.peers.run import RATE, USUAL_SIZE
from benchmarks.peers.tables import table
from benchmarks.process import machine, usage
from benchmarks.records import wallets
from benchmarks.workers import Contestant, running, startup
from harness import kafka

_WORKERS = ("scorer", "scorer-exactly")
_SETTLED_S = 20.0
"""Before the idle worker is looked at; it has the group's partitions after two."""
_WARM_UP_S = 60.0
_EVERY_S = 5.0
_LATE_S = 10.0
_FLAT_MB = 3.0
"""Over the whole time, by the regression line: less is flat."""
_EDGE = 6
"""Samples at the start, and at the end, whose median stands for it."""


class Soaked(NamedTuple):
    """One worker's time under load."""

    idle_mb: float
    samples: Sequence[tuple[float, float]]
    """Seconds since the first, and the resident set in MiB."""
    cores: float
    unanswered: int


def main(
    minutes: Annotated[float, typer.Option(min=0.2, help="Of steady load.")] = 10.0,
    write: Annotated[bool, typer.Option(help="Write the table into docs/performance.md.")] = True,
) -> None:
    """Measure the memory of one worker in each guarantee that it knows."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # of topics that are new or gone
    rows = []
    with Progress(console=Console(stderr=True)) as progress, kafka.obtain("bench-peers", PORT) as broker:
        for entry in (entry for entry in ENTRIES if entry.name in _WORKERS):
            try:
                worker = entry.ready()
            except Unavailable as error:
                progress.console.print(f"{entry.name}: {error}")
                continue
            soaked = asyncio.run(soak(broker.bootstrap, worker, minutes * 60, progress))
            rows.append(_row(entry, soaked))
    head = ("worker", "idle RSS", "at the start", "at the end", "slope, MiB per 10 min", "flat", "cores", "unanswered")
    today = dt.datetime.now(dt.UTC).date().isoformat()
    text = f"Measured on {today}: {machine()}; {minutes:g} minutes at {RATE:,}/s.\n\n{table(head, rows)}"
    print(text)
    if write:
        report.splice(PAGE, text, "soak")


async def soak(bootstrap: str, worker: Contestant, seconds: float, progress: Progress) -> Soaked:
    """Run a worker idle, then at a steady load, and sample its resident set."""
    bar = progress.add_task(worker.name, total=_SETTLED_S + _WARM_UP_S + seconds)
    topic = f"bench-soak-{uuid4().hex[:8]}"
    configuration = startup(bootstrap, topic, f"{topic}-{worker.name}", worker.delivery())
    outputs = {worker.name: [configuration.output.success_topic, configuration.output.failure_topic]}

    async def wait(for_s: float) -> None:
        await asyncio.sleep(for_s)
        progress.advance(bar, for_s)

    async with Flow(bootstrap, topic, wallets(USUAL_SIZE), outputs) as flow:
        with running(worker, configuration) as pid:
            await wait(_SETTLED_S)
            idle_mb = usage(pid).rss_mb
            flow.rate = RATE
            await wait(_WARM_UP_S)
            began, cpu_s = time.perf_counter(), usage(pid).cpu_s
            samples = [(0.0, usage(pid).rss_mb)]
            while samples[-1][0] < seconds:
                await wait(_EVERY_S)
                samples.append((time.perf_counter() - began, usage(pid).rss_mb))
            cores = (usage(pid).cpu_s - cpu_s) / samples[-1][0]
            await flow.drained(_LATE_S)
    return Soaked(idle_mb, samples, cores, len(flow.sent) - len(flow.seen[worker.name]))


def _row(entry: Entry, soaked: Soaked) -> list[str]:
    times, sizes = zip(*soaked.samples, strict=True)
    slope, _ = linear_regression(times, sizes)
    grown = slope * times[-1]
    return [
        entry.title,
        f"{soaked.idle_mb:.0f} MiB",
        f"{median(sizes[:_EDGE]):.0f} MiB",
        f"{median(sizes[-_EDGE:]):.0f} MiB",
        f"{slope * 600:+.1f}",
        "yes" if grown < _FLAT_MB else f"no: {grown:+.1f} MiB",
        f"{soaked.cores:.2f}",
        str(soaked.unanswered),
    ]


if __name__ == "__main__":
    typer.run(main)
