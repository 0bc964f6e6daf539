"""A worker with a candidate: who answers what, and that nothing a candidate does reaches the serving revision."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest

from harness import scrapes, toy, twin
from harness.toy import Toy, ToyParameters
from scoring_service.candidate.buckets import Share
from scoring_service.contract.scorer_file import CandidateBlock, ScorerBlock, ScorerFile
from scoring_service.contract.worker_status import CandidateStatus
from scoring_service.metrics import Scrape, text
from scoring_service.scorers.base import Outcome, Row, Scorer, State
from scoring_service.stream.memory import MemoryBroker
from scoring_service.worker.worker import Worker

COUNT = 900
STAMPS = re.compile(rb'"timestamp":\d+,"processing_time_ms":\d+,?')
POISON = 13.0
"""Weight of a candidate that raises."""


class Raising(Toy):
    def score(self, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
        raise RuntimeError("boom")


class Builder:
    """Builds toys, and remembers which."""

    def __init__(self) -> None:
        self.built: list[object] = []

    def __call__(self, block: ScorerBlock) -> Scorer:
        weight = block.parameters["weight"]
        self.built.append(weight)
        if weight == "explosive":
            raise RuntimeError("a constructor that raises")
        return Raising(ToyParameters(POISON)) if weight == POISON else toy.build(block)


def write(live: Path, candidate: CandidateBlock | None, serving: float = 2.0, proposed: float | None = None) -> None:
    file = toy.scorer_file(serving=serving, proposed=proposed)
    whole = ScorerFile(serving=file.serving, proposed=file.proposed, candidate=candidate)
    fresh = live / "new"
    fresh.write_bytes(whole.encode())
    fresh.rename(live / "scorer.json")


async def outputs(live: Path, candidate: CandidateBlock | None) -> MemoryBroker:
    """Return a broker with what a worker made of many records, a candidate beside it."""
    live.mkdir()
    write(live, candidate)
    broker = twin.a_broker()
    twin.feed(broker, COUNT)
    for partition in range(3):
        broker.append(twin.INPUT, partition, b"rubbish", b"r%d" % partition, timestamp=1)
    async with twin.running(broker, live, build=Builder()) as worker:
        await twin.until(lambda: worker.metrics.delivered == COUNT + 3)
    return broker


def stripped(broker: MemoryBroker) -> list[tuple[str, int, bytes | None, object, bytes]]:
    """Return every output: its place, key, headers, and value but for the two stamps."""
    return [
        (topic, partition, record.key, record.headers, STAMPS.sub(b"", record.value or b""))
        for topic in (twin.SUCCESS, twin.FAILURE)
        for partition, log in enumerate(broker.partitions(topic))
        for record in log.records
    ]


async def test_a_shadow_leaves_every_byte_of_the_outputs_alone_but_for_the_stamps(tmp_path: Path) -> None:
    alone = await outputs(tmp_path / "alone", None)
    shadowed = await outputs(tmp_path / "shadowed", toy.candidate(mode="Shadow"))

    assert stripped(shadowed) == stripped(alone)


@pytest.mark.parametrize("mode", ["Shadow", "Canary"])
async def test_a_candidate_that_raises_leaves_every_byte_of_the_outputs_alone_but_for_the_stamps(
    tmp_path: Path, mode: str
) -> None:
    """Records that no revision can read have no score to lose, and are left out: a canary signs for its own."""
    alone = await outputs(tmp_path / "alone", None)
    beside = await outputs(tmp_path / "beside", toy.candidate(POISON, mode))

    scores = [[found for found in stripped(broker) if found[0] == twin.SUCCESS] for broker in (alone, beside)]
    assert len(scores[0]) == COUNT
    assert scores[0] == scores[1]


@pytest.mark.parametrize("percent", [0.0, 25.0, 100.0])
async def test_a_canary_splits_the_keys_as_the_headers_say(tmp_path: Path, percent: float) -> None:
    share = Share("shop/wallets", percent)

    broker = await outputs(tmp_path / "live", toy.candidate(3.0, "Canary", percent))

    assert twin.sources(broker) == sorted(f"in/{n % 3}/{n // 3}" for n in range(COUNT))
    for record in broker.records(twin.SUCCESS):
        n = int((record.key or b"").removeprefix(b"w"))
        weight = 3.0 if share.has(record.key or b"") else 2.0
        assert twin.header(record, "scoring-revision") == toy.block(weight).revision
        assert msgspec.json.decode(record.value or b"")["score"] == n * weight
    for log in broker.partitions(twin.SUCCESS):
        offsets = [int(twin.header(record, "scoring-source").rpartition("/")[2]) for record in log.records]
        assert offsets == sorted(offsets)


async def test_status_and_metrics_tell_what_a_shadow_shows(tmp_path: Path) -> None:
    write(tmp_path, toy.candidate(3.0, threshold=1000.0))
    broker = twin.a_broker()
    twin.feed(broker, COUNT)

    async with twin.running(broker, tmp_path) as worker:
        await twin.until(lambda: worker.metrics.delivered == COUNT)
        status, found = worker.status().candidate, samples(worker)

    revision = toy.block(3.0).revision
    assert status == CandidateStatus(revision=revision, mode="Shadow", percent=100.0)
    assert found["scorer_candidate_percent", "Shadow", revision] == 100
    assert found["scorer_candidate_records_total", "scored", revision] == COUNT
    assert found["scorer_candidate_score_delta_bucket", "+Inf", revision] == COUNT
    assert found["scorer_candidate_rank_correlation", revision] == pytest.approx(1.0)
    assert found["scorer_candidate_crossing_share", "up", revision] == (500 - 334) / COUNT
    assert found["scorer_candidate_crossing_share", "down", revision] == 0
    assert found["scorer_candidate_errors_total", "exception", revision] == 0
    assert found["scorer_candidate_seconds_total", revision] > 0


async def test_a_candidate_that_raises_is_told_of(tmp_path: Path) -> None:
    write(tmp_path, toy.candidate(POISON))
    broker = twin.a_broker()
    twin.feed(broker, 30)

    async with twin.running(broker, tmp_path, build=Builder()) as worker:
        await twin.until(lambda: worker.metrics.delivered == 30)
        status, found = worker.status().candidate, samples(worker)

    assert status is not None
    assert status.last_error == "RuntimeError: boom"
    assert found["scorer_candidate_errors_total", "exception", toy.block(POISON).revision] == 30


REFUSED = {
    "parameters that do not fit": (toy.candidate("heavy"), "candidate.scorer.toy: Expected `float`, got `str`"),
    "no canonical JSON": (toy.candidate(2**60), "candidate.scorer.toy: "),
    "a constructor that raises": (toy.candidate("explosive"), "candidate.scorer: RuntimeError: a constructor"),
}


@pytest.mark.parametrize(("candidate", "why"), REFUSED.values(), ids=REFUSED)
async def test_a_candidate_that_cannot_be_built_is_refused_and_the_serving_revision_scores(
    tmp_path: Path, candidate: CandidateBlock, why: str
) -> None:
    write(tmp_path, candidate)
    broker = twin.a_broker()
    twin.feed(broker, 30)

    async with twin.running(broker, tmp_path, build=Builder()) as worker:
        await twin.until(lambda: worker.metrics.delivered == 30)
        status, found = worker.status(), samples(worker)

    assert status.candidate is not None
    assert status.candidate.refusal.startswith(why)
    assert status.refused is None
    assert found["scorer_candidate_refusals_total",] == 1
    assert not [name for name in found if name[0] == "scorer_candidate_percent"]


class Named(Toy):
    """As a package of its own would call it: the union's member says only that it is of another package."""

    name: ClassVar[str] = "pulse"


class Other(Toy):
    name: ClassVar[str] = "other"


async def test_a_candidate_of_another_package_is_tried_beside_its_own_scorer_and_no_other(tmp_path: Path) -> None:
    def build(block: ScorerBlock) -> Scorer:
        weight = block.parameters["parameters"]["weight"]
        return (Named if block.parameters["name"] == "pulse" else Other)(ToyParameters(weight))

    def custom(name: str, weight: float) -> ScorerBlock:
        return ScorerBlock(member="custom", parameters={"name": name, "parameters": {"weight": weight}})

    async def told(of: str) -> CandidateStatus | None:
        live = tmp_path / of
        live.mkdir()
        beside = CandidateBlock(scorer=custom(of, 3.0), mode="Canary", percent=50)
        (live / "scorer.json").write_bytes(ScorerFile(serving=custom("pulse", 2.0), candidate=beside).encode())
        async with twin.running(twin.a_broker(), live, build=build) as worker:
            await twin.until(lambda: bool(worker.revisions.config_digest))
            return worker.status().candidate

    same, other = await told("pulse"), await told("other")

    assert same is not None
    assert same.refusal == ""
    assert other is not None
    assert other.refusal == "candidate.scorer: expected pulse, which serves (got other)"


async def test_a_scorer_with_a_state_is_no_canary_and_has_a_state_of_its_own_as_a_shadow(tmp_path: Path) -> None:
    write(tmp_path, toy.candidate(3.0, "Canary"))
    broker = twin.a_broker(1)
    twin.feed(broker, 40, partitions=1)

    async with twin.running(broker, tmp_path, build=toy.build_sums) as worker:
        await twin.until(lambda: worker.metrics.delivered == 40)
        refused = worker.status().candidate
        write(tmp_path, toy.candidate(3.0, "Shadow"))
        await twin.until(lambda: worker.revisions.candidates.current is not None)
        twin.feed(broker, 2, first=40, partitions=1)
        await twin.until(lambda: worker.metrics.delivered == 42)
        found = samples(worker)

    assert refused is not None
    assert refused.refusal == "candidate.mode: expected Shadow, as toy keeps a state (got Canary)"
    assert max(score for _, score in twin.scores(broker)) == 2 * sum(range(42))
    assert found["scorer_candidate_records_total", "scored", toy.block(3.0).revision] == 2


async def test_a_share_that_grows_keeps_the_scorer_and_what_was_counted(tmp_path: Path) -> None:
    write(tmp_path, toy.candidate(3.0, "Canary", 10.0))
    broker, build = twin.a_broker(), Builder()
    twin.feed(broker, COUNT)
    revision = toy.block(3.0).revision

    async with twin.running(broker, tmp_path, build=build) as worker:
        await twin.until(lambda: worker.metrics.delivered == COUNT)
        before = samples(worker)["scorer_candidate_records_total", "scored", revision]
        write(tmp_path, toy.candidate(3.0, "Canary", 40.0))
        await twin.until(lambda: (worker.status().candidate or toy.candidate()).percent == 40)
        twin.feed(broker, COUNT)
        await twin.until(lambda: worker.metrics.delivered == 2 * COUNT)
        after = samples(worker)["scorer_candidate_records_total", "scored", revision]

    first, second = (Share("shop/wallets", percent) for percent in (10, 40))
    assert before == sum(first.has(b"w%d" % n) for n in range(COUNT))
    assert after - before == sum(second.has(b"w%d" % n) for n in range(COUNT))
    assert build.built == [2.0, 3.0]


async def test_a_candidate_is_promoted_without_being_built_again(tmp_path: Path) -> None:
    write(tmp_path, toy.candidate(3.0, "Canary", 50.0))
    broker, build = twin.a_broker(), Builder()
    twin.feed(broker, 300)

    async with twin.running(broker, tmp_path, build=build) as worker:
        await twin.until(lambda: worker.metrics.delivered == 300)
        write(tmp_path, None, proposed=3.0)
        await twin.until(lambda: worker.status().serving == toy.block(3.0).revision)
        twin.feed(broker, 300)
        await twin.until(lambda: worker.metrics.delivered == 600)
        status, found = worker.status(), samples(worker)

    assert build.built == [2.0, 3.0]
    assert status.candidate is None
    assert not [name for name in found if name[0] == "scorer_candidate_records_total"]
    later = [r for r in broker.records(twin.SUCCESS) if int(twin.header(r, "scoring-source").rpartition("/")[2]) >= 100]
    assert {twin.header(record, "scoring-revision") for record in later} == {toy.block(3.0).revision}


async def test_a_candidate_that_is_discarded_leaves_the_serving_scorer_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, toy.candidate(3.0, "Canary"))
    broker, build = twin.a_broker(), Builder()

    async with twin.running(broker, tmp_path, build=build) as worker:
        serving = worker.revisions.current
        write(tmp_path, None)
        await twin.until(lambda: worker.status().candidate is None)
        twin.feed(broker, 30)
        await twin.until(lambda: worker.metrics.delivered == 30)
        after = worker.revisions.current

    assert serving is not None
    assert after is not None
    assert after.scorer is serving.scorer
    assert {twin.header(r, "scoring-revision") for r in broker.records(twin.SUCCESS)} == {toy.block(2.0).revision}


def samples(worker: Worker) -> dict[tuple[str, ...], float]:
    return scrapes.samples(text(Scrape(worker.metrics)).decode())
