"""`python -m benchmarks.requests [--kafka]`: what a loop of 1,000-record requests costs the stream during a backlog.

A worker in a process of its own drains backlogs, by turns with and without a client in this process that asks without a
pause. Without an option on the in-process stream: both share one interpreter, so what counts is which share of the
worker's CPU time the stream's scoring thread gets; what else the machine does slows all threads alike and cancels out.
With `--kafka` on a real broker, where fetching and writing take their part as well: what counts there is how many
records a second are delivered in neighbouring windows of one worker; see requests_on_kafka.py.
"""

import asyncio
import multiprocessing as mp
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from benchmarks import requests_on_kafka
from benchmarks.asking import API, TRANSACTIONS, Asked, asking, mounted
from benchmarks.process import machine
from benchmarks.records import wallets
from benchmarks.windows import Window, measured, until
from harness import kafka, twin
from scoring_service import app, switching
from scoring_service.stream.memory import MemoryBroker, streams
from scoring_service.stream.ports import Streams

ROUNDS = 7
BACKLOG = 60_000
WARM_UP = 10_000


def serve(to: Connection) -> None:
    """Drain a backlog for each message that comes: its port is sent first, its figures at its end."""
    switching.settle()
    while to.recv() == "drain":
        asyncio.run(_drain(to))


async def _drain(to: Connection) -> None:
    broker = twin.a_broker()
    for n, (key, value) in zip(range(BACKLOG), _cycled(), strict=False):
        broker.append(twin.INPUT, n % 3, value, key, timestamp=n)
    startup = twin.a_startup(ops_host="127.0.0.1", ops_port=0, api=API)
    with tempfile.TemporaryDirectory() as folder:
        async with app.started(startup, mounted(Path(folder)), "bench", lambda *_: _streams(broker)) as worker:
            await worker.revisions.until_serving()
            to.send(worker.api_port)
            await until(worker, WARM_UP)
            to.send(await measured(worker, until(worker, BACKLOG)))
            await asyncio.to_thread(to.recv)


def _streams(broker: MemoryBroker) -> Streams:
    return streams(broker, twin.INPUT, twin.GROUP)


def _cycled() -> Iterator[tuple[bytes, bytes]]:
    while True:
        yield from wallets(TRANSACTIONS)


def main(
    on_kafka: Annotated[bool, typer.Option("--kafka", help="Drain a backlog on a real broker instead.")] = False,
) -> None:
    """Print what the stream gets alone and beside requests, and how long these take."""
    seen = Asked()
    if on_kafka:
        with kafka.obtain() as broker:
            print(broker.source, file=sys.stderr)
            pairs = requests_on_kafka.measure(broker.bootstrap, seen)
        print(f"{machine()}; {TRANSACTIONS} transactions a record; {len(pairs)} pairs of windows in turns\n")
        print(requests_on_kafka.table(pairs))
    else:
        alone, beside = _in_turns(seen)
        _print("alone", alone)
        _print("beside requests", beside)
        costs = [
            100 * (1 - asked.scoring_share / quiet.scoring_share) for quiet, asked in zip(alone, beside, strict=True)
        ]
        print(f"cost to the stream, median (lowest–highest): {median(costs):.1f} % ({min(costs):.1f}–{max(costs):.1f})")
    print(seen)


def _in_turns(seen: Asked) -> tuple[list[Window], list[Window]]:
    context = mp.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there,))
    process.start()
    alone, beside = [], []
    for _ in range(ROUNDS):
        alone.append(_round(here, None))
        beside.append(_round(here, seen))
    here.send("end")
    process.join()
    return alone, beside


def _round(here: Connection, seen: Asked | None) -> Window:
    here.send("drain")
    port = here.recv()
    with nullcontext() if seen is None else asking(port, seen):
        drained: Window = here.recv()
    here.send("done")
    return drained


def _print(name: str, drained: Sequence[Window]) -> None:
    share, wall = median(d.scoring_share for d in drained), median(d.per_wall_s for d in drained)
    print(f"{name}: {100 * share:.1f} % of the CPU time score the stream, {wall:,.0f} records per second")


if __name__ == "__main__":
    typer.run(main)
