"""`kubectl-scoring explain`: the tree names the cause, in the order of causes, and what to do about it."""

from typing import Any

import pytest
from rich.console import Console

from harness.pipelines import KEY, a_lane, a_manifest, a_pod, a_report, a_revision
from scoring_operator.cli.explain import as_tree
from scoring_operator.cli.explanation import Node, explanation
from scoring_operator.cli.remedies import remedy
from scoring_operator.cli.troubles import pod_trouble, rollout_troubles
from scoring_operator.conditions import Reason
from scoring_operator.errors import InvalidManifest
from scoring_operator.facts import Manifest, Observed, PodReport, Sighting
from scoring_service.contract.worker_status import LaneState
from unit.operator.test_reconcile import World


async def seen(world: World, **more: Any) -> Sighting:
    """Return what a person sees of a world."""
    observed = world.cluster.observe(KEY)
    return Sighting(**{"observed": observed, "reports": await world.workers(observed.pods), **more})


@pytest.fixture
async def world() -> World:
    """A pipeline that is settled."""
    found = World()
    found.change(a_manifest(replicas=2))
    await found.settle()
    return found


def branch(root: Node, what: str) -> Node:
    (found,) = [node for node in root.under if node.what.startswith(what)]
    return found


def said(status: dict[str, Any], *reports: PodReport, **more: Any) -> Node:
    """Return the explanation of a pipeline with that status."""
    pipeline = {**a_manifest(), "status": status}
    return explanation(Sighting(observed=Observed(pipeline), reports=reports, **more))


def judged(kind: str, status: str, reason: str) -> Manifest:
    return {"type": kind, "status": status, "reason": reason, "message": f"why {reason}"}


async def test_a_pipeline_that_is_ready_is_well_in_every_branch(world: World) -> None:
    root = explanation(await seen(world))

    assert (root.well, root.why) == (True, "SpecRealised: what runs is what the spec says")
    assert [(node.what, node.well) for node in root.under if node.well is not True] == []
    assert [node.what.split()[0] for node in root.under] == [
        "operator",
        "spec",
        "brokers",
        "revision",
        "pods",
        "partitions",
    ]


async def test_a_refused_revision_is_told_with_the_words_of_the_pod_and_what_to_do(world: World) -> None:
    world.workers.refuse = {a_revision(0.9)}
    world.change(a_manifest(replicas=2, trading=0.9))
    await world.settle()

    root = explanation(await seen(world))

    assert root.well is False
    assert root.why.startswith("WeightsRejected")
    revision = branch(root, "revision")
    assert revision.well is False
    assert all("cannot be built" in node.why for node in revision.under)
    assert "kubectl-scoring rollback" in branch(root, "what to do").why


async def test_pods_that_wait_are_told_in_the_words_of_kubernetes(world: World) -> None:
    pod = a_kubernetes_pod(
        containerStatuses=[{"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}]
    )
    world.cluster.pods["pod-0"] = a_pod(0, ready=False)

    root = explanation(await seen(world, pods=(pod,)))

    pods = branch(root, "pods")
    assert (pods.well, pods.why) == (False, "1 of 2 ready")
    assert [(node.what, node.why) for node in pods.under] == [("pod wallets-0", "ImagePullBackOff: no such image")]


async def test_a_change_that_no_operator_has_acted_on_is_the_first_to_be_told(world: World) -> None:
    world.change(a_manifest(replicas=3))

    operator, *_ = explanation(await seen(world)).under

    assert (operator.well, operator.what) == (False, "operator")
    assert "generation 2" in operator.why


def test_a_pipeline_that_no_operator_has_seen_says_so() -> None:
    root = explanation(Sighting(observed=Observed(a_manifest())))

    assert root.well is None
    assert root.why == "no operator has judged it yet"
    assert "is one running" in branch(root, "operator").why


def test_a_pause_of_the_operator_is_told_with_it() -> None:
    status = {"observedGeneration": 1, "conditions": [judged("ReconciliationPaused", "True", "ReconciliationPaused")]}

    operator = branch(said(status), "operator")
    assert (operator.well, operator.why) == (False, "why ReconciliationPaused")


def test_pods_that_the_brokers_refuse_are_told_below_the_brokers() -> None:
    status = {"conditions": [judged("KafkaReachable", "True", "BrokersAnswer")]}

    brokers = branch(said(status, a_report(0, held="NotAuthorised", partitions=None)), "brokers")

    assert brokers.well is False
    assert [(node.what, node.why) for node in brokers.under] == [("pod wallets-0", "what NotAuthorised means")]


def test_partitions_that_do_not_go_on_are_named_and_many_are_counted() -> None:
    bad = [a_lane(n, state=LaneState.HELD, reason="OutputUnavailable") for n in range(12)]
    partitions = branch(said({"partitions": 13, "assignedPartitions": 13}, a_report(0, lanes=bad)), "partitions")

    assert partitions.well is False
    assert (partitions.under[0].what, partitions.under[0].why) == ("partition 0", "Held: OutputUnavailable")
    assert partitions.under[-1].what == "2 more partitions"


def test_partitions_whose_pods_are_silent_are_unknown_and_not_well() -> None:
    assert branch(said({"partitions": 6}), "partitions").well is None


def test_a_missing_deployment_is_not_taken_for_missing_permission() -> None:
    missing, forbidden = said({}), said({}, unread={"deployments": "forbidden"})

    assert (branch(missing, "pods").well, branch(missing, "pods").why) == (False, "there is no Deployment of them")
    assert (branch(forbidden, "pods").well, branch(forbidden, "pods").why) == (None, "forbidden")
    assert branch(forbidden, "not seen").under == (Node(None, "deployments", "forbidden"),)


def test_a_candidate_that_is_refused_is_told_below_the_revision() -> None:
    told = {"desired": "abc", "candidateRefusal": "a pod is too old"}
    status = {"revision": told, "conditions": [judged("WeightsVerified", "True", "WeightsTried")]}

    assert branch(said(status), "revision").under == (Node(False, "candidate", "a pod is too old"),)


def a_kubernetes_pod(**status: Any) -> Manifest:
    return {"kind": "Pod", "metadata": {"name": "wallets-0"}, "status": {"phase": "Pending", **status}}


def a_warning(about: str = "wallets-0", kind: str = "Warning") -> Manifest:
    involved = {"kind": "Pod", "name": about}
    return {"involvedObject": involved, "type": kind, "reason": "FailedMount", "message": "no such\n  Secret"}


ENDED = {"reason": "OOMKilled", "exitCode": 137}


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (
            {"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3"}]},
            "Unschedulable: 0/3",
        ),
        (
            {
                "containerStatuses": [
                    {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": ENDED}}
                ]
            },
            "CrashLoopBackOff (OOMKilled, exit code 137)",
        ),
        (
            {"containerStatuses": [{"state": {"running": {}}, "restartCount": 3, "lastState": {"terminated": ENDED}}]},
            "its worker was restarted 3 times (OOMKilled, exit code 137)",
        ),
        ({"containerStatuses": [{"state": {"terminated": ENDED}}]}, "its worker has ended (OOMKilled, exit code 137)"),
        ({"phase": "Failed", "reason": "Evicted"}, "it has ended: Evicted"),
        ({"conditions": [{"type": "Ready", "status": "True"}]}, ""),
        ({}, "it is not ready"),
    ],
)
def test_a_pod_says_what_it_waits_for(status: Manifest, trouble: str) -> None:
    assert pod_trouble(a_kubernetes_pod(**status), ()) == trouble


def test_the_latest_warning_about_a_pod_is_told_in_one_line() -> None:
    events = [a_warning(), a_warning("another"), a_warning(kind="Normal")]

    assert pod_trouble(a_kubernetes_pod(), events) == "it is not ready; FailedMount: no such Secret"


def test_a_pod_that_is_about_to_go_is_no_trouble() -> None:
    pod = a_kubernetes_pod()
    pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    assert pod_trouble(pod, ()) == ""


def test_a_deployment_without_quota_says_so() -> None:
    failing = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota"}
    fine = {"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated", "message": ""}

    assert list(rollout_troubles({"status": {"conditions": [fine, failing]}})) == ["FailedCreate: exceeded quota"]


@pytest.mark.parametrize(
    "reason",
    [
        *(Reason.CONFLICT, Reason.FAILURE_BUDGET_EXCEEDED, Reason.INVALID_SPEC, Reason.MANIFEST_REFUSED),
        *(
            Reason.OFFSETS_LOST,
            Reason.RECONCILIATION_PAUSED,
            Reason.ROLLOUT_STUCK,
            Reason.UNKNOWN_FIELDS,
            Reason.WEIGHTS_REJECTED,
        ),
    ],
)
def test_what_only_a_person_can_mend_has_a_remedy(reason: Reason) -> None:
    assert remedy(str(reason))


def test_what_passes_by_itself_or_is_not_known_has_none() -> None:
    assert [remedy(reason) for reason in ("PodsStarting", "Settled", "AReasonOfTomorrow")] == ["", "", ""]


async def test_what_could_not_be_seen_is_said_at_the_end(world: World) -> None:
    root = explanation(await seen(world, unread={"events": str(InvalidManifest("events is forbidden"))}))

    assert root.under[-1] == Node(None, "not seen", "", (Node(None, "events", "events is forbidden"),))


def test_the_tree_marks_what_is_well_and_programs_get_the_same() -> None:
    root = Node(False, "a", "b", (Node(True, "c"), Node(None, "d", "e")))
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        console.print(as_tree(root))

    assert captured.get().splitlines() == ["✘ a: b", "├── ✔ c", "└── • d: e"]
    assert root.as_data() == {
        "well": False,
        "what": "a",
        "why": "b",
        "under": [{"well": True, "what": "c"}, {"well": None, "what": "d", "why": "e"}],
    }
