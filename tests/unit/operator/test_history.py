"""`status.revisions`: what served, newest first, each once, with what it takes to propose it again."""

from datetime import UTC, datetime
from typing import Any

from harness.pipelines import a_block, a_manifest, a_revision
from scoring_operator import history
from scoring_operator.facts import Manifest
from scoring_service.contract.scorer_file import ScorerBlock

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 1, 1, 13, tzinfo=UTC)


def told(former: Manifest, block: ScorerBlock | None, pipeline: Manifest | None = None, now: datetime = NOON) -> Any:
    return history.told(former, block, pipeline or a_manifest(), now).get("revisions")


def after(*weights: float) -> Manifest:
    """Return the status after these weights have served, the last one now."""
    status: Manifest = {}
    for weight in weights:
        status = history.told(status, a_block(weight), a_manifest(trading=weight), NOON)
    return status


def a_large_block(number: int, size: int) -> ScorerBlock:
    return ScorerBlock(member="custom", parameters={"number": number, "text": "x" * size})


def test_there_is_nothing_to_tell_before_the_first_revision_serves() -> None:
    assert history.told({}, None, a_manifest(), NOON) == {}


def test_a_revision_is_told_with_its_scorer_and_the_moment_it_began_to_serve() -> None:
    assert told({}, a_block()) == [
        {
            "revision": a_revision(),
            "servingSince": "2026-01-01T12:00:00Z",
            "scorer": a_manifest()["spec"]["scorer"],
        }
    ]


def test_nothing_changes_while_the_same_revision_serves() -> None:
    former = after(0.4, 0.3)

    assert history.told(former, a_block(0.3), a_manifest(trading=0.9), LATER) == former


def test_the_newest_comes_first_and_ten_are_kept() -> None:
    weights = [number / 100 for number in range(12)]

    kept = [entry.revision for entry in history.entries(after(*weights))]

    assert kept == [a_revision(weight) for weight in reversed(weights[2:])]


def test_a_revision_that_comes_back_is_listed_once() -> None:
    found = told(after(0.4, 0.3), a_block(0.4), now=LATER)

    assert [entry["revision"] for entry in found] == [a_revision(0.4), a_revision(0.3)]
    assert found[0]["servingSince"] == "2026-01-01T13:00:00Z"


def test_the_newest_scorers_are_kept_longest_within_their_bytes() -> None:
    status: Manifest = {}
    for number in range(4):
        status = history.told(status, a_large_block(number, 25_000), a_manifest(), NOON)

    assert ["scorer" in entry for entry in status["revisions"]] == [True, True, False, False]


def test_a_scorer_that_alone_is_too_large_is_not_kept() -> None:
    found = told({}, a_large_block(0, history.SCORERS_BYTES))

    assert "scorer" not in found[0]


def test_who_asked_is_the_latest_who_wrote_the_scorer() -> None:
    scorer, replicas = {"f:spec": {"f:scorer": {}}}, {"f:spec": {"f:replicas": {}}}
    pipeline = a_manifest()
    pipeline["metadata"]["managedFields"] = [
        {"manager": "kubectl-create", "time": "2026-01-01T10:00:00Z", "fieldsV1": scorer},
        {"manager": "kubectl-edit", "time": "2026-01-01T11:00:00Z", "fieldsV1": scorer},
        {"manager": "autoscaler", "time": "2026-01-01T11:30:00Z", "fieldsV1": replicas},
    ]

    assert told({}, a_block(), pipeline)[0]["by"] == "kubectl-edit"
    assert "by" not in told({}, a_block(0.3), pipeline)[0], "the spec asks for something else by now"


def test_a_rollback_leads_to_the_newest_that_the_spec_does_not_ask_for() -> None:
    status = after(0.1, 0.2, 0.3)

    past = history.former_of(status, a_revision(0.3))
    refused = history.former_of(status, a_revision(0.9))

    assert past is not None
    assert past.revision == a_revision(0.2)
    assert refused is not None
    assert refused.revision == a_revision(0.3), "what serves, while the spec is refused"
    assert history.former_of(after(0.4), a_revision(0.4)) is None


def test_a_scorer_that_somebody_changed_is_not_taken_for_its_revision() -> None:
    status = after(0.4)
    status["revisions"][0]["scorer"] = a_manifest(trading=0.9)["spec"]["scorer"]

    assert history.entries(status)[0].block is None


def test_a_list_that_cannot_be_read_tells_nothing() -> None:
    assert history.entries({"revisions": [{"scorer": {}}]}) == []
