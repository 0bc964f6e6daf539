"""The truth table: facts → conditions, each a chain of checks of which the first that fails gives the reason.

Available   every partition is scored on some verified revision (held for 60 s: a rebalance is no outage)
Ready       available, and exactly what the spec says
Reconciling on its way there by itself
Stalled     not on its way: a person must change something
Accepted    the spec can be read and the cluster takes what follows from it
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from scoring_operator import lanes
from scoring_operator.facts import PodReport
from scoring_operator.revisions import Revisions
from scoring_service.contract.worker_status import LaneState

HOLD_S: Final = 60.0
"""Seconds for which Available and Ready outlive a rebalance, a scale-up or a silent pod."""


class Reason(StrEnum):
    """Every reason that a condition may carry; closed."""

    ALL_PARTITIONS_SCORED = "AllPartitionsScored"
    """Available: each partition has a pod that scores it."""
    INVALID_SPEC = "InvalidSpec"
    """Stalled: the spec cannot be read; the message names the field."""
    LANES_HELD = "LanesHeld"
    """A worker holds a partition back; the message says why."""
    LANES_INITIALISING = "LanesInitialising"
    """A worker has just got a partition and looks for its offset."""
    LANES_STALLED = "LanesStalled"
    """A partition has records and makes no progress."""
    MANIFEST_REFUSED = "ManifestRefused"
    """Stalled: the API server refuses a child; the message is its."""
    MORE_PODS_THAN_PARTITIONS = "MorePodsThanPartitions"
    """ScalingLimited: `spec.replicas` exceeds the partitions; only as many pods run."""
    NAME_TAKEN = "NameTaken"
    """Stalled: an object of a child's name belongs to somebody else."""
    NO_READY_PODS = "NoReadyPods"
    """No pod is ready."""
    NO_VERIFIED_REVISION = "NoVerifiedRevision"
    """No pod has verified a revision yet."""
    NOT_STALLED = "NotStalled"
    """Nothing waits for a person."""
    PARTITIONS_UNASSIGNED = "PartitionsUnassigned"
    """A partition has no pod."""
    PARTITIONS_UNKNOWN = "PartitionsUnknown"
    """No pod knows the input topic's partitions yet."""
    PODS_STARTING = "PodsStarting"
    """Fewer pods are ready, or more exist, than are wanted."""
    REVISION_PENDING = "RevisionPending"
    """The revision of the spec is not served by every ready pod yet."""
    ROLLOUT_IN_PROGRESS = "RolloutInProgress"
    """Pods of the former template still run."""
    ROLLOUT_STUCK = "RolloutStuck"
    """Stalled: the Deployment has made no progress for its deadline."""
    SCALED_TO_ZERO = "ScaledToZero"
    """`spec.replicas` is 0: nothing is scored, offsets are kept."""
    SETTLED = "Settled"
    """Nothing is left to do."""
    SPEC_ACCEPTED = "SpecAccepted"
    """Accepted: the spec can be read and the cluster takes what follows from it."""
    SPEC_REALISED = "SpecRealised"
    """Ready: what runs is what the spec says."""
    STATUS_UNREACHABLE = "StatusUnreachable"
    """A ready pod does not answer when asked for its status."""
    WEIGHTS_REJECTED = "WeightsRejected"
    """Stalled: a pod refuses the revision of the spec; the former one scores on."""
    WITHIN_PARTITIONS = "WithinPartitions"
    """ScalingLimited is False: every pod asked for can have a partition."""


class Verdict(NamedTuple):
    """What one condition says."""

    status: str
    """`True`, `False` or `Unknown`."""
    reason: Reason
    message: str


class Rollout(NamedTuple):
    """How far the Deployment has brought its template."""

    complete: bool = True
    stuck: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that conditions are made of."""

    replicas: int
    """As the spec asks."""
    wanted: int
    """Pods that should run: `replicas`, capped at the partitions."""
    partitions: int | None
    reports: tuple[PodReport, ...]
    revisions: Revisions
    rollout: Rollout
    problem: tuple[Reason, str] | None = None
    """The spec, or a child that follows from it, was refused."""


@dataclass(frozen=True, slots=True)
class Held:
    """Since when, in monotonic seconds, Available and Ready have not been what the facts say; None: they are."""

    available: float | None = None
    ready: float | None = None


Check = Callable[[Facts], Verdict | None]
"""Returns a verdict when it fails, None when it passes."""


def judge(facts: Facts, former: dict[str, str], held: Held, now: float) -> tuple[dict[str, Verdict], Held]:
    """Return the verdict of every condition, by its type, and what to remember until the next time.

    Args:
        facts: What was observed.
        former: Status of the former conditions by type; empty at first.
        held: What the former call returned.
        now: Monotonic seconds.
    """
    raw_available = available(facts)
    shown, available_since = _hold(raw_available, former.get("Available", ""), held.available, now)
    pending = ready(facts, raw_available)
    stalled_by = stalled(facts)
    shown_ready, ready_since = pending, None
    if stalled_by is None and _asks_nothing_new(facts):
        shown_ready, ready_since = _hold(pending, former.get("Ready", ""), held.ready, now)
    verdicts = {
        "Available": shown,
        "Ready": shown_ready,
        "Reconciling": _reconciling(pending, stalled_by),
        "Stalled": stalled_by or Verdict("False", Reason.NOT_STALLED, "nothing waits for a person"),
        "Accepted": _accepted(facts),
        "ScalingLimited": _scaling_limited(facts),
    }
    return verdicts, Held(available_since, ready_since)


def available(facts: Facts) -> Verdict:
    """Return whether every partition is scored on some verified revision, as of now."""
    checks: tuple[Check, ...] = (_scaled_to_zero, _no_revision, _no_ready_pods, _unassigned, _lanes_at_rest)
    return _first(checks, facts) or Verdict(
        "True", Reason.ALL_PARTITIONS_SCORED, f"{facts.partitions} of {facts.partitions} partitions are scored"
    )


def ready(facts: Facts, availability: Verdict) -> Verdict:
    """Return whether the pipeline is what its spec says, given its availability."""
    by_person = stalled(facts)
    if by_person is not None:
        return by_person._replace(status="False")
    if availability.status != "True":
        return availability
    return _first((_revision_pending, _rolling_out, _pods_starting), facts) or Verdict(
        "True", Reason.SPEC_REALISED, "what runs is what the spec says"
    )


def stalled(facts: Facts) -> Verdict | None:
    """Return what only a person can mend; None if nothing."""
    if facts.problem is not None:
        return Verdict("True", *facts.problem)
    revisions = facts.revisions
    if revisions.refused:
        return Verdict("True", Reason.WEIGHTS_REJECTED, f"revision {revisions.refused}: {revisions.refusal}")
    if facts.rollout.stuck:
        return Verdict("True", Reason.ROLLOUT_STUCK, "the Deployment has made no progress for its deadline")
    return None


def _first(checks: Iterable[Check], facts: Facts) -> Verdict | None:
    return next((verdict for check in checks if (verdict := check(facts)) is not None), None)


def _scaled_to_zero(facts: Facts) -> Verdict | None:
    if facts.wanted > 0:
        return None
    return Verdict("False", Reason.SCALED_TO_ZERO, "spec.replicas is 0: nothing is scored, offsets are kept")


def _no_revision(facts: Facts) -> Verdict | None:
    if facts.revisions.serving:
        return None
    return Verdict("False", Reason.NO_VERIFIED_REVISION, "no pod has verified a revision yet")


def _no_ready_pods(facts: Facts) -> Verdict | None:
    if any(report.pod.ready for report in lanes.present(facts.reports)):
        return None
    return Verdict("False", Reason.NO_READY_PODS, f"0 of {facts.wanted} pods are ready")


def _unassigned(facts: Facts) -> Verdict | None:
    held = len(lanes.assigned_lanes(facts.reports))
    if facts.partitions is not None and held >= facts.partitions:
        return None
    silent = lanes.silent(facts.reports)
    if silent:
        return Verdict("Unknown", Reason.STATUS_UNREACHABLE, f"no answer from {', '.join(sorted(silent)[:3])}")
    if facts.partitions is None:
        return Verdict("Unknown", Reason.PARTITIONS_UNKNOWN, "no pod knows the partitions of the input topic yet")
    missing = facts.partitions - held
    return Verdict("False", Reason.PARTITIONS_UNASSIGNED, f"{missing} of {facts.partitions} partitions have no pod")


def _lanes_at_rest(facts: Facts) -> Verdict | None:
    states = {
        LaneState.STALLED: Reason.LANES_STALLED,
        LaneState.HELD: Reason.LANES_HELD,
        LaneState.INITIALISING: Reason.LANES_INITIALISING,
    }
    assigned = sorted(lanes.assigned_lanes(facts.reports).items())
    for state, reason in states.items():
        found = [(partition, lane.reason) for partition, lane in assigned if lane.state is state]
        if found:
            why = f": {found[0][1]}" if found[0][1] else ""
            return Verdict("False", reason, f"{len(found)} of {facts.partitions} partitions, e.g. {found[0][0]}{why}")
    return None


def _revision_pending(facts: Facts) -> Verdict | None:
    revisions = facts.revisions
    if revisions.serving == revisions.desired and revisions.everywhere:
        return None
    return Verdict("False", Reason.REVISION_PENDING, f"revision {revisions.desired} is not on every pod yet")


def _rolling_out(facts: Facts) -> Verdict | None:
    if facts.rollout.complete:
        return None
    return Verdict("False", Reason.ROLLOUT_IN_PROGRESS, "pods of the former template still run")


def _pods_starting(facts: Facts) -> Verdict | None:
    pods = lanes.present(facts.reports)
    count = sum(report.pod.ready for report in pods)
    if count == len(pods) == facts.wanted:
        return None
    return Verdict("False", Reason.PODS_STARTING, f"{count} pods are ready and {len(pods)} exist of {facts.wanted}")


def _asks_nothing_new(facts: Facts) -> bool:
    """Tell whether only the number of pods, or a rebalance among them, can keep the spec from being realised."""
    return facts.rollout.complete and facts.revisions.serving == facts.revisions.desired


def _hold(raw: Verdict, former: str, since: float | None, now: float) -> tuple[Verdict, float | None]:
    """Return the verdict to show: the former status for a while when `raw` is worse, or does not know."""
    outlives = former == "True" or (former == "False" and raw.status == "Unknown")
    if raw.status == "True" or raw.reason is Reason.SCALED_TO_ZERO or not outlives:
        return raw, None
    began = now if since is None else since
    return (raw if now - began >= HOLD_S else raw._replace(status=former)), began


def _reconciling(pending: Verdict, stalled_by: Verdict | None) -> Verdict:
    if stalled_by is not None:
        return Verdict("False", stalled_by.reason, stalled_by.message)
    if pending.status == "True" or pending.reason is Reason.SCALED_TO_ZERO:
        return Verdict("False", Reason.SETTLED, "nothing is left to do")
    return pending._replace(status="True")


def _accepted(facts: Facts) -> Verdict:
    if facts.problem is not None:
        return Verdict("False", *facts.problem)
    return Verdict("True", Reason.SPEC_ACCEPTED, "the spec can be read and the cluster takes what follows from it")


def _scaling_limited(facts: Facts) -> Verdict:
    if facts.partitions is None:
        return Verdict("Unknown", Reason.PARTITIONS_UNKNOWN, "no pod knows the partitions of the input topic yet")
    asked = f"{facts.replicas} pods asked for {facts.partitions} partitions"
    if facts.replicas > facts.partitions:
        return Verdict("True", Reason.MORE_PODS_THAN_PARTITIONS, f"{asked}: more would have nothing to do")
    return Verdict("False", Reason.WITHIN_PARTITIONS, asked)
