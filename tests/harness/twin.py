"""A worker on the in-process stream, for tests of what it promises. Clocks are short; nothing sleeps."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec

from harness import toy
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.contract.startup import Startup, StartupDelivery, StartupInput, StartupOutput
from scoring_service.revision import Revisions
from scoring_service.scorers.base import Scorer
from scoring_service.stream.memory import MemoryBroker, MemoryConsumer, MemoryProducer, StoredRecord, streams
from scoring_service.worker.identity import Identity
from scoring_service.worker.timing import Timing
from scoring_service.worker.worker import Worker

INPUT, SUCCESS, FAILURE, DEAD, GROUP = "in", "success", "failure", "dead", "group"

QUICK = Timing(
    poll_s=0.02,
    commit_every_s=0.01,
    drain_s=0.5,
    close_s=0.5,
    observe_every_s=0.01,
    slow_s=0.02,
    retry_min_s=0.002,
    retry_max_s=0.01,
    give_up_s=0.2,
    rejoin_after_s=0.05,
)


def a_broker(partitions: int = 3, outputs: int | None = None) -> MemoryBroker:
    """Return a broker with the three topics of a pipeline."""
    broker = MemoryBroker()
    broker.create(INPUT, partitions)
    broker.create(SUCCESS, outputs or partitions)
    broker.create(FAILURE, outputs or partitions)
    return broker


def a_startup(**changes: Any) -> Startup:
    return msgspec.structs.replace(
        Startup(
            namespace="shop",
            pipeline="wallets",
            bootstrap_servers=("memory:0",),
            input=StartupInput(
                topic=INPUT,
                group=GROUP,
                start_from=changes.pop("start_from", "earliest"),
                on_offsets_lost=changes.pop("on_offsets_lost", "Hold"),
                warmup=changes.pop("warmup", msgspec.UNSET),
            ),
            output=StartupOutput(
                success_topic=SUCCESS, failure_topic=FAILURE, dead_letter_topic=changes.pop("dead_letter_topic", "")
            ),
            delivery=StartupDelivery(**changes.pop("delivery", {})),
        ),
        **changes,
    )


def feed(broker: MemoryBroker, count: int, *, first: int = 0, partitions: int = 3) -> None:
    """Append records number `first` and following, in turn over the partitions."""
    for n in range(first, first + count):
        broker.append(INPUT, n % partitions, toy.record(f"w{n}", n), f"w{n}".encode(), timestamp=n)


def scores(broker: MemoryBroker) -> list[tuple[str, float]]:
    """Return who scored what, sorted."""
    return sorted((r["who"], r["score"]) for r in _values(broker, SUCCESS))


def sources(broker: MemoryBroker, topic: str = SUCCESS) -> list[str]:
    """Return the `scoring-source` of every output, sorted."""
    return sorted(header(record, "scoring-source") for record in broker.records(topic))


def header(record: StoredRecord, name: str) -> str:
    return dict(record.headers)[name].decode()


def _values(broker: MemoryBroker, topic: str) -> Iterator[dict[str, Any]]:
    for stored in broker.records(topic):
        assert stored.value is not None
        yield msgspec.json.decode(stored.value)


@asynccontextmanager
async def running(  # noqa: PLR0913, RUF100 - what a test may vary
    broker: MemoryBroker,
    live: Path,
    *,
    weight: float = 2.0,
    startup: Startup | None = None,
    timing: Timing = QUICK,
    consumer: MemoryConsumer | None = None,
    producer: MemoryProducer | None = None,
    build: Callable[[ScorerBlock], Scorer] = toy.build,
) -> AsyncIterator[Worker]:
    """Run a worker; leaving the block asks it to stop and waits until it has."""
    path = live / "scorer.json"
    if not path.exists():
        path.write_bytes(toy.scorer_file(serving=weight).encode())
    startup = startup or a_startup()
    keeps = bool(startup.output.dead_letter_topic)
    revisions = Revisions(
        live,
        build,
        "shop/wallets",
        "9.9.9",
        keeps_dead_letters=keeps,
        warmup_s=startup.input.warming.duration_ms / 1000,
    )
    await revisions.look()
    watching = asyncio.create_task(revisions.watch())
    ends = streams(broker, INPUT, GROUP)
    ends = ends._replace(consumer=consumer or ends.consumer, producer=producer or ends.producer)
    worker = Worker(Identity("9.9.9", "pod-a", monotonic()), startup, ends, revisions, timing)
    run = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await run
        watching.cancel()


async def until(condition: Callable[[], bool]) -> None:
    """Let the event loop turn until something inside a worker holds; the test's timeout bounds it."""
    while not condition():  # noqa: ASYNC110 - what is inside a worker announces no change
        await asyncio.sleep(0)
