"""What is known of one pipeline at one look."""

from dataclasses import dataclass

from scoring_operator.facts import PodReport
from scoring_service.contract.durations import milliseconds
from scoring_service.contract.spec import Autoscaling


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that a decision is made from, but for what was remembered."""

    asked: Autoscaling
    replicas: int
    """As `spec.replicas` says."""
    partitions: int | None
    """Of the input topic; None while no pod has ever told."""
    reports: tuple[PodReport, ...] = ()
    suspended: bool = False
    rolled_out: bool = True
    """Whether no pod of a former template runs."""
    other: str = ""
    """Field manager of another autoscaler that writes replicas; empty without one."""

    @property
    def high(self) -> int:
        """The most replicas that may be asked for; at least 1."""
        most = self.asked.max_replicas
        return min(most, self.partitions) if self.partitions else most

    @property
    def low(self) -> int:
        """The fewest replicas that may be asked for; from 1 to `high`."""
        return min(self.asked.min_replicas, self.high)

    def bounded(self, replicas: int) -> int:
        """Return the number nearest to `replicas` that may be asked for."""
        return max(self.low, min(self.high, replicas))

    @property
    def target_s(self) -> float:
        """Seconds that what waits may take."""
        return milliseconds(self.asked.target_drain_time) / 1000

    @property
    def cooldown_s(self) -> float:
        """Seconds without another number after a change of replicas."""
        return milliseconds(self.asked.cooldown) / 1000

    @property
    def delay_s(self) -> float:
        """Seconds for which fewer pods must have been enough."""
        return milliseconds(self.asked.scale_down_delay) / 1000
