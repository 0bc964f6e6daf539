"""A revision that misses a golden case never serves, and what served outlives every worker."""

from pathlib import Path

from harness import toy, twin
from scoring_service.contract.scorer_file import ScorerFile
from scoring_service.contract.worker_status import WorkerStatus
from scoring_service.worker.worker import Worker

OLD, WRONG = toy.block(2.0, toy.case(2.0, "a swap")), toy.block(3.0, toy.case(2.0, "a swap"))


def write(live: Path, file: ScorerFile) -> None:
    (live / "scorer.json").write_bytes(file.encode())


def told(worker: Worker) -> WorkerStatus:
    return WorkerStatus.decode(worker.status().encode())


async def test_a_revision_that_misses_a_case_never_serves_and_every_worker_that_starts_scores_with_the_old_one(
    tmp_path: Path,
) -> None:
    broker = twin.a_broker()
    write(tmp_path, ScorerFile(serving=OLD))

    async with twin.running(broker, tmp_path) as first, twin.running(broker, tmp_path) as second:
        write(tmp_path, ScorerFile(serving=OLD, proposed=WRONG))
        for worker in (first, second):
            await twin.until(lambda worker=worker: worker.revisions.refused is not None)
            status = told(worker)
            assert status.refused is not None
            assert (status.serving, status.refused.revision) == (OLD.revision, WRONG.revision)
            assert status.refused.case == "a swap"
            assert status.refused.message == "golden case a swap, input 0, score: expected 2.0, came 3.0"
        twin.feed(broker, 300)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 300)

    async with twin.running(broker, tmp_path) as third:
        twin.feed(broker, 300)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 600)
        await twin.until(lambda: third.readiness().is_well)

    assert {twin.header(record, "scoring-revision") for record in broker.records(twin.SUCCESS)} == {OLD.revision}
    assert twin.scores(broker) == sorted([(f"w{n}", 2.0 * n) for n in range(300)] * 2)


async def test_a_worker_that_starts_on_cases_that_both_slots_miss_is_not_ready_and_says_why(tmp_path: Path) -> None:
    write(tmp_path, ScorerFile(serving=toy.block(4.0, toy.case(2.0, "a swap")), proposed=WRONG))

    async with twin.running(twin.a_broker(), tmp_path) as worker:
        assert not worker.readiness().is_well
        status = told(worker)

    assert status.serving == ""
    assert status.refused is not None
    assert status.refused.case == "a swap"
