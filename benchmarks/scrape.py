"""`python -m benchmarks.scrape [MS ...]`: how long the worst scrape takes, and how long it keeps the event loop.

A worker's listener in a process of its own shows every series that there is at 50 partitions: alone, and beside a
thread that scores without a pause, as at a backlog; at the worker's switch interval, or at each of those given in
milliseconds, in turns. Quiet machine, please: the figures are wall-clock times. Each line ends with what is judged.
"""

import asyncio
import gc
import http.client
import multiprocessing as mp
import os
import sys
import threading
import time
from multiprocessing.connection import Connection
from statistics import quantiles

from benchmarks.records import wallets
from benchmarks.workers import BLOCK
from harness.scrapes import at_its_worst, series
from scoring_service import switching
from scoring_service.codec import BatchScorer, Signature
from scoring_service.contract.names import METRICS_PATH
from scoring_service.contract.worker_status import WorkerStatus
from scoring_service.health import Verdict
from scoring_service.http.listener import listening
from scoring_service.metrics import Metrics
from scoring_service.metrics.by_partition import MAX_PARTITIONS
from scoring_service.scorers.registry import build
from scoring_service.stream.memory import StoredRecord

SCRAPES = 500
EVERY_S = 0.02
TICK_S = 0.001
BATCH = 500
AIM_P99_S = 0.02
"""Of a scrape with every series there is, idle or not."""


class Worst:
    """What the listener reads of a worker to which everything has happened."""

    metrics: Metrics = at_its_worst(MAX_PARTITIONS).metrics

    def status(self) -> WorkerStatus:
        """Return what `/status` says."""
        return WorkerStatus("1.2.3", "bench/worst", serving="aaaaaaaaaaaa")

    def liveness(self) -> Verdict:
        """Judge nothing."""
        return Verdict(is_well=True, reason="")

    readiness = liveness


def serve(to: Connection, usual_s: float, *, is_busy: bool) -> None:
    """Serve until told to end; then send how late a timer of the event loop was, in seconds."""
    gc.freeze()  # as the worker does
    switching.USUAL_S = usual_s
    switching.settle()
    if is_busy:
        threading.Thread(target=_score_for_ever, daemon=True).start()
    to.send(asyncio.run(_serve(to)))


async def _serve(to: Connection) -> list[float]:
    late: list[float] = []
    async with listening(Worst(), "127.0.0.1", 0) as port:
        to.send(port)
        while not to.poll():
            due = time.perf_counter() + TICK_S
            await asyncio.sleep(TICK_S)
            late.append(time.perf_counter() - due)
    return late


def _score_for_ever() -> None:
    scorer = build(BLOCK)
    batches = BatchScorer(scorer, Signature("bench/worst", "aaaaaaaaaaaa", "1.2.3"))
    records = [StoredRecord(n, 0, 0, key, value, ()) for n, (key, value) in enumerate(wallets(10)[:BATCH])]
    while True:
        batches.score_batch(records, "in", 0, scorer.start())


def measure(usual_s: float, *, is_busy: bool, scrapes: int) -> tuple[list[float], list[float], bytes]:
    """Return the seconds of each scrape, the lateness of the loop's timer, and the last body.

    Args:
        usual_s: The switch interval beside a scrape, in seconds.
        is_busy: Whether a thread scores meanwhile.
        scrapes: How many, after one that is left out: it opens the connection.
    """
    context = mp.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there, usual_s), kwargs={"is_busy": is_busy})
    process.start()
    took, body = [], b""
    connection = http.client.HTTPConnection("127.0.0.1", here.recv(), timeout=30)
    for _ in range(scrapes + 1):
        began = time.perf_counter()
        connection.request("GET", METRICS_PATH)
        body = connection.getresponse().read()
        took.append(time.perf_counter() - began)
        time.sleep(EVERY_S)
    here.send("end")
    late = here.recv()
    process.join()
    return took[1:], late, body


def main(intervals_ms: list[str]) -> None:
    """Print one line for each interval and case."""
    for usual_s in [float(given) / 1000 for given in intervals_ms] or [switching.USUAL_S]:
        for name, is_busy in (("idle", False), ("scoring", True)):
            took, late, body = measure(usual_s, is_busy=is_busy, scrapes=SCRAPES)
            is_reached = quantiles(took, n=100)[98] < AIM_P99_S
            print(
                f"{1000 * usual_s:g} ms, {name}: {series(body.decode())} series, {len(body) / 1024:.0f} KiB, "
                f"scrape p50 / p99 {_spread(took)} ms, event loop late p50 / p99 {_spread(late)} ms, "
                f"load {os.getloadavg()[0]:.1f}; p99 < {1000 * AIM_P99_S:g} ms: {'yes' if is_reached else 'no'}"
            )


def _spread(seconds: list[float]) -> str:
    cuts = quantiles(seconds, n=100)
    return f"{1000 * cuts[49]:.1f} / {1000 * cuts[98]:.1f}"


if __name__ == "__main__":
    main(sys.argv[1:])
