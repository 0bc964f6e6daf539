"""Whether the pipeline is what its spec says, and what only a person can mend."""

from typing import Final

from scoring_operator import lanes
from scoring_operator.conditions.chain import complaint, first, obstacle, outside, rejection, untried
from scoring_operator.conditions.facts import Facts
from scoring_operator.conditions.reasons import Reason, Verdict

BY_PERSON: Final = {
    Reason.OFFSETS_LOST: (
        "the group has committed before and the brokers know none of its offsets: set spec.input.onOffsetsLost to "
        "Earliest or Latest, or give the group offsets"
    ),
    Reason.FAILURE_BUDGET_EXCEEDED: (
        "more records would fail than spec.delivery.failureBudget allows: change the scorer or the budget, or go on "
        "with kubectl-scoring resume"
    ),
}
"""Why a partition may be held until a person decides, and what they can do."""

WHILE_PAUSED: Final = (
    "the annotation scoring.dev/reconcile is paused: nothing is written but this status, and whether what runs is what "
    "the spec says is not promised; remove the annotation to go on"
)


def ready(facts: Facts, availability: Verdict) -> Verdict:
    """Return whether the pipeline is what its spec says, given its availability."""
    by_person = stalled(facts)
    if by_person is not None:
        return by_person._replace(status="False")
    if availability.status != "True":
        return availability
    return first((_child_delayed, outside, _revision_pending, _rolling_out, _pods_starting), facts) or Verdict(
        "True", Reason.SPEC_REALISED, "what runs is what the spec says"
    )


def stalled(facts: Facts) -> Verdict | None:
    """Return what only a person can mend; None if nothing."""
    if facts.paused:
        return Verdict("True", Reason.RECONCILIATION_PAUSED, WHILE_PAUSED)
    if facts.problem is not None:
        return Verdict("True", *facts.problem)
    revisions = facts.revisions
    if revisions.refused:
        return Verdict("True", Reason.WEIGHTS_REJECTED, rejection(facts))
    if facts.rollout.stuck:
        kept = outside(facts)
        why = f"; {kept.message}" if kept else obstacle(facts)
        return Verdict("True", Reason.ROLLOUT_STUCK, f"the Deployment has made no progress for its deadline{why}")
    return None if _is_changing(facts) else _held_for_person(facts) or _untried(facts)


def _is_changing(facts: Facts) -> bool:
    """Tell whether what a person has changed is still on its way to the pods: it may release what they hold."""
    revisions = facts.revisions
    return bool(facts.delay) or not facts.rollout.complete or revisions.spreading


def _held_for_person(facts: Facts) -> Verdict | None:
    held = lanes.held(facts.reports)
    for reason, words in BY_PERSON.items():
        found = [partition for partition, why in held.items() if why == reason]
        if found:
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            return Verdict("True", reason, f"partition {found[0]}{more}: {words}")
    return None


def _untried(facts: Facts) -> Verdict | None:
    """Pods that are to run would serve what nobody has tried; what is suspended serves nothing."""
    told = untried(facts)
    return Verdict("True", Reason.CASES_UNTRIED, told) if told and facts.wanted else None


def _child_delayed(facts: Facts) -> Verdict | None:
    if not facts.delay:
        return None
    return Verdict("False", Reason.CHILD_DELAYED, f"to be tried again: {facts.delay}")


def _revision_pending(facts: Facts) -> Verdict | None:
    revisions = facts.revisions
    if revisions.verified and revisions.everywhere:
        return None
    told = f"revision {revisions.desired} is not on every pod yet{_warming(facts)}{complaint(facts)}"
    if revisions.serving == revisions.desired and not revisions.verified:
        told = f"other golden cases of revision {revisions.desired} have not passed on every pod yet{complaint(facts)}"
    return Verdict("False", Reason.REVISION_PENDING, told)


def _warming(facts: Facts) -> str:
    """Return on how many pods the windows of the spec's revision fill; empty if on none."""
    known = [report.status for report in lanes.present(facts.reports) if report.status is not None]
    count = sum(status.warming == facts.revisions.desired for status in known)
    return f"; its windows fill on {count} of {len(known)} pods" if count else ""


def _rolling_out(facts: Facts) -> Verdict | None:
    if facts.rollout.complete:
        return None
    return Verdict("False", Reason.ROLLOUT_IN_PROGRESS, f"pods of the former template still run{obstacle(facts)}")


def _pods_starting(facts: Facts) -> Verdict | None:
    pods = lanes.present(facts.reports)
    count = sum(report.pod.ready for report in pods)
    if count == len(pods) == facts.wanted:
        return None
    told = f"{count} pods are ready and {len(pods)} exist of {facts.wanted}{obstacle(facts)}"
    return Verdict("False", Reason.PODS_STARTING, told)
