"""Whether every partition is scored, as of now: the first check that fails says why not."""

from typing import Final

from scoring_operator import lanes
from scoring_operator.conditions.chain import Check, complaint, first, obstacle, outside
from scoring_operator.conditions.facts import Facts
from scoring_operator.conditions.reasons import Reason, Verdict
from scoring_service.contract.worker_status import LaneState

SHOWN: Final = 5
"""Partitions that a message names."""
KEPT: Final = (
    "offsets are kept, but brokers forget those of a group without members after 7 days (offsets.retention.minutes)"
)


def available(facts: Facts) -> Verdict:
    """Return whether every partition is scored on some verified revision, as of now."""
    checks: tuple[Check, ...] = (
        _suspended,
        _scaled_to_zero,
        _kept_outside,
        _no_revision,
        _no_ready_pods,
        _unassigned,
        _lanes_held,
        _lanes_at_rest,
    )
    return first(checks, facts) or Verdict(
        "True", Reason.ALL_PARTITIONS_SCORED, f"{facts.partitions} of {facts.partitions} partitions are scored"
    )


def _suspended(facts: Facts) -> Verdict | None:
    if not facts.suspended:
        return None
    return Verdict("False", Reason.SUSPENDED, f"spec.suspend is true: nothing is scored; {KEPT}")


def _scaled_to_zero(facts: Facts) -> Verdict | None:
    if facts.wanted > 0:
        return None
    return Verdict("False", Reason.SCALED_TO_ZERO, f"spec.replicas is 0: nothing is scored; {KEPT}")


def _kept_outside(facts: Facts) -> Verdict | None:
    """Pods that have not joined matter only as long as the others do not hold everything."""
    return None if _are_assigned(facts) else outside(facts)


def _no_revision(facts: Facts) -> Verdict | None:
    if facts.revisions.serving:
        return None
    return Verdict("False", Reason.NO_VERIFIED_REVISION, f"no pod has verified a revision yet{complaint(facts)}")


def _no_ready_pods(facts: Facts) -> Verdict | None:
    if any(report.pod.ready for report in lanes.present(facts.reports)):
        return None
    return Verdict("False", Reason.NO_READY_PODS, f"0 of {facts.wanted} pods are ready{obstacle(facts)}")


def _are_assigned(facts: Facts) -> bool:
    return facts.partitions is not None and len(lanes.assigned_lanes(facts.reports)) >= facts.partitions


def _unassigned(facts: Facts) -> Verdict | None:
    if _are_assigned(facts):
        return None
    silent = lanes.silent(facts.reports)
    if silent:
        return Verdict("Unknown", Reason.STATUS_UNREACHABLE, f"no answer from {', '.join(sorted(silent)[:3])}")
    if facts.partitions is None:
        return Verdict("Unknown", Reason.PARTITIONS_UNKNOWN, "no pod knows the partitions of the input topic yet")
    missing = facts.partitions - len(lanes.assigned_lanes(facts.reports))
    return Verdict("False", Reason.PARTITIONS_UNASSIGNED, f"{missing} of {facts.partitions} partitions have no pod")


def _lanes_held(facts: Facts) -> Verdict | None:
    held = lanes.held(facts.reports)
    if not held:
        return None
    named = [f"{partition} ({reason or 'no reason given'})" for partition, reason in held.items()]
    more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
    told = f"{len(held)} of {facts.partitions} partitions are held: {', '.join(named[:SHOWN])}{more}"
    return Verdict("False", Reason.LANES_HELD, told)


def _lanes_at_rest(facts: Facts) -> Verdict | None:
    states = {LaneState.STALLED: Reason.LANES_STALLED, LaneState.INITIALISING: Reason.LANES_INITIALISING}
    assigned = sorted(lanes.assigned_lanes(facts.reports).items())
    for state, reason in states.items():
        found = [partition for partition, lane in assigned if lane.state is state]
        if found:
            return Verdict("False", reason, f"{len(found)} of {facts.partitions} partitions, e.g. {found[0]}")
    return None
