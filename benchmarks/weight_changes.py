"""`python -m benchmarks.weight_changes`: how long a changed weight takes to be live on every pod, and what it costs.

On the tests' cluster, under load: one pod for each partition, so that the first score of the new revision on every
input partition says that every pod serves it. Time runs from the call of kubectl until a reader has seen them all.
"""

import asyncio
import datetime as dt
import json
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final, NamedTuple

import typer
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from rich.console import Console
from rich.progress import Progress

from benchmarks import report
from benchmarks.process import machine
from benchmarks.records import wallets
from benchmarks.workers import ROOT
from harness import cluster, deployed, kafka, scrapes, topics
from harness.deployed import NAME, Deployed
from scoring_service.contract.names import HEADER_REVISION, HEADER_SOURCE

PAGE: Final = ROOT / "docs" / "performance.md"
PARTITIONS: Final = 6
RATE: Final = 300.0
"""Records per second: each partition has one every 20 ms."""
LIMIT_S: Final = 30.0
TRANSACTIONS: Final = 1
"""Per record."""


class Pods(NamedTuple):
    """What the pods' own metrics say, all together."""

    restarts: Counter[str]
    rebalances: float
    rss_mb: float
    """Of the largest."""


class Scores:
    """What comes out, as a reader of what is committed sees it."""

    def __init__(self) -> None:
        self.sources: Counter[bytes] = Counter()
        self.partitions: dict[str, set[str]] = {}
        """Input partitions with a score of each revision."""
        self.changed = asyncio.Event()

    async def read(self, consumer: AIOKafkaConsumer) -> None:
        """Read for ever."""
        async for score in consumer:
            headers = dict(score.headers)
            self.sources[headers[HEADER_SOURCE]] += 1
            _, partition, _ = headers[HEADER_SOURCE].decode().rsplit("/", 2)
            self.partitions.setdefault(headers[HEADER_REVISION].decode(), set()).add(partition)
            self.changed.set()

    async def everywhere_but(self, before: set[str]) -> str:
        """Return the first revision beyond `before` that has scored on every partition."""
        while True:
            for revision, seen in self.partitions.items():
                if revision not in before and len(seen) == PARTITIONS:
                    return revision
            self.changed.clear()
            await self.changed.wait()


def main(
    changes: Annotated[int, typer.Option(min=1, help="Weights to go through, one after the other.")] = 200,
    write: Annotated[bool, typer.Option(help="Write the table into docs/performance.md.")] = True,
) -> None:
    """Change a weight again and again under load, and count what is lost, doubled, restarted and dealt anew."""
    with cluster.obtain() as on, kafka.obtain() as broker, on.namespace("bench-weights") as namespace:
        pipeline = Deployed(on, namespace, broker)
        with deployed.operator(on, namespace):
            text = asyncio.run(measured(pipeline, changes))
    print(text)
    if write:
        report.splice(PAGE, text, "weights")


async def measured(pipeline: Deployed, changes: int) -> str:
    """Return the table of one run."""
    bootstrap = pipeline.broker.bootstrap
    names = [pipeline.input, pipeline.success, pipeline.failure]
    await topics.create(bootstrap, *names, partitions=PARTITIONS)
    pipeline.manifest["spec"]["replicas"] = PARTITIONS
    await asyncio.to_thread(pipeline.apply)
    ready = ("wait", "--for=condition=Ready", f"scoringpipeline/{NAME}", "--timeout=180s")
    await asyncio.to_thread(pipeline.kubectl, *ready)
    async with _flowing(pipeline) as (scores, sent):
        await scores.everywhere_but(set())
        first = await asyncio.to_thread(_pods, pipeline)
        with Progress(console=Console(stderr=True)) as progress:
            numbers = progress.track(range(changes), description="weights")
            took = [await _change(pipeline, scores, number) for number in numbers]
        last = await asyncio.to_thread(_pods, pipeline)
    lost, doubled = sent.total() - len(scores.sources), scores.sources.total() - len(scores.sources)
    return _table(took, first, last, lost, doubled, sent.total())


async def _change(pipeline: Deployed, scores: Scores, number: int) -> float:
    """Make another weight live; return the seconds until every pod has scored with it."""
    before = set(scores.partitions)
    weights = {"liquidityProvision": 0.4 + (number + 1) / 100_000, "trading": 0.4}
    patch = json.dumps({"spec": {"scorer": {"walletReputation": {"weights": weights}}}})
    began = time.perf_counter()
    await asyncio.to_thread(pipeline.kubectl, "patch", f"scoringpipeline/{NAME}", "--type=merge", "-p", patch)
    async with asyncio.timeout(LIMIT_S):
        await scores.everywhere_but(before)
    return time.perf_counter() - began


@asynccontextmanager
async def _flowing(pipeline: Deployed) -> AsyncIterator[tuple[Scores, Counter[str]]]:
    """Feed and read while the block runs; then wait until everything that was sent has come out."""
    scores, sent = Scores(), Counter[str]()
    options = {"bootstrap_servers": pipeline.broker.bootstrap}
    reader = AIOKafkaConsumer(
        pipeline.success, auto_offset_reset="earliest", isolation_level="read_committed", **options
    )
    async with reader, AIOKafkaProducer(**options) as producer:
        reading = asyncio.create_task(scores.read(reader))
        feeding = asyncio.create_task(_feed(producer, pipeline.input, sent))
        try:
            yield scores, sent
            feeding.cancel()
            await producer.flush()
            deadline = time.monotonic() + LIMIT_S
            while len(scores.sources) < sent.total() and time.monotonic() < deadline:
                await asyncio.sleep(0.1)
            await asyncio.sleep(2)  # a score that comes twice comes now
        finally:
            reading.cancel()
            feeding.cancel()


async def _feed(producer: AIOKafkaProducer, topic: str, sent: Counter[str]) -> None:
    values = wallets(TRANSACTIONS)
    began, number = time.monotonic(), 0
    while True:
        key, value = values[number % len(values)]
        await producer.send(topic, value, key, partition=number % PARTITIONS)
        sent[topic] += 1
        number += 1
        await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))


def _pods(pipeline: Deployed) -> Pods:
    rebalances, rss = 0.0, 0.0
    for pod in pipeline.pods():
        text = pipeline.cluster.http(pipeline.namespace, pod["metadata"]["name"], 9090, "/metrics")
        found = scrapes.samples(text)
        rebalances += sum(value for name, value in found.items() if name[0] == "scorer_rebalances_total")
        rss = max(rss, found["process_resident_memory_bytes",] / 2**20)
    return Pods(pipeline.restarts(), rebalances, rss)


def _table(took: list[float], first: Pods, last: Pods, lost: int, doubled: int, sent: int) -> str:
    ordered = sorted(took)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    today = dt.datetime.now(dt.UTC).date().isoformat()
    restarts = sum((last.restarts - first.restarts).values()) + len(last.restarts.keys() ^ first.restarts.keys())
    rows = {
        "until every pod has scored with it: p50, p99, longest": f"{statistics.median(took):.2f} s, {p99:.2f} s, "
        f"{ordered[-1]:.2f} s",
        "restarts, rebalances": f"{restarts}, {last.rebalances - first.rebalances:.0f}",
        f"lost, doubled of {sent:,} records": f"{lost}, {doubled}",
        "largest pod's resident set before and after": f"{first.rss_mb:.0f} MiB, {last.rss_mb:.0f} MiB",
    }
    head = f"Measured on {today}: {machine()}; {len(took)} changes in a row, {PARTITIONS} pods, {RATE:.0f} records/s."
    return "\n".join(
        [head, "", "| what | measured |", "|---|---|", *(f"| {name} | {found} |" for name, found in rows.items())]
    )


if __name__ == "__main__":
    typer.run(main)
