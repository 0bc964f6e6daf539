"""Whether the operator decides on replicas."""

from typing import Final

from scoring_operator import scaling
from scoring_operator.conditions.checks import WHILE_PAUSED
from scoring_operator.conditions.facts import Facts
from scoring_operator.conditions.reasons import Reason, Verdict

BLIND_S: Final = 300.0
"""Seconds for which an autoscaler may be unable to measure and still counts as active: new pods take a part of it."""

STANDS_BACK: Final = {
    scaling.Reason.AUTOSCALING_DISABLED: Reason.AUTOSCALING_DISABLED,
    scaling.Reason.FOREIGN_AUTOSCALER: Reason.FOREIGN_AUTOSCALER,
    scaling.Reason.SUSPENDED: Reason.SUSPENDED,
}
"""Of a decision: somebody wants it so."""
BLIND: Final = (
    scaling.Reason.BROKERS_UNREACHABLE,
    scaling.Reason.LAG_UNKNOWN,
    scaling.Reason.LANES_NOT_READY,
    scaling.Reason.MEASURING,
    scaling.Reason.PARTITIONS_UNKNOWN,
    scaling.Reason.PODS_NOT_READY,
    scaling.Reason.ROLLOUT_IN_PROGRESS,
)
"""Of a decision: replicas stay, because nobody can tell what is needed."""


def active(facts: Facts) -> Verdict:
    """Return whether the operator decides on replicas, at this look."""
    if facts.paused:
        return Verdict("False", Reason.RECONCILIATION_PAUSED, WHILE_PAUSED)
    decision = facts.decision
    if decision is None:
        return Verdict("Unknown", Reason.INVALID_SPEC, "the spec cannot be read: replicas stay what they are")
    if decision.reason in STANDS_BACK:
        return Verdict("False", STANDS_BACK[decision.reason], decision.message)
    if decision.reason in BLIND:
        return Verdict("False", Reason.LOAD_UNKNOWN, f"{decision.reason}: {decision.message}")
    return Verdict("True", Reason.REPLICAS_DECIDED, "status.scaling says how many are wanted, and why")
