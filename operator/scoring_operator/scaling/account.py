"""A decision as `status.scaling` says it, and what a new operator knows from there."""

from datetime import datetime
from typing import Any, Final

from scoring_operator.facts import Manifest
from scoring_operator.scaling.capacity import Capacity
from scoring_operator.scaling.decision import Decision, Inputs
from scoring_operator.scaling.memory import Memory
from scoring_operator.scaling.reasons import Reason

MESSAGE_LENGTH: Final = 512
STAYS: Final = 0.1
"""Of a figure, by which another may differ without being told: each write is seen by many."""


def told(decision: Decision, former: Manifest, scaled: str) -> Manifest:
    """Return `status.scaling`; empty in mode Disabled, in which nobody decides.

    Args:
        decision: At this look.
        former: `status.scaling` so far: its figures stay while they are nearly right.
        scaled: When replicas were last seen to change.
    """
    if decision.reason is Reason.AUTOSCALING_DISABLED:
        return {}
    return _known(
        desired=decision.desired,
        reason=str(decision.reason),
        message=decision.message[:MESSAGE_LENGTH],
        limitedBy=[str(limit) for limit in decision.limits] or None,
        capacityPerPod=_figure(decision.per_pod, former.get("capacityPerPod")),
        inputs=None if decision.inputs is None else _inputs(decision.inputs, former.get("inputs") or {}),
        lastScaleTime=scaled,
    )


def recalled(status: Manifest, generation: int, replicas: int, now: float, wall: datetime) -> Memory:
    """Return what a new operator remembers of a pipeline that another one has looked at before.

    Of a spec that changed while nobody looked nothing is believed: replicas may have changed with it, just now.

    Args:
        status: Of the pipeline, as stored.
        generation: Of the pipeline, as stored.
        replicas: As `spec.replicas` says.
        now: Monotonic seconds.
        wall: The same moment by the wall clock.
    """
    said = status.get("scaling") or {}
    if status.get("observedGeneration") != generation or "lastScaleTime" not in said:
        return Memory()
    ago_s = (wall - datetime.fromisoformat(said["lastScaleTime"])).total_seconds()
    return Memory(replicas, changed_at=now - max(0.0, ago_s), capacity=Capacity(said.get("capacityPerPod")))


def _inputs(inputs: Inputs, former: Manifest) -> Manifest:
    return _known(
        neededReplicas=inputs.needed,
        lagRecords=_whole(inputs.lag, former.get("lagRecords")),
        drainSeconds=_whole(inputs.drain_s, former.get("drainSeconds")),
        arrivalsPerSecond=_figure(inputs.arrivals, former.get("arrivalsPerSecond")),
        deliveriesPerSecond=_figure(inputs.deliveries, former.get("deliveriesPerSecond")),
    )


def _whole(value: float | None, said: float | None) -> int | None:
    figure = _figure(value, said)
    return None if figure is None else round(figure)


def _figure(value: float | None, said: float | None) -> float | None:
    """Return two digits of a value, or what was said before if that is nearly right."""
    if value is None:
        return None
    if said is not None and abs(value - said) <= STAYS * abs(said):
        return said
    return float(f"{value:.2g}")


def _known(**members: Any) -> Manifest:
    return {name: value for name, value in members.items() if value is not None}
