"""The decision: (what is known, what was remembered, now) → (replicas with their reason, what to remember).

More pods, if what waits would take longer than the target, for a minute on end, and more pods are needed for it than
there are. Fewer, if fewer would have done for all of the delay. In between nothing happens: a number is chosen with
room for a third more load, so it neither grows when load comes back a little nor shrinks at once.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from scoring_operator.scaling import obstacles
from scoring_operator.scaling.decision import WORDS, Decision, Inputs
from scoring_operator.scaling.memory import Memory, Need
from scoring_operator.scaling.need import pods_needed, required
from scoring_operator.scaling.reasons import Limit, Reason
from scoring_operator.scaling.situation import Situation
from scoring_operator.scaling.window import WINDOW_S, Load, sample
from scoring_operator.scaling.without_load import clamps, without_load

CONFIRM_S: Final = 60.0
"""Seconds on end for which more must have been wanted."""
GAIN: Final = 0.5
"""Of what added pods should add to the rate, that they must add, or no further ones are asked for."""


def decide(situation: Situation, memory: Memory, now: float) -> tuple[Decision, Memory]:
    """Return the replicas that should be, and what to remember until the next look.

    Args:
        situation: Of the pipeline.
        memory: What the former call returned; a new one at first.
        now: Monotonic seconds, when the pods were looked at.
    """
    memory = memory.seen(situation, now)
    decided = without_load(situation)
    if decided is not None:
        return decided, memory
    decision, memory = _measured(situation, memory, now)
    return replace(decision, per_pod=memory.capacity.per_pod), memory


def _measured(situation: Situation, memory: Memory, now: float) -> tuple[Decision, Memory]:
    obstacle = obstacles.first(situation)
    if obstacle is not None:
        return Decision(situation.replicas, *obstacle), memory.hindered(obstacle[0])
    memory = memory.sampled(sample(situation.reports, now))
    load = memory.window.load()
    if load is None:
        return Decision(situation.replicas, Reason.MEASURING, WORDS[Reason.MEASURING]), memory
    return _by_load(situation, load, memory.measured(load, situation.target_s), now)


def _by_load(situation: Situation, load: Load, memory: Memory, now: float) -> tuple[Decision, Memory]:
    needed = pods_needed(required(load, situation.target_s), memory.capacity.per_pod, situation.partitions or 1)
    reason = _reason(situation, load.drain_s, needed)
    memory = memory.wanting(_direction(situation, reason, needed), Need(now, needed or 0), situation.delay_s)
    streak, waits = memory.streak, tuple(_waits(situation, memory, load, now))
    desired = situation.replicas if streak is None or waits else situation.bounded(streak.pods)
    if reason is Reason.FEWER_SUFFICE and waits:  # it may not last: said by `waits`, until it has
        reason = Reason.WITHIN_TARGET
    limits = (*clamps(situation, situation.replicas if needed is None else needed), *waits)
    inputs = Inputs(load.lag, load.drain_s, load.arrivals, load.deliveries, needed)
    return Decision(desired, reason, WORDS[reason], limits, inputs), memory


def _reason(situation: Situation, drain_s: float | None, needed: int | None) -> Reason:
    if drain_s is None:
        return Reason.NO_PROGRESS
    if needed is None:
        return Reason.MEASURING
    if drain_s > situation.target_s:
        return Reason.ABOVE_TARGET if needed > situation.replicas else Reason.BACKLOG_UNEVEN
    return Reason.FEWER_SUFFICE if situation.bounded(needed) < situation.replicas else Reason.WITHIN_TARGET


def _direction(situation: Situation, reason: Reason, needed: int | None) -> bool | None:
    """Return whether more (True) or fewer (False) pods are to be asked for, or as many (None)."""
    if reason is Reason.FEWER_SUFFICE:
        return False
    may_rise = reason is Reason.ABOVE_TARGET and situation.bounded(needed or 0) > situation.replicas
    return True if may_rise else None


def _waits(situation: Situation, memory: Memory, load: Load, now: float) -> Iterator[Limit]:
    """Yield what another number has to wait for, if one is wanted."""
    streak = memory.streak
    if streak is None:
        return
    if streak.up and now - streak.since < CONFIRM_S:
        yield Limit.CONFIRMING
    if not streak.up and now - streak.since < WINDOW_S + situation.delay_s:  # its first minute looks further back
        yield Limit.SCALE_DOWN_DELAY
    if now - memory.changed_at < situation.cooldown_s:
        yield Limit.COOLDOWN
    if streak.up and not _has_gained(memory, load):
        yield Limit.NO_GAIN


def _has_gained(memory: Memory, load: Load) -> bool:
    """Tell whether the pods that were added last have raised the rate as far as they must."""
    before = memory.ascent
    if before is None:
        return True
    return load.deliveries >= before.rate * (1 + GAIN * (len(load.pods) / before.pods - 1))
