"""The failure budget: what it allows as a pure count, and what a lane does that exceeds it."""

from collections.abc import Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from harness import toy, twin
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile
from scoring_service.contract.startup import Startup, StartupFailureBudget
from scoring_service.revision import Revisions
from scoring_service.scorers.base import Outcome, Rejection, Row, Scorer, State
from scoring_service.stream.memory import MemoryBroker
from scoring_service.worker.budget import JUDGED_RECORDS, FailureBudget

TEN_PERCENT = StartupFailureBudget(percent=10, window_ms=60_000)


def test_without_limits_everything_may_fail() -> None:
    assert FailureBudget(None).refusal(1000, {"schema": 1000}, now=0) == ""


def test_a_batch_within_the_share_passes_and_one_record_more_does_not() -> None:
    budget = FailureBudget(TEN_PERCENT)

    assert budget.refusal(100, {"schema": 10}, now=0) == ""
    assert budget.refusal(100, {"schema": 11}, now=0) == ("11 of 100 records within 60 s would fail, more than 10 %")


def test_fewer_records_than_are_judged_say_nothing() -> None:
    budget = FailureBudget(TEN_PERCENT)

    assert budget.refusal(JUDGED_RECORDS - 1, {"schema": JUDGED_RECORDS - 1}, now=0) == ""


def test_what_was_delivered_within_the_window_counts_and_what_is_older_does_not() -> None:
    budget = FailureBudget(TEN_PERCENT)
    budget.spend(100, {"schema": 10}, now=0)

    assert budget.refusal(10, {"schema": 2}, now=59) != ""
    assert budget.refusal(10, {"schema": 2}, now=61) == ""


def test_only_the_named_reasons_count() -> None:
    budget = FailureBudget(StartupFailureBudget(percent=10, window_ms=1000, reasons=("schema",)))

    assert budget.refusal(100, {"tombstone": 100}, now=0) == ""
    assert budget.refusal(100, {"schema": 11}, now=0) != ""


def test_forgiveness_lets_one_batch_pass_and_begins_a_new_window() -> None:
    budget = FailureBudget(TEN_PERCENT)
    budget.spend(100, {"schema": 10}, now=0)

    budget.forgive()

    assert budget.refusal(100, {"schema": 100}, now=1) == ""
    budget.spend(100, {"schema": 100}, now=1)
    assert budget.refusal(1, {"schema": 1}, now=2) != ""


@given(st.lists(st.tuples(st.integers(1, 500), st.floats(0, 1)), max_size=30))
def test_what_is_written_never_exceeds_the_share_of_what_was_judged(batches: list[tuple[int, float]]) -> None:
    budget = FailureBudget(TEN_PERCENT)
    total = failed = 0

    for records, share in batches:
        failures = int(records * share)
        if not budget.refusal(records, {"schema": failures}, now=0):
            budget.spend(records, {"schema": failures}, now=0)
            total, failed = total + records, failed + failures

    assert total < JUDGED_RECORDS or failed <= 0.1 * total


async def test_an_exceeded_budget_holds_the_lane_and_writes_nothing_of_the_batch(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    _feed_rubbish(broker, 200)

    async with twin.running(broker, tmp_path, startup=_startup()) as worker:
        await twin.until(lambda: any(lane.reason == "FailureBudgetExceeded" for lane in worker.status().lanes))

    assert broker.records(twin.FAILURE) == []
    assert broker.group(twin.INPUT, twin.GROUP).committed in ({}, {0: 0})


async def test_a_new_revision_scores_the_kept_batch_again(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    twin.feed(broker, 200, partitions=1)

    async with twin.running(broker, tmp_path, startup=_startup(), build=_build_picky, weight=0.0) as worker:
        await twin.until(lambda: any(lane.reason == "FailureBudgetExceeded" for lane in worker.status().lanes))
        (tmp_path / "scorer.json").write_bytes(toy.scorer_file(serving=2.0).encode())
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 200)

        await twin.until(lambda: worker.status().lanes[0].reason == "")

    assert broker.records(twin.FAILURE) == []


async def test_a_resume_lets_the_kept_batch_pass(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    _feed_rubbish(broker, 200)

    async with twin.running(broker, tmp_path, startup=_startup()) as worker:
        await twin.until(lambda: any(lane.reason == "FailureBudgetExceeded" for lane in worker.status().lanes))
        (tmp_path / "scorer.json").write_bytes(ScorerFile(serving=toy.block(), resume="now").encode())
        await broker.until(lambda: len(broker.records(twin.FAILURE)) == 200)


async def test_a_release_that_comes_while_the_batch_is_scored_is_not_missed(tmp_path: Path) -> None:
    (tmp_path / "scorer.json").write_bytes(toy.scorer_file(serving=1.0).encode())
    revisions = Revisions(tmp_path, toy.build, "shop/wallets", "9.9.9")
    await revisions.look()

    seen = revisions.seen()
    (tmp_path / "scorer.json").write_bytes(toy.scorer_file(serving=2.0).encode())
    await revisions.look()

    assert await revisions.until_release(seen) is False


async def test_a_rebalance_does_not_wait_for_a_lane_that_waits_for_a_person(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=2)
    group = broker.group(twin.INPUT, twin.GROUP)
    for _ in range(200):
        broker.append(twin.INPUT, 0, b"rubbish")

    async with twin.running(broker, tmp_path, startup=_startup()) as worker:
        await twin.until(lambda: any(lane.reason == "FailureBudgetExceeded" for lane in worker.status().lanes))
        before = group.rebalances
        group.rebalance()
        await broker.until(lambda: group.rebalances == before + 1)
        broker.append(twin.INPUT, 1, toy.record("a", 1))
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 1)
        await twin.until(lambda: worker.metrics.abandoned >= 200)


def _startup() -> Startup:
    return twin.a_startup(delivery={"failure_budget": TEN_PERCENT})


def _feed_rubbish(broker: MemoryBroker, count: int) -> None:
    for _ in range(count):
        broker.append(twin.INPUT, 0, b"rubbish")


class _Picky(toy.Toy):
    """Rejects everything while its weight is 0."""

    def score(self, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
        if self._weight:
            return super().score(rows, state)
        return [Rejection("schema", "no weight") for _ in rows], state


def _build_picky(block: ScorerBlock) -> Scorer:
    return _Picky(toy.ToyParameters(**block.parameters))
