"""What requests cost the stream on a real backlog: windows with and without them, neighbours in one worker's run.

Pairs of windows change their order from one to the next, so that a machine that grows busier or idler favours neither;
what is compared is each window with its neighbour.
"""

import asyncio
import multiprocessing as mp
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import NamedTuple
from uuid import uuid4

from benchmarks import topics
from benchmarks.asking import API, TRANSACTIONS, Asked, asking, mounted
from benchmarks.records import wallets
from benchmarks.windows import Window, measured, until
from benchmarks.workers import startup
from scoring_service import app, switching

COUNT = 700_000
"""Records that outlast a run."""
RUNS = 6
PAIRS = 2
"""Of each run."""
WARM_UP = 20_000
"""Records of a run that come before its first window."""
WINDOW_S = 5.0
"""Longer than a request: reading, scoring and answering all have their part in it."""
_FOR_CLIENT_S = 0.2
"""Until the first request is in hand."""


class Pair(NamedTuple):
    """Two neighbouring windows."""

    alone: Window
    beside: Window


def measure(bootstrap: str, seen: Asked) -> list[Pair]:
    """Return the pairs of all runs over one topic, each by a worker in a process of its own.

    Raises:
        RuntimeError: A run has drained all records before its last window ended.
    """
    topic = f"bench-requests-{uuid4().hex[:8]}"
    asyncio.run(_fill(bootstrap, topic))
    try:
        return [pair for _ in range(RUNS) for pair in _run(bootstrap, topic, seen)]
    finally:
        asyncio.run(topics.delete(bootstrap, [topic]))


async def _fill(bootstrap: str, topic: str) -> None:
    await topics.create(bootstrap, [topic])
    await topics.fill(bootstrap, topic, wallets(TRANSACTIONS), COUNT)


def _run(bootstrap: str, topic: str, seen: Asked) -> list[Pair]:
    name = f"{topic}-{uuid4().hex[:4]}"
    outputs = [f"{name}-success", f"{name}-failure"]
    asyncio.run(topics.create(bootstrap, outputs))
    try:
        with _worker(bootstrap, topic, name) as here:
            port = here.recv()
            return [_pair(here, port, seen, quiet_first=number % 2 == 0) for number in range(PAIRS)]
    finally:
        asyncio.run(topics.delete(bootstrap, outputs))


@contextmanager
def _worker(bootstrap: str, topic: str, name: str) -> Iterator[Connection]:
    context = mp.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there, bootstrap, topic, name))
    process.start()
    there.close()  # so that the end of the process is the end of what it says
    try:
        yield here
    finally:
        with suppress(BrokenPipeError):
            here.send(None)
        process.join()


def _pair(here: Connection, port: int, seen: Asked, *, quiet_first: bool) -> Pair:
    found = {}
    for is_asked in (False, True) if quiet_first else (True, False):
        with asking(port, seen) if is_asked else nullcontext():
            here.send(_FOR_CLIENT_S)
            found[is_asked], delivered = here.recv()
        if delivered >= COUNT:
            raise RuntimeError(f"all {COUNT} records were drained within a window: fill more")
    return Pair(found[False], found[True])


def serve(to: Connection, bootstrap: str, topic: str, name: str) -> None:
    """Run a worker: send its port once it is warm; then, for each pause in seconds that comes, a window after it.

    With a window goes what has been delivered by then. None ends the worker.
    """
    switching.settle()
    asyncio.run(_serve(to, bootstrap, topic, name))


async def _serve(to: Connection, bootstrap: str, topic: str, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        configuration = startup(bootstrap, topic, name, api=API)
        async with app.started(configuration, mounted(Path(folder)), "bench") as worker:
            await until(worker, WARM_UP)
            to.send(worker.api_port)
            while (pause_s := await asyncio.to_thread(to.recv)) is not None:
                await asyncio.sleep(pause_s)
                window = await measured(worker, asyncio.sleep(WINDOW_S))
                to.send((window, worker.metrics.delivered))


def table(pairs: Sequence[Pair]) -> str:
    """Return what the stream got alone and beside requests, and of each what the one is of the other."""
    rows = ["| of the stream | alone | beside requests | ratio of neighbours |", "|---|---|---|---|"]
    for name, member, form in (
        ("records per second", "per_wall_s", "{:,.0f}"),
        ("records per CPU-second of the worker", "per_cpu_s", "{:,.0f}"),
        ("share of CPU time that scores it", "scoring_share", "{:.1%}"),
    ):
        alone, beside = ([getattr(window, member) for window in side] for side in zip(*pairs, strict=True))
        ratios = [two / one for one, two in zip(alone, beside, strict=True)]
        cells = (_spread(alone, form), _spread(beside, form), _spread(ratios, "{:.3f}"))
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _spread(values: Sequence[float], form: str) -> str:
    """Return the middle one, the lowest and the highest."""
    return f"{form.format(median(values))} ({form.format(min(values))}–{form.format(max(values))})"
