"""A load, a plant and the decision, second by second."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from scoring_operator.scaling import Decision, Memory, Situation, decide
from scoring_operator.simulation.plant import Model, Plant
from scoring_operator.simulation.trace import Trace
from scoring_service.contract.spec import Autoscaling

LOOK_EVERY_S: Final = 10
"""Seconds between two looks at the pods, as an operator's."""
STEP_S: Final = 1


class Frame(NamedTuple):
    """One look."""

    at: float
    """Seconds since the trace began."""
    rate: float
    lag: float
    replicas: int
    """That are asked for, after this look."""
    members: int
    """Pods that take part."""
    decision: Decision
    changed_from: int | None = None
    """Replicas before this look, if it changed them."""


def simulate(trace: Trace, model: Model, asked: Autoscaling, replicas: int) -> Iterator[Frame]:
    """Yield every look.

    Args:
        trace: The load.
        model: Of partitions and pods.
        asked: What the autoscaler is asked to keep; mode `Auto` whatever it says.
        replicas: To begin with.
    """
    automatic = msgspec.structs.replace(asked, mode="Auto")
    plant, memory = Plant(model, replicas, trace.begins_with), Memory()
    for now in range(0, int(trace.seconds), STEP_S):
        rate = trace.rate(now)
        if now % LOOK_EVERY_S == 0:
            situation = Situation(automatic, replicas, model.partitions, plant.reports(now))
            decision, memory = decide(situation, memory, float(now))
            before, replicas = replicas, decision.desired or replicas
            plant.scale(replicas, now)
            yield Frame(
                now, rate, plant.lag, replicas, plant.members(now), decision, before if before != replicas else None
            )
        plant.step(now, rate, STEP_S)
