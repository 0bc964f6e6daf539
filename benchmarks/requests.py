"""`python -m benchmarks.requests`: what a loop of 1,000-record requests costs the stream during a backlog.

A worker in a process of its own drains backlogs on the in-process stream, by turns with and without a client in this
process that asks without a pause. Stream and requests share one interpreter, so what counts is which share of the
worker's CPU time the stream's scoring thread gets: what else the machine does slows all threads alike and cancels out.
"""

import asyncio
import http.client
import multiprocessing as mp
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.records import wallets
from benchmarks.workers import BLOCK
from harness import twin
from scoring_service import app, switching
from scoring_service.contract.api_key import hashed
from scoring_service.contract.names import SCORER_FILE
from scoring_service.contract.scorer_file import ScorerFile
from scoring_service.contract.startup import Startup, StartupApi
from scoring_service.stream.memory import MemoryBroker, streams
from scoring_service.worker.worker import Worker

ROUNDS = 7
BACKLOG = 60_000
WARM_UP = 10_000
RECORDS = 1_000
KEY, SECRET, CLIENT = "bench", "score-keys", "bench"
LOOK_EVERY_S = 0.02


class Drained(NamedTuple):
    """One backlog."""

    scoring_share: float
    """Of the worker's CPU time: what its scoring thread got."""
    per_wall_s: float


@dataclass
class Asked:
    """What a client has seen."""

    took_s: list[float] = field(default_factory=list)
    codes: set[int] = field(default_factory=set)


def serve(to: Connection) -> None:
    """Drain a backlog for each message that comes: its port is sent first, its figures at its end."""
    switching.settle()
    while to.recv() == "drain":
        asyncio.run(_drain(to))


async def _drain(to: Connection) -> None:
    broker = twin.a_broker()
    for n, (key, value) in zip(range(BACKLOG), _cycled(), strict=False):
        broker.append(twin.INPUT, n % 3, value, key, timestamp=n)
    with tempfile.TemporaryDirectory() as folder:
        startup, mounts = _mounted(Path(folder))
        async with app.started(startup, mounts, "bench", lambda *_: _streams(broker)) as worker:
            await worker.revisions.until_serving()
            to.send(worker.api_port)
            to.send(await _measured(worker))
            await asyncio.to_thread(to.recv)


async def _measured(worker: Worker) -> Drained:
    await _until(worker, WARM_UP)
    first, began, cpu_s, scoring_s = worker.metrics.delivered, time.perf_counter(), time.process_time(), _scoring_s()
    await _until(worker, BACKLOG)
    count = worker.metrics.delivered - first
    share = (_scoring_s() - scoring_s) / (time.process_time() - cpu_s)
    return Drained(share, count / (time.perf_counter() - began))


def _scoring_s() -> float:
    """Return the CPU time of the stream's scoring thread."""
    (thread,) = [thread for thread in threading.enumerate() if thread.name.startswith("scoring")]
    assert thread.ident is not None  # noqa: S101 - it runs
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))


async def _until(worker: Worker, delivered: int) -> None:
    while worker.metrics.delivered < delivered:
        await asyncio.sleep(LOOK_EVERY_S)


def _streams(broker: MemoryBroker) -> app.Streams:
    return streams(broker, twin.INPUT, twin.GROUP)


def _cycled() -> Iterator[tuple[bytes, bytes]]:
    while True:
        yield from wallets(10)


def _mounted(folder: Path) -> tuple[Startup, app.Mounts]:
    (folder / SCORER_FILE).write_bytes(ScorerFile(serving=BLOCK).encode())
    (folder / SECRET).mkdir()
    (folder / SECRET / CLIENT).write_text(str(hashed(KEY, "salt")))
    api = StartupApi(keys_secret=SECRET, requests_per_second=10_000, burst=10_000, host="127.0.0.1", port=0)
    return twin.a_startup(ops_host="127.0.0.1", ops_port=0, api=api), app.Mounts(folder, folder)


@contextmanager
def asking(port: int, seen: Asked) -> Iterator[None]:
    """Ask for the scores of 1,000 records again and again while the block runs."""
    body = b"[" + b",".join(value for _, value in wallets(10)[:RECORDS]) + b"]"
    over = threading.Event()

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while not over.is_set():
            began = time.perf_counter()
            connection.request("POST", "/score", body, {"X-API-Key": KEY})
            answer = connection.getresponse()
            answer.read()
            seen.codes.add(answer.status)
            seen.took_s.append(time.perf_counter() - began)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def main() -> None:
    """Print the rates of the stream alone and beside requests, and how long these take."""
    context = mp.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there,))
    process.start()
    alone, beside, seen = [], [], Asked()
    for _ in range(ROUNDS):
        alone.append(_round(here, None))
        beside.append(_round(here, seen))
    here.send("end")
    process.join()
    _print("alone", alone)
    _print("beside requests", beside)
    costs = [100 * (1 - asked.scoring_share / quiet.scoring_share) for quiet, asked in zip(alone, beside, strict=True)]
    print(f"cost to the stream, median (lowest–highest): {median(costs):.1f} % ({min(costs):.1f}–{max(costs):.1f})")
    print(f"{len(seen.took_s)} requests of {RECORDS} records, codes {seen.codes}, median {median(seen.took_s):.2f} s")


def _round(here: Connection, seen: Asked | None) -> Drained:
    here.send("drain")
    port = here.recv()
    with nullcontext() if seen is None else asking(port, seen):
        drained: Drained = here.recv()
    here.send("done")
    return drained


def _print(name: str, drained: list[Drained]) -> None:
    share, wall = median(d.scoring_share for d in drained), median(d.per_wall_s for d in drained)
    print(f"{name}: {100 * share:.1f} % of the CPU time score the stream, {wall:,.0f} records per second")


if __name__ == "__main__":
    main()
