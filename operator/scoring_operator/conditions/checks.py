"""Chains of pure checks: the first that fails gives status, reason and message."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from scoring_operator import lanes
from scoring_operator.conditions.reasons import Reason, Verdict
from scoring_operator.facts import PodReport
from scoring_operator.revisions import Revisions
from scoring_service.contract.worker_status import LaneState


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
    delay: str = ""
    """Why a child could not be written for now; empty if all are."""


Check = Callable[[Facts], Verdict | None]
"""Returns a verdict when it fails, None when it passes."""


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
    return _first((_child_delayed, _revision_pending, _rolling_out, _pods_starting), facts) or Verdict(
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
    return Verdict("False", Reason.NO_VERIFIED_REVISION, f"no pod has verified a revision yet{_complaint(facts)}")


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


def _child_delayed(facts: Facts) -> Verdict | None:
    if not facts.delay:
        return None
    return Verdict("False", Reason.CHILD_DELAYED, f"to be tried again: {facts.delay}")


def _revision_pending(facts: Facts) -> Verdict | None:
    revisions = facts.revisions
    if revisions.serving == revisions.desired and revisions.everywhere:
        return None
    told = f"revision {revisions.desired} is not on every pod yet{_complaint(facts)}"
    return Verdict("False", Reason.REVISION_PENDING, told)


def _complaint(facts: Facts) -> str:
    return f"; {facts.revisions.complaint}" if facts.revisions.complaint else ""


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
