"""`python -m benchmarks`: both tables on a real broker, contestants interleaved, medians of several runs."""

import asyncio
import datetime as dt
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
from rich.console import Console
from rich.progress import Progress

from benchmarks import backlog, report, steady, topics
from benchmarks.process import machine
from benchmarks.records import wallets
from benchmarks.workers import NAIVE, SCORER
from harness import kafka

_PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
_CONTESTANTS = (SCORER, NAIVE)
_SIZES = {1: 400_000, 10: 200_000, 100: 30_000}
"""Transactions per record, and how many such records make a backlog that outlasts the window."""


def main(
    repetitions: Annotated[int, typer.Option(min=1, help="Runs of every contestant at every size.")] = 3,
    rate: Annotated[int, typer.Option(min=1, help="Records a second of the latency run.")] = 2000,
    write: Annotated[bool, typer.Option(help="Write the tables into docs/performance.md.")] = True,
) -> None:
    """Measure the worker against the naive loop, and its cores and latency at a fixed rate."""
    with kafka.obtain() as broker:
        print(broker.source, file=sys.stderr)
        figures = asyncio.run(measure(broker.bootstrap, repetitions, rate))
    print(figures)
    if write:
        report.splice(_PAGE, figures)


async def measure(bootstrap: str, repetitions: int, rate: int) -> str:
    """Run everything and return the tables as Markdown."""
    runs: dict[str, list[backlog.Drain]] = {}
    labels = []
    with Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task("backlog", total=len(_SIZES) * repetitions * len(_CONTESTANTS))
        for transactions, count in _SIZES.items():
            records = wallets(transactions)
            label = f"{transactions} tx, {sum(len(v) for _, v in records) / len(records) / 1000:.1f} KB"
            labels.append(label)
            topic = f"bench-backlog-{uuid4().hex[:8]}"
            await topics.create(bootstrap, [topic])
            await topics.fill(bootstrap, topic, records, count)
            for _ in range(repetitions):
                for contestant in _CONTESTANTS:
                    drained = await backlog.drain(bootstrap, backlog.Backlog(topic, count), contestant)
                    runs.setdefault(label, []).append(drained)
                    progress.advance(bar)
            await topics.delete(bootstrap, [topic])
        bar = progress.add_task(f"{rate}/s", total=repetitions)
        held = []
        for _ in range(repetitions):
            held.append(await steady.hold(bootstrap, wallets(10), rate))
            progress.advance(bar)
    return "\n\n".join([_setting(repetitions), report.backlog_table(runs, labels), report.steady_table(held)])


def _setting(repetitions: int) -> str:
    today = dt.datetime.now(dt.UTC).date().isoformat()
    return (
        f"Measured on {today}: {machine()}, aiokafka {version('aiokafka')}, broker and worker on the same machine. "
        f"Median (lowest–highest) of {repetitions} runs, contestants taking turns."
    )


if __name__ == "__main__":
    typer.run(main)
