"""What became of a load, in figures: what an operator of pipelines would ask first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scoring_operator.simulation.plant import Model
from scoring_operator.simulation.run import LOOK_EVERY_S, Frame, simulate
from scoring_operator.simulation.trace import Trace
from scoring_service.contract.durations import milliseconds
from scoring_service.contract.spec import Autoscaling

HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Simulation:
    """A whole simulation."""

    trace: Trace
    model: Model
    asked: Autoscaling
    frames: Sequence[Frame]
    """At least one."""

    @property
    def changes(self) -> list[Frame]:
        """The looks that changed replicas."""
        return [frame for frame in self.frames if frame.changed_from is not None]

    @property
    def changes_in_an_hour(self) -> int:
        """The most changes within one hour."""
        moments = [frame.at for frame in self.changes]
        return max((sum(at <= other < at + HOUR_S for other in moments) for at in moments), default=0)

    @property
    def pod_hours(self) -> float:
        """Hours of all pods that were asked for."""
        return sum(frame.replicas for frame in self.frames) * LOOK_EVERY_S / HOUR_S

    @property
    def pod_hours_at_most(self) -> float:
        """Hours of pods if the largest number had run all the time."""
        return max(frame.replicas for frame in self.frames) * len(self.frames) * LOOK_EVERY_S / HOUR_S

    @property
    def late_s(self) -> int:
        """Seconds in which what waited would have taken longer than the target."""
        return sum(map(self.is_late, self.frames)) * LOOK_EVERY_S

    def is_late(self, frame: Frame) -> bool:
        """Tell whether what waits would take longer than the target, at what the pods can do."""
        target_s = milliseconds(self.asked.target_drain_time) / 1000
        return frame.lag > target_s * self.model.per_pod * frame.members


def simulation(trace: Trace, model: Model, asked: Autoscaling, replicas: int) -> Simulation:
    """Return the simulation of a load; `simulate` says what the arguments are."""
    return Simulation(trace, model, asked, list(simulate(trace, model, asked, replicas)))
