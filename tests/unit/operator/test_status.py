"""Status says what is known, changes when something changes, and is written no more often than that."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.pipelines import a_block, a_lane, a_pod, a_report, a_revision
from scoring_operator import lanes
from scoring_operator.conditions import Facts, Held, Rollout, judge
from scoring_operator.facts import Manifest, PodReport
from scoring_operator.pace import Pace, paced
from scoring_operator.revisions import judge as judge_revisions
from scoring_operator.status import Identity, rollout, rounded, status
from scoring_service.contract.scorer_file import ScorerFile

FILE = ScorerFile(serving=a_block())
IDENTITY = Identity(generation=7, selector="scoring.dev/pipeline=wallets", image="scoring/service:1", group="g")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 1, 1, 13, tzinfo=UTC)


def told(
    *reports: PodReport, former: Manifest | None = None, now: datetime = NOON, partitions: int | None = 2
) -> Manifest:
    facts = Facts(
        replicas=1,
        wanted=1,
        partitions=partitions,
        reports=reports,
        revisions=judge_revisions(a_revision(), FILE, reports),
        rollout=Rollout(),
    )
    verdicts, _ = judge(facts, {}, Held(), 0.0)
    return status(IDENTITY, facts, verdicts, former or {}, now)


def test_a_settled_pipeline_says_everything() -> None:
    said = told(a_report(lanes=[a_lane(0, lag=3), a_lane(1, lag=4)], partitions=2))

    conditions = said.pop("conditions")
    assert said == {
        "observedGeneration": 7,
        "replicas": 1,
        "readyReplicas": 1,
        "selector": "scoring.dev/pipeline=wallets",
        "partitions": 2,
        "assignedPartitions": 2,
        "lag": {"records": 7},
        "revision": {"desired": a_revision(), "serving": a_revision()},
        "image": "scoring/service:1",
        "input": {"group": "g"},
    }
    assert {condition["observedGeneration"] for condition in conditions} == {7}
    assert {condition["type"] for condition in conditions} == {
        "Available",
        "Ready",
        "Reconciling",
        "Stalled",
        "Accepted",
        "KafkaReachable",
        "ReconciliationPaused",
        "ScalingActive",
        "ScalingLimited",
        "WeightsVerified",
    }


@pytest.mark.parametrize(
    "reports",
    [
        pytest.param([a_report(lanes=[a_lane(0), a_lane(1, lag=None)])], id="a lane does not know its end"),
        pytest.param([a_report(lanes=[a_lane(0)])], id="a partition has no pod"),
        pytest.param([PodReport(a_report().pod)], id="the pod is silent"),
        pytest.param([], id="there is no pod"),
    ],
)
def test_an_unknown_lag_is_absent_and_not_zero(reports: list[PodReport]) -> None:
    assert "lag" not in told(*reports)


def test_assigned_partitions_are_absent_while_a_silent_pod_may_hold_some() -> None:
    silent = PodReport(a_report(1).pod)

    assert "assignedPartitions" not in told(a_report(lanes=[a_lane(0)]), silent)
    assert told(a_report(lanes=[a_lane(0)]))["assignedPartitions"] == 1
    assert told(a_report(lanes=[a_lane(0), a_lane(1)]), silent)["assignedPartitions"] == 2


def test_unknown_partitions_are_absent() -> None:
    said = told(a_report(partitions=None), partitions=None)

    assert "partitions" not in said
    assert "assignedPartitions" not in said


def test_of_two_claims_to_a_partition_the_one_that_is_further_counts() -> None:
    ahead = a_lane(0, lag=1)

    reports = [a_report(0, lanes=[a_lane(0, lag=None)]), a_report(1, lanes=[ahead])]

    assert lanes.assigned_lanes(reports)[0].position == 10
    assert lanes.assigned(reports, 1) == 1


def test_a_transition_time_changes_only_when_the_status_of_its_condition_does() -> None:
    first = told(a_report(lanes=[a_lane(0), a_lane(1)]))

    same = told(a_report(lanes=[a_lane(0), a_lane(1)]), former=first, now=LATER)
    worse = told(a_report(lanes=[a_lane(0)]), former=first, now=LATER)

    assert same == first
    times = {condition["type"]: condition["lastTransitionTime"] for condition in worse["conditions"]}
    assert times["Available"] == times["Ready"] == times["Reconciling"] == "2026-01-01T13:00:00Z"
    assert times["Stalled"] == times["Accepted"] == times["ScalingLimited"] == "2026-01-01T12:00:00Z"


def test_the_first_commit_is_dated_when_a_lane_shows_an_offset_and_kept_whatever_is_seen_later() -> None:
    before = told(a_report(lanes=[a_lane(0), a_lane(1)]))

    first = told(a_report(lanes=[a_lane(0), a_lane(1, committed=0)]), former=before)
    later = told(a_report(lanes=[a_lane(0), a_lane(1, committed=9)]), former=first, now=LATER)
    gone = told(former=later, now=LATER)

    assert "firstCommitTime" not in before
    assert first["firstCommitTime"] == later["firstCommitTime"] == gone["firstCommitTime"] == "2026-01-01T12:00:00Z"
    assert paced(first, before, Pace(tokens=0.0, at=0.0), now=0.0)


@given(st.integers(0, 10**15))
def test_a_rounded_lag_is_within_five_percent_and_zero_only_if_it_is(records: int) -> None:
    assert abs(rounded(records) - records) <= records * 0.05
    assert (rounded(records) == 0) == (records == 0)
    assert len(str(rounded(records)).rstrip("0")) <= 2


def a_deployment(*, generation: int = 2, replicas: int = 3) -> Manifest:
    return {"metadata": {"generation": generation}, "spec": {"replicas": replicas}, "status": {}}


@pytest.mark.parametrize(
    ("deployment", "expected"),
    [
        pytest.param(None, Rollout(complete=False), id="there is none"),
        pytest.param(a_deployment(), Rollout(complete=True), id="not looked at, no pods yet"),
        pytest.param(
            a_deployment() | {"status": {"observedGeneration": 2, "replicas": 4, "updatedReplicas": 1}},
            Rollout(complete=False),
            id="old pods run",
        ),
        pytest.param(
            a_deployment() | {"status": {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2}},
            Rollout(complete=True),
            id="a scale-up",
        ),
        pytest.param(
            a_deployment()
            | {
                "status": {
                    "observedGeneration": 2,
                    "replicas": 4,
                    "updatedReplicas": 1,
                    "conditions": [{"type": "Progressing", "status": "False"}],
                }
            },
            Rollout(complete=False, stuck=True),
            id="the deadline has passed",
        ),
        pytest.param(
            a_deployment()
            | {
                "status": {
                    "observedGeneration": 2,
                    "conditions": [
                        {"type": "Progressing", "status": "True"},
                        {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: pods"},
                    ],
                }
            },
            Rollout(complete=True, failure="exceeded quota: pods"),
            id="no pod may be made",
        ),
    ],
)
def test_a_deployment_says_how_far_its_template_is(deployment: Manifest | None, expected: Rollout) -> None:
    assert rollout(deployment, ()) == expected


@pytest.mark.parametrize("replicas", [2, 3, 4])
def test_a_deployment_that_nobody_has_looked_at_is_judged_by_the_templates_of_its_pods(replicas: int) -> None:
    """Whatever else changed with the template, or did not: numbers of pods say nothing about it."""
    unseen = a_deployment(replicas=replicas) | {
        "status": {"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3}
    }
    pods = [a_pod(number) for number in range(3)]
    former = replace(a_pod(3), is_former=True)

    assert rollout(unseen, pods) == Rollout(complete=True)
    assert rollout(unseen, [*pods, former]) == Rollout(complete=False)
    assert rollout(unseen, [*pods, replace(former, terminating=True)]) == Rollout(complete=True)
