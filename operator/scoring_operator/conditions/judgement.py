"""The verdict of every condition, with the patience that a rebalance deserves."""

from dataclasses import dataclass
from typing import Final

from scoring_operator import lanes
from scoring_operator.conditions.availability import available
from scoring_operator.conditions.checks import WHILE_PAUSED, ready, stalled
from scoring_operator.conditions.facts import Facts
from scoring_operator.conditions.kafka import reachable
from scoring_operator.conditions.reasons import AT_REST, Reason, Verdict
from scoring_operator.conditions.scaling import BLIND_S, active
from scoring_operator.conditions.types import Condition
from scoring_operator.conditions.verification import verified

SHOWN: Final = 64
"""Characters of an annotation that a message repeats."""
HOLD_S: Final = 60.0
"""Seconds for which Available and Ready outlive a rebalance, a scale-up or a silent pod."""


@dataclass(frozen=True, slots=True)
class Held:
    """Since when, in monotonic seconds, conditions have not been what the facts say; None: they are."""

    available: float | None = None
    ready: float | None = None
    kafka: float | None = None
    scaling: float | None = None


def judge(facts: Facts, former: dict[str, str], held: Held, now: float) -> tuple[dict[Condition, Verdict], Held]:
    """Return the verdict of every condition, by its type, and what to remember until the next time.

    Args:
        facts: What was observed.
        former: Status of the former conditions by type; empty at first.
        held: What the former call returned.
        now: Monotonic seconds.
    """
    raw_available = available(facts)
    shown, available_since = _hold(raw_available, former.get(Condition.AVAILABLE, ""), held.available, now)
    pending = ready(facts, raw_available)
    stalled_by = stalled(facts)
    shown_ready, ready_since = pending, None
    if stalled_by is None and _asks_nothing_new(facts):
        shown_ready, ready_since = _hold(pending, former.get(Condition.READY, ""), held.ready, now)
    kafka, kafka_since = _hold_unknown(facts, former.get(Condition.KAFKA_REACHABLE, ""), held.kafka, now)
    scaling, scaling_since = _hold_blind(facts, former.get(Condition.SCALING_ACTIVE, ""), held.scaling, now)
    verdicts = {
        Condition.AVAILABLE: shown,
        Condition.READY: shown_ready,
        Condition.RECONCILING: _reconciling(facts, pending, stalled_by),
        Condition.STALLED: stalled_by or Verdict("False", Reason.NOT_STALLED, "nothing waits for a person"),
        Condition.ACCEPTED: _accepted(facts),
        Condition.WEIGHTS_VERIFIED: verified(facts),
        Condition.KAFKA_REACHABLE: kafka,
        Condition.SCALING_ACTIVE: scaling,
        Condition.SCALING_LIMITED: _scaling_limited(facts),
        Condition.RECONCILIATION_PAUSED: _paused(facts),
    }
    return verdicts, Held(available_since, ready_since, kafka_since, scaling_since)


def _asks_nothing_new(facts: Facts) -> bool:
    """Tell whether only the number of pods, or a rebalance among them, can keep the spec from being realised."""
    return not facts.delay and facts.rollout.complete and facts.revisions.verified


def _hold(
    raw: Verdict, former: str, since: float | None, now: float, for_s: float = HOLD_S
) -> tuple[Verdict, float | None]:
    """Return the verdict to show: the former status for a while when `raw` is worse, or does not know."""
    outlives = former == "True" or (former == "False" and raw.status == "Unknown")
    if raw.status == "True" or raw.reason in AT_REST or not outlives:
        return raw, None
    began = now if since is None else since
    return (raw if now - began >= for_s else raw._replace(status=former)), began


def _hold_unknown(facts: Facts, former: str, since: float | None, now: float) -> tuple[Verdict, float | None]:
    """Return whether the brokers answer: as said before, for a while, if a pod that should know is silent."""
    raw = reachable(facts)
    if raw.status != "Unknown" or not lanes.silent(facts.reports):
        return raw, None
    return _hold(raw, former, since, now)


def _hold_blind(facts: Facts, former: str, since: float | None, now: float) -> tuple[Verdict, float | None]:
    """Return whether the operator decides on replicas: as said before, for a while, if only the load is unknown."""
    raw = active(facts)
    return _hold(raw, former, since, now, BLIND_S) if raw.reason is Reason.LOAD_UNKNOWN else (raw, None)


def _reconciling(facts: Facts, pending: Verdict, stalled_by: Verdict | None) -> Verdict:
    if stalled_by is not None:
        return Verdict("False", stalled_by.reason, stalled_by.message)
    ending = sum(not report.pod.ended for report in facts.reports)
    if pending.reason in AT_REST and ending:
        return Verdict("True", pending.reason, f"{ending} pods have not ended yet")
    if pending.status == "True" or pending.reason in AT_REST:
        return Verdict("False", Reason.SETTLED, "nothing is left to do")
    return pending._replace(status="True")


def _accepted(facts: Facts) -> Verdict:
    if facts.problem is not None:
        return Verdict("False", *facts.problem)
    return Verdict("True", Reason.SPEC_ACCEPTED, "the spec can be read and the cluster takes what follows from it")


def _scaling_limited(facts: Facts) -> Verdict:
    if facts.suspended:
        return Verdict("False", Reason.SUSPENDED, "no pod runs while spec.suspend is true, whatever spec.replicas says")
    if facts.partitions is None:
        return Verdict("Unknown", Reason.PARTITIONS_UNKNOWN, "no pod knows the partitions of the input topic yet")
    asked = f"{facts.replicas} pods asked for {facts.partitions} partitions"
    if facts.replicas > facts.partitions:
        return Verdict("True", Reason.MORE_PODS_THAN_PARTITIONS, f"{asked}: more would have nothing to do")
    return Verdict("False", Reason.WITHIN_PARTITIONS, asked)


def _paused(facts: Facts) -> Verdict:
    if facts.paused:
        return Verdict("True", Reason.RECONCILIATION_PAUSED, WHILE_PAUSED)
    if facts.reconcile:
        said = f"the annotation scoring.dev/reconcile is {facts.reconcile[:SHOWN]!r}"
        return Verdict("False", Reason.NOT_PAUSED, f"{said}, which means nothing: only paused pauses")
    return Verdict("False", Reason.NOT_PAUSED, "the operator writes what follows from the spec")
