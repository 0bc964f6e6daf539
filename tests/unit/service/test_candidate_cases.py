"""Golden cases of a candidate: it passes them before it is tried, and nothing of that reaches what serves."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness import toy, twin
from harness.toy import Toy, ToyParameters
from scoring_service.contract.scorer_file import CandidateBlock, ScorerBlock, ScorerFile
from scoring_service.revision import verifying
from scoring_service.scorers.base import Outcome, Row, Scorer, State
from scoring_service.worker.worker import Worker
from unit.service.test_worker_candidate import Builder, samples

HOLDS, OTHER, MISSED = toy.case(3.0, "a swap"), toy.case(3.0, "another"), toy.case(2.0, "a loan")
"""Of a candidate with the weight 3."""
WHY = "candidate: golden case a loan, input 0, score: expected 2.0, came 3.0"


def write(live: Path, candidate: CandidateBlock | None, **slots: ScorerBlock) -> None:
    fresh = live / "new"
    fresh.write_bytes(ScorerFile(**{"serving": toy.block(2.0)} | slots, candidate=candidate).encode())
    fresh.rename(live / "scorer.json")


async def acted(worker: Worker) -> None:
    """Return once the worker has acted upon what was written just now."""
    before = worker.revisions.config_digest
    await twin.until(lambda: worker.revisions.config_digest != before)


def refusal(worker: Worker) -> str:
    told = worker.status().candidate
    assert told is not None
    return told.refusal


def revisions(records: Sequence[twin.StoredRecord]) -> set[str]:
    return {twin.header(record, "scoring-revision") for record in records}


@pytest.mark.parametrize("mode", ["Shadow", "Canary"])
async def test_a_candidate_that_misses_a_case_is_refused_by_its_name_and_the_serving_revision_scores_all(
    tmp_path: Path, mode: str
) -> None:
    write(tmp_path, toy.candidate(3.0, mode, cases=(HOLDS, MISSED)))
    broker = twin.a_broker()
    twin.feed(broker, 300)

    async with twin.running(broker, tmp_path) as worker:
        await twin.until(lambda: worker.metrics.delivered == 300)
        status, found = worker.status(), samples(worker)

    assert status.candidate is not None
    assert status.candidate.refusal == WHY
    assert (status.serving, status.refused) == (toy.block(2.0).revision, None)
    assert revisions(broker.records(twin.SUCCESS)) == {toy.block(2.0).revision}
    assert found["scorer_candidate_refusals_total",] == 1
    assert not [name for name in found if name[0] == "scorer_candidate_records_total"]


async def test_a_candidate_that_passes_its_cases_answers(tmp_path: Path) -> None:
    write(tmp_path, toy.candidate(3.0, "Canary", cases=(HOLDS,)))
    broker = twin.a_broker()
    twin.feed(broker, 30)

    async with twin.running(broker, tmp_path) as worker:
        await twin.until(lambda: worker.metrics.delivered == 30)

    assert revisions(broker.records(twin.SUCCESS)) == {toy.block(3.0).revision}


async def test_other_cases_are_tried_on_what_is_built_and_one_that_misses_ends_the_candidate(tmp_path: Path) -> None:
    build = Builder()
    write(tmp_path, toy.candidate(cases=(HOLDS,)))
    broker = twin.a_broker()
    twin.feed(broker, 30)

    async with twin.running(broker, tmp_path, build=build) as worker:
        await twin.until(lambda: worker.metrics.delivered == 30)
        write(tmp_path, toy.candidate(cases=(HOLDS, OTHER)))
        await acted(worker)
        kept = samples(worker)["scorer_candidate_records_total", "scored", toy.block(3.0).revision]
        built = list(build.built)
        write(tmp_path, toy.candidate(cases=(HOLDS, MISSED)))
        await acted(worker)
        missed, current = refusal(worker), worker.revisions.candidates.current
        write(tmp_path, toy.candidate(cases=(HOLDS,)))
        await acted(worker)

        assert refusal(worker) == ""
    assert (kept, built) == (30, [2.0, 3.0])
    assert (missed, current) == (WHY, None)


async def test_a_candidate_that_never_comes_back_from_a_case_keeps_no_verified_revision_from_serving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    class Endless(Toy):
        def score(self, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
            released.wait()
            return super().score(rows, state)

    def build(block: ScorerBlock) -> Scorer:
        return Endless(ToyParameters(3.0)) if block.parameters["weight"] == 3.0 else toy.build(block)

    monkeypatch.setattr(verifying, "CUT_S", 0.5)
    write(tmp_path, None)
    broker = twin.a_broker()

    async with twin.running(broker, tmp_path, build=build) as worker:
        write(tmp_path, toy.candidate(cases=(HOLDS,)), proposed=toy.block(4.0))
        await twin.until(lambda: worker.status().serving == toy.block(4.0).revision)
        before = worker.status().candidate
        twin.feed(broker, 30)
        await twin.until(lambda: worker.metrics.delivered == 30)
        await twin.until(lambda: worker.status().candidate is not None)
        told = refusal(worker)
        released.set()

    assert before is None
    assert told == "candidate: golden cases: expected an end within 2 s, came none"
    assert revisions(broker.records(twin.SUCCESS)) == {toy.block(4.0).revision}


async def test_a_candidate_takes_its_cases_along_when_it_is_promoted_and_is_not_built_again(tmp_path: Path) -> None:
    build = Builder()
    cases = toy.block(2.0, toy.case(2.0, "a swap"))
    write(tmp_path, toy.candidate(3.0, "Canary", cases=(HOLDS,)), serving=cases)

    async with twin.running(twin.a_broker(), tmp_path, build=build) as worker:
        write(tmp_path, None, serving=cases, proposed=toy.block(3.0, HOLDS))
        await acted(worker)
        status = worker.status()

    assert (status.serving, status.refused, status.candidate) == (toy.block(3.0).revision, None, None)
    assert build.built == [2.0, 3.0]


async def test_a_candidate_that_is_discarded_goes_even_if_no_slot_serves_any_more(tmp_path: Path) -> None:
    """Else it went on to answer its share of the keys, until somebody mended the slots."""
    write(tmp_path, toy.candidate(3.0, "Canary"))
    bad = toy.block("heavy")

    async with twin.running(twin.a_broker(), tmp_path) as worker:
        before = worker.status()
        write(tmp_path, None, serving=bad, proposed=bad)
        await acted(worker)
        after = worker.status()

        assert worker.revisions.current is not None
        assert worker.revisions.current.candidate is None
    assert before.candidate is not None
    assert (after.serving, after.candidate) == (before.serving, None)
    assert after.refused is not None


async def test_a_refusal_counts_once_as_long_as_the_same_is_asked_for_and_refused_for_the_same_reason(
    tmp_path: Path,
) -> None:
    asked = toy.candidate(3.0, cases=(MISSED,))
    write(tmp_path, asked)

    async with twin.running(twin.a_broker(), tmp_path) as worker:
        counts = [worker.revisions.candidates.refusals]
        for candidate, serving in (
            (asked, 4.0),
            (toy.candidate(3.0, percent=10, cases=(MISSED,)), 4.0),
            (toy.candidate(3.0, percent=10, cases=(MISSED, HOLDS)), 4.0),
            (toy.candidate(3.0, percent=10, cases=(HOLDS,)), 4.0),
            (None, 4.0),
            (asked, 4.0),
        ):
            write(tmp_path, candidate, serving=toy.block(serving))
            await acted(worker)
            counts.append(worker.revisions.candidates.refusals)

    assert counts == [1, 1, 2, 3, 3, 3, 4]


HOSTILE = {
    "too many": [toy.case(3.0, f"n{n}") for n in range(21)],
    "two of one name": [HOLDS, HOLDS],
}


@pytest.mark.parametrize("cases", HOSTILE.values(), ids=HOSTILE)
async def test_what_is_no_golden_case_refuses_the_candidate_whoever_wrote_it(tmp_path: Path, cases: list) -> None:
    write(tmp_path, toy.candidate(cases=cases))

    async with twin.running(twin.a_broker(), tmp_path) as worker:
        await twin.until(lambda: bool(worker.revisions.config_digest))

        assert refusal(worker).startswith("candidate: goldenCases: ")
        assert worker.status().serving == toy.block(2.0).revision
