"""A scorer that raises ends no worker: its records are failures, and the others neither lost nor doubled."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from harness import toy, twin
from harness.toy import ToyParameters
from harness.wild import MOODS, OF_KEY, Wild, WildSums
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile
from scoring_service.contract.startup import Startup, StartupFailureBudget
from scoring_service.contract.worker_status import HeldReason
from scoring_service.errors import StreamUnavailable
from scoring_service.scorers.base import Scorer
from scoring_service.stream.memory import MemoryBroker, MemoryConsumer

COUNT = 900
NAMES = [f"{mood}-{n}" for n, mood in enumerate(MOODS)]
GUARANTEES = ["AtLeastOnce", "ExactlyOnce"]
HARDSHIP = {"AtLeastOnce": twin.FAILURE, "ExactlyOnce": "transaction"}


def a_startup(guarantee: str, **delivery: object) -> Startup:
    return twin.a_startup(delivery={"guarantee": guarantee, "transaction_interval_ms": 1, **delivery})


def wild(block: ScorerBlock) -> Scorer:
    return Wild(ToyParameters(block.parameters["weight"]))


def who(n: int) -> str:
    """Return the name in record number `n`: of every eleven, one is wild."""
    return NAMES[n // 11 % len(NAMES)] if n % 11 == 0 else f"w{n}"


def feed(broker: MemoryBroker, *, first: int = 0, count: int = COUNT) -> None:
    for n in range(first, first + count):
        key = None if n % 2 else b"k"
        broker.append(twin.INPUT, n % 3, toy.record(who(n), n), key, timestamp=n)


def is_bad(n: int) -> bool:
    mood = who(n).partition("-")[0]
    return mood in MOODS and not (mood in OF_KEY and n % 2 == 0)


def place(n: int) -> str:
    return f"in/{n % 3}/{n // 3}"


def done(broker: MemoryBroker, count: int = COUNT) -> Callable[[], bool]:
    return lambda: len({*twin.sources(broker), *twin.sources(broker, twin.FAILURE)}) == count


def check(broker: MemoryBroker, count: int = COUNT) -> None:
    """Hold the outputs against what the names of the records say."""
    assert twin.sources(broker) == sorted(place(n) for n in range(count) if not is_bad(n))
    assert twin.sources(broker, twin.FAILURE) == sorted(place(n) for n in range(count) if is_bad(n))
    assert {msgspec.json.decode(r.value or b"")["reason"] for r in broker.records(twin.FAILURE)} == {"model_error"}
    assert twin.scores(broker) == sorted((who(n), 2.0 * n) for n in range(count) if not is_bad(n))


@pytest.mark.parametrize("guarantee", GUARANTEES)
async def test_records_that_a_scorer_raises_at_are_failures_and_every_record_ends_once(
    tmp_path: Path, guarantee: str
) -> None:
    broker = twin.a_broker()
    feed(broker, count=300)

    async with twin.running(broker, tmp_path, startup=a_startup(guarantee), build=wild) as worker:
        await broker.until(done(broker, 300))
        broker.refuse(HARDSHIP[guarantee], *[StreamUnavailable("not now")] * 3)
        feed(broker, first=300, count=600)
        await broker.until(done(broker))
        await twin.until(lambda: worker.metrics.delivered == COUNT)

    check(broker)
    assert broker.group(twin.INPUT, twin.GROUP).committed == {0: 300, 1: 300, 2: 300}
    assert worker.metrics.rejected == {"model_error": sum(map(is_bad, range(COUNT)))}
    assert worker.metrics.delivery_retries + worker.metrics.transactions_aborted > 0


async def test_an_owner_that_vanishes_leaves_them_to_the_next_one_who_ends_each_once(tmp_path: Path) -> None:
    broker = twin.a_broker()
    doomed = MemoryConsumer(broker, twin.INPUT, twin.GROUP)
    acknowledge = broker.withhold(twin.FAILURE)
    feed(broker)

    startup = a_startup("ExactlyOnce")
    async with twin.running(broker, tmp_path, startup=startup, build=wild, consumer=doomed) as dead:
        await twin.until(lambda: dead.metrics.in_flight > 0)
        doomed.vanish()
        acknowledge.set()
        async with twin.running(broker, tmp_path, startup=startup, build=wild):
            await broker.until(done(broker))

    check(broker)


async def test_a_state_goes_on_past_records_that_are_raised_for(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    for n in range(200):
        broker.append(twin.INPUT, 0, toy.record("score-1" if n % 10 == 3 else "ann", 1), b"k", timestamp=n)

    async with twin.running(broker, tmp_path, build=lambda _: WildSums(ToyParameters(1.0))):
        await broker.until(done(broker, 200))

    assert sorted(score for _, score in twin.scores(broker)) == [float(n) for n in range(1, 181)]


async def test_the_log_says_once_of_a_revision_that_it_raises(tmp_path: Path) -> None:
    broker = twin.a_broker()

    with capture_logs() as lines:
        async with twin.running(broker, tmp_path, build=wild) as worker:
            for weight in (2.0, 3.0):
                (tmp_path / "scorer.json").write_bytes(ScorerFile(serving=toy.block(weight)).encode())
                revision = toy.block(weight).revision
                await twin.until(lambda revision=revision: worker.status().serving == revision)
                before = worker.metrics.delivered
                for n in range(90):
                    broker.append(twin.INPUT, n % 3, toy.record("score-1", n), b"k", timestamp=n)
                await twin.until(lambda before=before: worker.metrics.delivered == before + 90)

    told = [(line["revision"], line["error"]) for line in lines if line["event"] == "scorer raises"]
    assert told == [(toy.block(weight).revision, "ZeroDivisionError: division by zero") for weight in (2.0, 3.0)]


async def test_a_budget_for_them_alone_holds_a_lane_before_a_broken_scorer_has_written_anything(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    for n in range(100):
        name = b"rubbish" if n % 2 else toy.record("score-1" if n >= 50 else "ann", n)
        broker.append(twin.INPUT, 0, name, b"k", timestamp=n)
    budget = StartupFailureBudget(percent=10, window_ms=60_000, reasons=("model_error",))

    async with twin.running(
        broker, tmp_path, startup=a_startup("AtLeastOnce", failure_budget=budget), build=wild
    ) as worker:
        await twin.until(
            lambda: [lane.reason for lane in worker.status().lanes] == [HeldReason.FAILURE_BUDGET_EXCEEDED]
        )
        written = [twin.sources(broker), twin.sources(broker, twin.FAILURE)]

    assert written == [[], []]
