"""The truth table: one row per situation, and what each condition must say about it."""

from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import pytest
from tools.conditions import members, reason

from harness.pipelines import a_block, a_case, a_lane, a_report, a_revision
from scoring_operator import scaling
from scoring_operator.conditions import HOLD_S, Condition, Facts, Held, Reason, Rollout, Verdict, judge
from scoring_operator.events import Told
from scoring_operator.facts import PodReport
from scoring_operator.revisions import judge as judge_revisions
from scoring_service.contract.scorer_file import ScorerFile
from scoring_service.contract.worker_status import LaneState, LaneStatus

SETTLED = ScorerFile(serving=a_block())
RESUMED = ScorerFile(serving=a_block(), resume="now")
CHANGING = ScorerFile(serving=a_block(), proposed=a_block(0.3))
ALL = tuple(a_lane(partition) for partition in range(6))
EVENS, ODDS = ALL[::2], ALL[1::2]
DONE = Rollout()
GOOD = (a_report(0, lanes=EVENS), a_report(1, lanes=ODDS))


def facts(
    *reports: PodReport,
    file: ScorerFile = SETTLED,
    desired: str = a_revision(),
    replicas: int = 2,
    wanted: int | None = None,
    partitions: int | None = 6,
    rollout: Rollout = DONE,
    problem: tuple[Reason, str] | None = None,
    suspended: bool = False,
    reconcile: str = "",
    decision: scaling.Reason = scaling.Reason.AUTOSCALING_DISABLED,
) -> Facts:
    return Facts(
        replicas=replicas,
        wanted=0 if suspended else replicas if wanted is None else wanted,
        suspended=suspended,
        partitions=partitions,
        reports=reports,
        revisions=judge_revisions(desired, file, reports),
        rollout=rollout,
        problem=problem,
        reconcile=reconcile,
        decision=scaling.Decision(replicas, decision, "why"),
    )


def kept_out(reason: str, **parts: Any) -> Facts:
    """Return what a new pipeline shows whose two pods do not join for a reason outside of them."""
    file = ScorerFile(proposed=a_block())
    reports = (a_report(n, file=file, held=reason, ready=False, partitions=None) for n in range(2))
    return facts(*reports, file=file, partitions=None, **parts)


def lanes_with(state: LaneState, reason: str = "") -> tuple[LaneStatus, ...]:
    return (a_lane(0, state=state, reason=reason), *EVENS[1:])


@dataclass(frozen=True)
class Row:
    """A situation, and status and reason of Available, Ready, Reconciling and Stalled."""

    facts: Facts
    available: str
    ready: str
    reconciling: str
    stalled: str
    others: dict[str, str] = field(default_factory=dict)


def held_out(reason: str, kafka: str = "Unknown NoPodKnows") -> Row:
    return Row(
        kept_out(reason),
        f"False {reason}",
        f"False {reason}",
        f"True {reason}",
        "False NotStalled",
        {"KafkaReachable": kafka},
    )


def decided(reason: scaling.Reason, active: str) -> Row:
    return Row(
        facts(*GOOD, decision=reason),
        "True AllPartitionsScored",
        "True SpecRealised",
        "False Settled",
        "False NotStalled",
        {"ScalingActive": active},
    )


SILENT = PodReport(a_report(1).pod)
NEW = a_revision(0.3)
REFUSING = tuple(
    a_report(n, file=CHANGING, serving=a_revision(), refused=NEW, lanes=lanes) for n, lanes in enumerate((EVENS, ODDS))
)
RETRIED = ScorerFile(serving=a_block(), proposed=msgspec.structs.replace(a_block(), golden_cases=(a_case(),)))
MISSING = tuple(a_report(n, file=RETRIED, refused=a_revision(), lanes=lanes) for n, lanes in enumerate((EVENS, ODDS)))
OLD_FILE = ScorerFile(contract_version=1, serving=a_block())
OLDER = tuple(a_report(n, file=OLD_FILE, lanes=lanes) for n, lanes in enumerate((EVENS, ODDS)))
OLD_CHANGING = ScorerFile(contract_version=1, serving=a_block(), proposed=a_block(0.3))


def untried(
    *reports: PodReport, file: ScorerFile = OLD_FILE, desired: str = a_revision(), suspended: bool = False
) -> Facts:
    """Return what is seen of workers whose image knows no golden cases, and a spec that has some."""
    seen = facts(*reports, file=file, desired=desired, suspended=suspended)
    return replace(seen, revisions=judge_revisions(desired, file, reports, has_cases=True))


TABLE = {
    "everything is as the spec says": Row(
        facts(*GOOD),
        "True AllPartitionsScored",
        "True SpecRealised",
        "False Settled",
        "False NotStalled",
        {
            "Accepted": "True SpecAccepted",
            "KafkaReachable": "True BrokersAnswer",
            "ReconciliationPaused": "False NotPaused",
            "ScalingActive": "False AutoscalingDisabled",
            "ScalingLimited": "False WithinPartitions",
            "WeightsVerified": "True WeightsTried",
        },
    ),
    "the load decides on replicas": decided(scaling.Reason.WITHIN_TARGET, "True ReplicasDecided"),
    "another autoscaler decides on replicas": decided(scaling.Reason.FOREIGN_AUTOSCALER, "False ForeignAutoscaler"),
    "nobody knows the load that is to decide": decided(scaling.Reason.LAG_UNKNOWN, "False LoadUnknown"),
    "nobody decides on replicas while nothing runs": Row(
        facts(suspended=True, decision=scaling.Reason.SUSPENDED),
        "False Suspended",
        "False Suspended",
        "False Settled",
        "False NotStalled",
        {"ScalingActive": "False Suspended"},
    ),
    "other golden cases are on their way": Row(
        facts(*GOOD, file=RETRIED),
        "True AllPartitionsScored",
        "False RevisionPending",
        "True RevisionPending",
        "False NotStalled",
        {"WeightsVerified": "Unknown RevisionPending"},
    ),
    "other golden cases are missed by the revision that serves": Row(
        facts(*MISSING, file=RETRIED),
        "True AllPartitionsScored",
        "False WeightsRejected",
        "False WeightsRejected",
        "True WeightsRejected",
        {"WeightsVerified": "False WeightsRejected"},
    ),
    "the workers' image is too old for golden cases": Row(
        untried(*OLDER),
        "True AllPartitionsScored",
        "False CasesUntried",
        "False CasesUntried",
        "True CasesUntried",
        {"WeightsVerified": "Unknown CasesUntried", "Accepted": "True SpecAccepted"},
    ),
    "the workers' image is too old for golden cases, and a newer one rolls out": Row(
        replace(untried(*OLDER), rollout=Rollout(complete=False)),
        "True AllPartitionsScored",
        "False RolloutInProgress",
        "True RolloutInProgress",
        "False NotStalled",
        {"WeightsVerified": "Unknown CasesUntried"},
    ),
    "the workers' image is too old for golden cases, and another weight is on its way": Row(
        untried(*OLDER, file=OLD_CHANGING, desired=NEW),
        "True AllPartitionsScored",
        "False RevisionPending",
        "True RevisionPending",
        "False NotStalled",
        {"WeightsVerified": "Unknown RevisionPending"},
    ),
    "the workers' image is too old for golden cases, and offsets are lost": Row(
        untried(a_report(0, file=OLD_FILE, lanes=lanes_with(LaneState.HELD, "OffsetsLost")), OLDER[1]),
        "False LanesHeld",
        "False OffsetsLost",
        "False OffsetsLost",
        "True OffsetsLost",
    ),
    "the workers' image is too old for golden cases, and suspended": Row(
        untried(suspended=True),
        "False Suspended",
        "False Suspended",
        "False Settled",
        "False NotStalled",
        {"WeightsVerified": "Unknown CasesUntried"},
    ),
    "the workers' image is too old for golden cases, and there are none": Row(
        facts(*OLDER, file=OLD_FILE),
        "True AllPartitionsScored",
        "True SpecRealised",
        "False Settled",
        "False NotStalled",
        {"WeightsVerified": "True WeightsTried"},
    ),
    "a child could not be written for now": Row(
        replace(facts(*GOOD), delay="the webhook is away"),
        "True AllPartitionsScored",
        "False ChildDelayed",
        "True ChildDelayed",
        "False NotStalled",
    ),
    "more pods are asked for than there are partitions": Row(
        facts(*GOOD, replicas=9, wanted=2, partitions=6),
        "True AllPartitionsScored",
        "True SpecRealised",
        "False Settled",
        "False NotStalled",
        {"ScalingLimited": "True MorePodsThanPartitions"},
    ),
    "nothing runs yet": Row(
        facts(file=ScorerFile(proposed=a_block()), partitions=None, rollout=Rollout(complete=False)),
        "False NoVerifiedRevision",
        "False NoVerifiedRevision",
        "True NoVerifiedRevision",
        "False NotStalled",
        {"ScalingLimited": "Unknown PartitionsUnknown"},
    ),
    "the very first revision is refused": Row(
        facts(
            a_report(file=ScorerFile(proposed=a_block()), serving="", refused=a_revision(), ready=False),
            file=ScorerFile(proposed=a_block()),
        ),
        "False NoVerifiedRevision",
        "False WeightsRejected",
        "False WeightsRejected",
        "True WeightsRejected",
    ),
    "scaled to zero": Row(
        facts(replicas=0),
        "False ScaledToZero",
        "False ScaledToZero",
        "False Settled",
        "False NotStalled",
        {"KafkaReachable": "Unknown NoPodKnows"},
    ),
    "scaled to zero, but a pod has not ended yet": Row(
        facts(a_report(0, terminating=True), replicas=0),
        "False ScaledToZero",
        "False ScaledToZero",
        "True ScaledToZero",
        "False NotStalled",
    ),
    "suspended": Row(
        facts(suspended=True, replicas=9),
        "False Suspended",
        "False Suspended",
        "False Settled",
        "False NotStalled",
        {"ScalingLimited": "False Suspended", "KafkaReachable": "Unknown NoPodKnows", "Accepted": "True SpecAccepted"},
    ),
    "suspended before anything was verified": Row(
        facts(file=ScorerFile(proposed=a_block()), suspended=True, partitions=None),
        "False Suspended",
        "False Suspended",
        "False Settled",
        "False NotStalled",
        {"ScalingLimited": "False Suspended"},
    ),
    "suspended, but pods have not ended yet": Row(
        facts(GOOD[0], a_report(1, lanes=ODDS, terminating=True), suspended=True),
        "False Suspended",
        "False Suspended",
        "True Suspended",
        "False NotStalled",
    ),
    "suspended, and a pod was evicted before": Row(
        facts(replace(GOOD[0], pod=replace(GOOD[0].pod, terminating=True, ended=True)), suspended=True),
        "False Suspended",
        "False Suspended",
        "False Settled",
        "False NotStalled",
    ),
    "a Secret is missing": held_out("CredentialsMissing"),
    "a password is refused": held_out("CredentialsInvalid"),
    "a permission is missing": held_out("NotAuthorised"),
    "somebody else writes with the transactional ids": held_out("ProducerFenced"),
    "an output topic is missing from the start": held_out("OutputUnavailable"),
    "the brokers have never answered": held_out("BrokersUnreachable", kafka="False BrokersUnreachable"),
    "pods do not join for a reason that only newer operators know": Row(
        kept_out("SomethingNew"),
        "False WorkersHeld",
        "False WorkersHeld",
        "True WorkersHeld",
        "False NotStalled",
    ),
    "pods do not join for a reason that means something else here": Row(
        kept_out("SpecAccepted"),
        "False WorkersHeld",
        "False WorkersHeld",
        "True WorkersHeld",
        "False NotStalled",
    ),
    "a pod more misses its Secret while the others hold all partitions": Row(
        facts(*GOOD, a_report(2, held="CredentialsMissing", ready=False, partitions=None), replicas=3),
        "True AllPartitionsScored",
        "False CredentialsMissing",
        "True CredentialsMissing",
        "False NotStalled",
        {"KafkaReachable": "True BrokersAnswer"},
    ),
    "a pod that is refused leaves partitions alone": Row(
        facts(GOOD[0], a_report(1, held="CredentialsInvalid", ready=False)),
        "False CredentialsInvalid",
        "False CredentialsInvalid",
        "True CredentialsInvalid",
        "False NotStalled",
    ),
    "no pod is ready": Row(
        facts(a_report(0, ready=False), a_report(1, ready=False)),
        "False NoReadyPods",
        "False NoReadyPods",
        "True NoReadyPods",
        "False NotStalled",
    ),
    "a pod with partitions is silent": Row(
        facts(GOOD[0], SILENT),
        "Unknown StatusUnreachable",
        "Unknown StatusUnreachable",
        "True StatusUnreachable",
        "False NotStalled",
    ),
    "a pod is silent, but the others hold all partitions": Row(
        facts(a_report(0, lanes=ALL), SILENT),
        "True AllPartitionsScored",
        "False RevisionPending",
        "True RevisionPending",
        "False NotStalled",
    ),
    "no pod knows the partitions": Row(
        facts(a_report(0, partitions=None), a_report(1, partitions=None), partitions=None),
        "Unknown PartitionsUnknown",
        "Unknown PartitionsUnknown",
        "True PartitionsUnknown",
        "False NotStalled",
    ),
    "partitions have no pod": Row(
        facts(GOOD[0], a_report(1)),
        "False PartitionsUnassigned",
        "False PartitionsUnassigned",
        "True PartitionsUnassigned",
        "False NotStalled",
    ),
    "the partitions of a pod that ends are not counted": Row(
        facts(GOOD[0], a_report(1, lanes=ODDS, terminating=True), replicas=1),
        "False PartitionsUnassigned",
        "False PartitionsUnassigned",
        "True PartitionsUnassigned",
        "False NotStalled",
    ),
    "a lane is held": Row(
        facts(a_report(0, lanes=lanes_with(LaneState.HELD, "OutputUnavailable")), GOOD[1]),
        "False LanesHeld",
        "False LanesHeld",
        "True LanesHeld",
        "False NotStalled",
    ),
    "the brokers are away": Row(
        facts(a_report(0, lanes=lanes_with(LaneState.HELD, "BrokersUnreachable")), GOOD[1]),
        "False LanesHeld",
        "False LanesHeld",
        "True LanesHeld",
        "False NotStalled",
        {"KafkaReachable": "False BrokersUnreachable"},
    ),
    "the offsets of a partition are lost": Row(
        facts(a_report(0, lanes=lanes_with(LaneState.HELD, "OffsetsLost")), GOOD[1]),
        "False LanesHeld",
        "False OffsetsLost",
        "False OffsetsLost",
        "True OffsetsLost",
        {"Accepted": "True SpecAccepted"},
    ),
    "too many records of a partition would fail": Row(
        facts(a_report(0, lanes=lanes_with(LaneState.HELD, "FailureBudgetExceeded")), GOOD[1]),
        "False LanesHeld",
        "False FailureBudgetExceeded",
        "False FailureBudgetExceeded",
        "True FailureBudgetExceeded",
    ),
    "too many records would fail, and another revision is on its way": Row(
        facts(
            a_report(0, file=CHANGING, lanes=lanes_with(LaneState.HELD, "FailureBudgetExceeded")),
            GOOD[1],
            file=CHANGING,
            desired=NEW,
        ),
        "False LanesHeld",
        "False LanesHeld",
        "True LanesHeld",
        "False NotStalled",
    ),
    "too many records would fail, and a pod has not read yet that it may go on": Row(
        facts(
            a_report(0, lanes=lanes_with(LaneState.HELD, "FailureBudgetExceeded")),
            a_report(1, file=RESUMED, lanes=ODDS),
            file=RESUMED,
        ),
        "False LanesHeld",
        "False LanesHeld",
        "True LanesHeld",
        "False NotStalled",
    ),
    "offsets are lost, and another answer to that rolls out": Row(
        facts(a_report(0, lanes=lanes_with(LaneState.HELD, "OffsetsLost")), GOOD[1], rollout=Rollout(complete=False)),
        "False LanesHeld",
        "False LanesHeld",
        "True LanesHeld",
        "False NotStalled",
    ),
    "a lane makes no progress": Row(
        facts(a_report(0, lanes=lanes_with(LaneState.STALLED)), GOOD[1]),
        "False LanesStalled",
        "False LanesStalled",
        "True LanesStalled",
        "False NotStalled",
    ),
    "a lane has just been assigned": Row(
        facts(a_report(0, lanes=lanes_with(LaneState.INITIALISING)), GOOD[1]),
        "False LanesInitialising",
        "False LanesInitialising",
        "True LanesInitialising",
        "False NotStalled",
    ),
    "a changed weight is on its way": Row(
        facts(*GOOD, file=CHANGING, desired=NEW),
        "True AllPartitionsScored",
        "False RevisionPending",
        "True RevisionPending",
        "False NotStalled",
    ),
    "a changed weight is promoted, but one pod has not read the file yet": Row(
        facts(
            a_report(0, file=ScorerFile(serving=a_block(0.3)), lanes=EVENS),
            a_report(1, file=CHANGING, lanes=ODDS),
            file=ScorerFile(serving=a_block(0.3)),
            desired=NEW,
        ),
        "True AllPartitionsScored",
        "False RevisionPending",
        "True RevisionPending",
        "False NotStalled",
    ),
    "a changed weight is refused": Row(
        facts(*REFUSING, file=CHANGING, desired=NEW),
        "True AllPartitionsScored",
        "False WeightsRejected",
        "False WeightsRejected",
        "True WeightsRejected",
        {"Accepted": "True SpecAccepted"},
    ),
    "a changed weight is refused by one pod and served by another": Row(
        facts(REFUSING[0], a_report(1, file=CHANGING, lanes=ODDS), file=CHANGING, desired=NEW),
        "True AllPartitionsScored",
        "False WeightsRejected",
        "False WeightsRejected",
        "True WeightsRejected",
    ),
    "a rollout is under way": Row(
        facts(*GOOD, rollout=Rollout(complete=False)),
        "True AllPartitionsScored",
        "False RolloutInProgress",
        "True RolloutInProgress",
        "False NotStalled",
    ),
    "a rollout is stuck": Row(
        facts(*GOOD, rollout=Rollout(complete=False, stuck=True)),
        "True AllPartitionsScored",
        "False RolloutStuck",
        "False RolloutStuck",
        "True RolloutStuck",
    ),
    "a pod is still missing": Row(
        facts(*GOOD, replicas=3),
        "True AllPartitionsScored",
        "False PodsStarting",
        "True PodsStarting",
        "False NotStalled",
    ),
    "a pod is still too many": Row(
        facts(*GOOD, replicas=1),
        "True AllPartitionsScored",
        "False PodsStarting",
        "True PodsStarting",
        "False NotStalled",
    ),
    "the spec cannot be read while its former self scores": Row(
        replace(
            facts(*GOOD, desired="", problem=(Reason.INVALID_SPEC, "spec.replicas: Expected `int`, got `str`")),
            decision=None,
        ),
        "True AllPartitionsScored",
        "False InvalidSpec",
        "False InvalidSpec",
        "True InvalidSpec",
        {"Accepted": "False InvalidSpec"},
    ),
    "a child is refused": Row(
        facts(*GOOD, problem=(Reason.MANIFEST_REFUSED, "Deployment is invalid")),
        "True AllPartitionsScored",
        "False ManifestRefused",
        "False ManifestRefused",
        "True ManifestRefused",
        {"Accepted": "False ManifestRefused"},
    ),
    "the definition is newer": Row(
        facts(*GOOD, problem=(Reason.UNKNOWN_FIELDS, "this operator does not know spec.tomorrow")),
        "True AllPartitionsScored",
        "False UnknownFields",
        "False UnknownFields",
        "True UnknownFields",
        {"Accepted": "False UnknownFields"},
    ),
    "reconciliation is paused": Row(
        facts(*GOOD, reconcile="paused"),
        "True AllPartitionsScored",
        "False ReconciliationPaused",
        "False ReconciliationPaused",
        "True ReconciliationPaused",
        {"ReconciliationPaused": "True ReconciliationPaused", "Accepted": "True SpecAccepted"},
    ),
    "reconciliation is paused while a changed weight is refused": Row(
        facts(*REFUSING, file=CHANGING, desired=NEW, reconcile="paused"),
        "True AllPartitionsScored",
        "False ReconciliationPaused",
        "False ReconciliationPaused",
        "True ReconciliationPaused",
        {"WeightsVerified": "False WeightsRejected"},
    ),
    "somebody meant to pause and wrote another word": Row(
        facts(*GOOD, reconcile="true"),
        "True AllPartitionsScored",
        "True SpecRealised",
        "False Settled",
        "False NotStalled",
        {"ReconciliationPaused": "False NotPaused"},
    ),
    "a name is taken": Row(
        facts(problem=(Reason.CONFLICT, "Service wallets exists")),
        "False NoReadyPods",
        "False Conflict",
        "False Conflict",
        "True Conflict",
        {"Accepted": "False Conflict"},
    ),
}


def said(verdict: Verdict) -> str:
    return f"{verdict.status} {verdict.reason}"


@pytest.mark.parametrize("situation", TABLE)
def test_each_situation_has_its_conditions(situation: str) -> None:
    row = TABLE[situation]

    verdicts, _ = judge(row.facts, {}, Held(), now=0.0)

    assert said(verdicts["Available"]) == row.available
    assert said(verdicts["Ready"]) == row.ready
    assert said(verdicts["Reconciling"]) == row.reconciling
    assert said(verdicts["Stalled"]) == row.stalled
    assert row.others.items() <= {kind: said(verdict) for kind, verdict in verdicts.items()}.items()


@pytest.mark.parametrize("situation", TABLE)
def test_conditions_never_contradict_each_other(situation: str) -> None:
    verdicts, _ = judge(TABLE[situation].facts, {}, Held(), now=0.0)
    status = {kind: verdict.status for kind, verdict in verdicts.items()}

    assert not (status["Reconciling"] == "True" and status["Stalled"] == "True")
    if status["Ready"] == "True":
        assert status["Available"] == "True"
        assert status["Reconciling"] == status["Stalled"] == "False"
    assert all(verdict.message for verdict in verdicts.values())


@pytest.mark.parametrize("file", [CHANGING, ScorerFile(proposed=a_block(0.3))])
def test_a_pod_that_does_not_understand_the_live_file_is_quoted(file: ScorerFile) -> None:
    status = GOOD[0].status
    assert status is not None
    words = "scorer.json has contractVersion 2, at most 1 is read"
    puzzled = replace(GOOD[0], status=msgspec.structs.replace(status, last_error=words))

    verdicts, _ = judge(facts(puzzled, GOOD[1], file=file, desired=NEW), {}, Held(), now=0.0)

    assert verdicts["Ready"].message.endswith(f"; {puzzled.pod.name} says: {words}")


def test_every_reason_occurs_in_the_table() -> None:
    occurring = {
        verdict.reason for row in TABLE.values() for verdict in judge(row.facts, {}, Held(), now=0.0)[0].values()
    }

    assert occurring == set(Reason)


def test_every_reason_is_documented_with_the_conditions_that_say_it() -> None:
    """Ready and Reconciling repeat what others say, and are named only where nobody else does."""
    saying: dict[str, set[str]] = {name: set() for name in Reason}
    for row in TABLE.values():
        for kind, verdict in judge(row.facts, {}, Held(), now=0.0)[0].items():
            saying[verdict.reason].add(kind)
    first = {
        name: kinds - {"Ready", "Reconciling"} or kinds - {"Reconciling"} or kinds for name, kinds in saying.items()
    }

    documented = {name: set(kinds.split(", ")) for name, kinds, _ in map(reason, members(Reason))}

    assert documented == first


def test_every_condition_and_every_event_has_a_meaning() -> None:
    assert {value for value, meaning in members(Condition) if meaning.endswith(".")} == set(Condition)
    assert {value for value, meaning in members(Told) if meaning.endswith(".")} == set(Told)


WAS_GOOD = {"Available": "True", "Ready": "True"}


@pytest.mark.parametrize(
    "situation",
    [
        "partitions have no pod",
        "a lane has just been assigned",
        "a lane is held",
        "no pod is ready",
        "a pod with partitions is silent",
    ],
)
def test_available_and_ready_outlive_what_lasts_less_than_a_minute(situation: str) -> None:
    row = TABLE[situation]

    verdicts, held = judge(row.facts, WAS_GOOD, Held(), now=100.0)
    nearly, _ = judge(row.facts, WAS_GOOD, held, now=100.0 + HOLD_S - 0.1)
    later, _ = judge(row.facts, WAS_GOOD, held, now=100.0 + HOLD_S)

    for verdict in (verdicts, nearly):
        assert (verdict["Available"].status, verdict["Ready"].status) == ("True", "True")
        assert verdict["Reconciling"].status == "True"
    assert said(later["Available"]) == row.available
    assert said(later["Ready"]) == row.ready


def test_a_scale_up_keeps_ready_for_a_minute() -> None:
    starting = TABLE["a pod is still missing"].facts

    verdicts, held = judge(starting, WAS_GOOD, Held(), now=0.0)
    later, _ = judge(starting, WAS_GOOD, held, now=HOLD_S)

    assert (verdicts["Ready"].status, verdicts["Reconciling"].status) == ("True", "True")
    assert said(later["Ready"]) == "False PodsStarting"


@pytest.mark.parametrize(
    "situation",
    [
        "a changed weight is on its way",
        "a changed weight is refused",
        "a rollout is under way",
        "scaled to zero",
        "suspended",
        "a child is refused",
    ],
)
def test_ready_goes_at_once_when_the_spec_asks_for_something_new(situation: str) -> None:
    verdicts, _ = judge(TABLE[situation].facts, WAS_GOOD, Held(), now=0.0)

    assert verdicts["Ready"].status == "False"


def test_a_changed_weight_takes_ready_at_once_even_when_a_pod_is_silent() -> None:
    changing = facts(GOOD[0], SILENT, file=CHANGING, desired=NEW)

    verdicts, _ = judge(changing, WAS_GOOD, Held(), now=0.0)

    assert verdicts["Ready"].status != "True"
    assert verdicts["Available"].status == "True"


@pytest.mark.parametrize("situation", ["scaled to zero", "suspended"])
def test_what_is_stopped_by_a_person_is_unavailable_at_once(situation: str) -> None:
    verdicts, _ = judge(TABLE[situation].facts, WAS_GOOD, Held(), now=0.0)

    assert said(verdicts["Available"]) == TABLE[situation].available


def test_a_suspended_pipeline_is_warned_that_brokers_forget() -> None:
    verdicts, _ = judge(TABLE["suspended"].facts, {}, Held(), now=0.0)

    assert "7 days" in verdicts["Available"].message
    assert "7 days" in verdicts["Ready"].message


def test_whether_brokers_answer_outlives_silent_pods_for_a_minute() -> None:
    silent = facts(*(PodReport(report.pod) for report in GOOD))
    former = {"KafkaReachable": "True"}

    verdicts, held = judge(silent, former, Held(), now=0.0)
    later, _ = judge(silent, former, held, now=HOLD_S)

    assert verdicts["KafkaReachable"].status == "True"
    assert later["KafkaReachable"].status == "Unknown"


def test_brokers_that_do_not_answer_are_said_at_once() -> None:
    verdicts, _ = judge(TABLE["the brokers are away"].facts, {"KafkaReachable": "True"}, Held(), now=0.0)

    assert verdicts["KafkaReachable"].status == "False"


def test_whether_brokers_answer_is_unknown_at_once_when_no_pod_runs() -> None:
    verdicts, _ = judge(TABLE["suspended"].facts, {"KafkaReachable": "True"}, Held(), now=0.0)

    assert verdicts["KafkaReachable"].status == "Unknown"


def test_what_has_become_good_again_is_not_remembered_as_bad() -> None:
    bad, good = TABLE["partitions have no pod"].facts, TABLE["everything is as the spec says"].facts
    _, held = judge(bad, WAS_GOOD, Held(), now=0.0)
    _, held = judge(good, WAS_GOOD, held, now=30.0)

    verdicts, _ = judge(bad, WAS_GOOD, held, now=70.0)

    assert verdicts["Available"].status == "True"


def test_an_unavailable_pipeline_is_not_called_available_while_a_pod_is_silent() -> None:
    silent = TABLE["a pod with partitions is silent"].facts

    verdicts, held = judge(silent, {"Available": "False", "Ready": "False"}, Held(), now=0.0)
    later, _ = judge(silent, {"Available": "False", "Ready": "False"}, held, now=HOLD_S)

    assert verdicts["Available"].status == "False"
    assert later["Available"].status == "Unknown"


def test_a_refusal_names_the_revision_and_the_reason_in_the_pods_words() -> None:
    verdicts, _ = judge(TABLE["a changed weight is refused"].facts, {}, Held(), now=0.0)

    assert verdicts["Stalled"].message == f"revision {NEW}: weights.trading is too much"


def test_held_lanes_are_named_each_with_its_reason() -> None:
    lanes = [a_lane(0, state=LaneState.HELD, reason="OutputUnavailable"), a_lane(2, state=LaneState.HELD), EVENS[2]]

    verdicts, _ = judge(facts(a_report(0, lanes=lanes), GOOD[1]), {}, Held(), now=0.0)

    assert verdicts["Available"].message == ("2 of 6 partitions are held: 0 (OutputUnavailable), 2 (no reason given)")


def test_many_held_lanes_are_counted_and_not_all_named() -> None:
    lanes = [a_lane(partition, state=LaneState.HELD, reason="OffsetsLost") for partition in range(50)]

    verdicts, _ = judge(facts(a_report(0, lanes=lanes), partitions=50), {}, Held(), now=0.0)

    assert verdicts["Available"].message.startswith("50 of 50 partitions are held: 0 (OffsetsLost), 1 (OffsetsLost)")
    assert verdicts["Available"].message.endswith("4 (OffsetsLost) and 45 more")
    assert verdicts["Stalled"].message.startswith("partition 0 and 49 more: ")


@pytest.mark.parametrize(
    ("situation", "way_out"),
    [
        ("the offsets of a partition are lost", "spec.input.onOffsetsLost"),
        ("too many records of a partition would fail", "kubectl-scoring resume"),
    ],
)
def test_what_waits_for_a_person_names_the_partition_and_the_way_out(situation: str, way_out: str) -> None:
    verdicts, _ = judge(TABLE[situation].facts, {}, Held(), now=0.0)

    assert verdicts["Stalled"].message.startswith("partition 0: ")
    assert way_out in verdicts["Stalled"].message


def test_pods_that_do_not_join_are_quoted() -> None:
    verdicts, _ = judge(TABLE["a Secret is missing"].facts, {}, Held(), now=0.0)

    assert verdicts["Available"].message == (
        "2 of 2 pods have not joined the group, e.g. wallets-0: what CredentialsMissing means"
    )


def test_a_stuck_rollout_quotes_the_pods_that_do_not_join() -> None:
    verdicts, _ = judge(kept_out("CredentialsMissing", rollout=Rollout(complete=False, stuck=True)), {}, Held(), 0.0)

    assert said(verdicts["Stalled"]) == "True RolloutStuck"
    assert verdicts["Stalled"].message.endswith("wallets-0: what CredentialsMissing means")


@pytest.mark.parametrize(
    ("rollout", "waiting", "words"),
    [
        (Rollout(complete=False, stuck=True), "ImagePullBackOff", "wallets-2: ImagePullBackOff"),
        (Rollout(complete=False, stuck=True, failure="exceeded quota: pods"), "", "exceeded quota: pods"),
    ],
)
def test_a_stuck_rollout_says_why_pods_are_not_made_or_do_not_run(rollout: Rollout, waiting: str, words: str) -> None:
    late = a_report(2, ready=False)
    late = replace(late, pod=replace(late.pod, waiting=waiting), status=None)

    verdicts, _ = judge(facts(*GOOD, late, rollout=rollout, replicas=3), {}, Held(), 0.0)

    assert verdicts["Stalled"].message == f"the Deployment has made no progress for its deadline; {words}"


def test_pods_that_do_not_run_are_quoted_long_before_the_deadline() -> None:
    """An image that cannot be pulled is said within seconds, not after five minutes."""
    pods = [replace(a_report(n, ready=False).pod, waiting="ErrImagePull") for n in range(2)]

    none = facts(*map(PodReport, pods))
    late = PodReport(replace(pods[0], name="wallets-2"))
    one = facts(*GOOD, late, replicas=3)
    rolled = facts(*GOOD, late, rollout=Rollout(complete=False), replicas=2)

    assert judge(none, {}, Held(), 0.0)[0]["Available"].message == "0 of 2 pods are ready; wallets-0: ErrImagePull"
    assert judge(one, {}, Held(), 0.0)[0]["Ready"].message.endswith("of 3; wallets-2: ErrImagePull")
    assert judge(rolled, {}, Held(), 0.0)[0]["Ready"].message.endswith("still run; wallets-2: ErrImagePull")


def test_a_reason_that_is_not_known_here_is_in_the_message() -> None:
    verdicts, _ = judge(TABLE["pods do not join for a reason that only newer operators know"].facts, {}, Held(), 0.0)

    assert verdicts["Available"].message.endswith("wallets-0: SomethingNew: what SomethingNew means")


def test_a_word_that_does_not_pause_is_told() -> None:
    verdicts, _ = judge(TABLE["somebody meant to pause and wrote another word"].facts, {}, Held(), 0.0)

    assert "'true', which means nothing" in verdicts["ReconciliationPaused"].message
