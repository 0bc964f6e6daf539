"""The candidate on its way to the pods and back into status: it keeps nothing from serving, and waits for nobody."""

from typing import Any

import msgspec
import pytest

from harness.pipelines import KEY, a_block, a_case, a_manifest, a_pipeline, a_report, a_revision, written
from scoring_operator.candidates import TOO_OLD, Candidacy, judge
from scoring_operator.facts import PodReport
from scoring_operator.revisions import next_file
from scoring_service.contract.pipeline import InvalidPipeline
from scoring_service.contract.scorer_file import CandidateBlock, ScorerFile
from unit.operator.test_reconcile import World

OLD, NEW = a_block(0.4), a_block(0.3)
ASKED = CandidateBlock(scorer=NEW, mode="Shadow", percent=10)
BESIDE = ScorerFile(serving=OLD, candidate=ASKED)


def a_candidate(trading: float = 0.3, mode: str = "Shadow", percent: float = 10.0) -> dict[str, Any]:
    return {"mode": mode, "percent": percent, "scorer": a_manifest(trading=trading)["spec"]["scorer"]}


def test_a_candidate_is_written_beside_whatever_serves_and_is_proposed() -> None:
    assert next_file(ScorerFile(serving=OLD), OLD, (), candidate=ASKED) == BESIDE
    assert next_file(BESIDE, NEW, ()) == ScorerFile(serving=OLD, proposed=NEW)


def test_cases_of_a_candidate_go_with_it_and_change_no_revision() -> None:
    def asked(*cases: str) -> CandidateBlock:
        written_cases = [written(a_case(name)) for name in cases]
        found = a_pipeline(candidate=a_candidate() | {"goldenCases": written_cases}).candidate
        assert found is not None
        return found

    plain, one = asked(), asked("one")

    assert plain == ASKED
    assert (one.scorer.golden_cases, one.scorer.revision) == ((a_case("one"),), NEW.revision)
    assert next_file(BESIDE, OLD, (), candidate=one) == ScorerFile(serving=OLD, candidate=one)
    assert next_file(BESIDE, OLD, (), candidate=one).encode() != BESIDE.encode()


def test_a_candidate_is_told_to_run_only_by_pods_that_have_tried_its_present_cases() -> None:
    other = msgspec.structs.replace(ASKED, scorer=msgspec.structs.replace(NEW, golden_cases=(a_case(),)))
    file = ScorerFile(serving=OLD, candidate=other)

    assert judge(other, file, [a_report(0, file=BESIDE)]) == Candidacy()
    assert judge(other, file, [a_report(0, file=file)]) == Candidacy(running=NEW.revision)


def test_too_many_bytes_of_a_candidates_cases_are_an_invalid_spec() -> None:
    """The API server counts no bytes of them."""
    big = written(a_case(inputs=({"a": "x" * 70_000},)))

    with pytest.raises(InvalidPipeline) as refused:
        a_pipeline(candidate=a_candidate() | {"goldenCases": [big]})

    assert str(refused.value) == "spec.candidate.goldenCases: write at most 64 KiB of cases together"


def test_workers_that_know_no_candidates_are_told_of_none_and_status_says_so() -> None:
    file = next_file(ScorerFile(contract_version=1, serving=OLD), OLD, (), candidate=ASKED)

    assert file.candidate is None
    assert judge(ASKED, file, ()) == Candidacy(refusal=TOO_OLD)


def test_a_candidate_runs_once_every_ready_pod_says_so_of_the_present_file() -> None:
    reads, behind = a_report(0, file=BESIDE), a_report(1, file=ScorerFile(serving=OLD))

    assert judge(ASKED, BESIDE, [reads]) == Candidacy(running=NEW.revision)
    assert judge(ASKED, BESIDE, [reads, a_report(1, file=BESIDE, ready=False)]).running == NEW.revision
    assert judge(ASKED, BESIDE, [reads, behind]) == Candidacy()
    assert judge(ASKED, BESIDE, [reads, PodReport(a_report(1).pod)]) == Candidacy()
    assert judge(ASKED, BESIDE, []) == Candidacy()
    assert judge(None, BESIDE, [reads]) == Candidacy()


@pytest.fixture
def world() -> World:
    return World()


async def test_a_candidate_comes_and_goes_without_touching_the_pods_template_or_what_serves(world: World) -> None:
    world.change(a_manifest(replicas=2))
    await world.settle()
    template = world.cluster.objects["Deployment", *KEY]["spec"]["template"]
    pods = set(world.cluster.pods)

    world.change(a_manifest(replicas=2, candidate=a_candidate()))
    await world.settle()
    during, conditions = world.status["revision"], world.condition("Ready")
    world.change(a_manifest(replicas=2))
    await world.settle()

    assert during == {"desired": a_revision(), "serving": a_revision(), "candidate": a_revision(0.3)}
    assert conditions == ("True", "SpecRealised")
    assert world.status["revision"] == {"desired": a_revision(), "serving": a_revision()}
    assert world.cluster.objects["Deployment", *KEY]["spec"]["template"] == template
    assert set(world.cluster.pods) == pods


async def test_a_refused_candidate_is_told_of_and_disturbs_no_condition(world: World) -> None:
    world.workers.refuse = {a_revision(0.3)}
    world.change(a_manifest(candidate=a_candidate()))

    await world.settle()

    assert world.status["revision"] == {
        "desired": a_revision(),
        "serving": a_revision(),
        "candidateRefusal": "cannot be built",
    }
    assert (world.condition("Ready")[0], world.condition("Stalled")[0]) == ("True", "False")
    assert await world.writes_of_next_pass() == 0


async def test_a_promoted_candidate_serves_and_is_none_any_more(world: World) -> None:
    world.change(a_manifest(candidate=a_candidate()))
    await world.settle()

    world.change(a_manifest(trading=0.3))
    await world.settle()

    assert world.status["revision"] == {"desired": a_revision(0.3), "serving": a_revision(0.3)}
    assert (world.file.serving, world.file.candidate) == (a_block(0.3), None)


async def test_a_new_operator_finds_the_candidate_as_it_is(world: World) -> None:
    world.change(a_manifest(candidate=a_candidate()))
    await world.settle()
    world.new_operator()

    await world.reconcile(KEY)

    assert await world.writes_of_next_pass() == 0
    assert world.file.candidate == CandidateBlock(scorer=a_block(0.3), mode="Shadow", percent=10.0)
