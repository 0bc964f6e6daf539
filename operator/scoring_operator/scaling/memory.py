"""What is remembered of one pipeline between two looks. All of it may be lost: then it is measured anew."""

from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from scoring_operator.scaling.capacity import Capacity
from scoring_operator.scaling.reasons import Reason
from scoring_operator.scaling.situation import Situation
from scoring_operator.scaling.window import Load, Sample, Window

GAP_S: Final = 180.0
"""Seconds without a sample after which nobody knows what was needed meanwhile."""


class Need(NamedTuple):
    """Pods that were needed at one look."""

    at: float
    pods: int


@dataclass(frozen=True, slots=True)
class Streak:
    """For how long, without a break, another number has been wanted."""

    up: bool
    since: float
    peaks: tuple[Need, ...] = ()
    """The largest needs, falling: the first is the largest that still counts."""

    def plus(self, need: Need, keep_s: float) -> "Streak":
        """Return the streak with one more look; needs from before `keep_s` seconds no longer count."""
        kept = (known for known in self.peaks if known.at > need.at - keep_s and known.pods > need.pods)
        return replace(self, peaks=(*kept, need))

    @property
    def pods(self) -> int:
        """The pods to go to: for more those that are needed now, for fewer the most that were needed."""
        return self.peaks[-1 if self.up else 0].pods


class Ascent(NamedTuple):
    """How it was before replicas were last raised."""

    pods: int
    rate: float
    """Offsets delivered a second."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What former looks leave."""

    replicas: int | None = None
    changed_at: float = 0.0
    """When replicas were first seen to be what they are, monotonic seconds: a new operator waits as after a change."""
    measured_at: float = float("-inf")
    window: Window = field(default_factory=Window)
    capacity: Capacity = field(default_factory=Capacity)
    streak: Streak | None = None
    ascent: Ascent | None = None

    def seen(self, situation: Situation, now: float) -> "Memory":
        """Return the memory of a pipeline whose replicas are looked at: a change of them begins everything anew."""
        if situation.replicas == self.replicas:
            return self
        return Memory(
            replicas=situation.replicas, changed_at=now, capacity=self.capacity, ascent=self._ascent(situation.replicas)
        )

    def hindered(self, by: Reason) -> "Memory":
        """Return the memory of a look at which nothing could be measured: pods of another template are others."""
        return replace(self, window=Window(), capacity=Capacity()) if by is Reason.ROLLOUT_IN_PROGRESS else self

    def sampled(self, sample: Sample) -> "Memory":
        """Return the memory with one more look at the pods."""
        streak = self.streak if sample.at - self.measured_at <= GAP_S else None
        return replace(self, window=self.window.plus(sample), streak=streak, measured_at=sample.at)

    def measured(self, load: Load, target_s: float) -> "Memory":
        """Return the memory with what a window tells: of a pod's capacity, and whether the last raise has done."""
        is_late = load.drain_s is None or load.drain_s > target_s
        capacity = self.capacity.measured(load, self.window.latest_s)
        return replace(self, capacity=capacity, ascent=self.ascent if is_late else None)

    def wanting(self, up: bool | None, need: Need, keep_s: float) -> "Memory":  # noqa: FBT001 - a direction or none
        """Return the memory of a look at which more (True), fewer (False) or the same (None) pods were needed."""
        if up is None:
            return replace(self, streak=None)
        begun = self.streak if self.streak is not None and self.streak.up is up else Streak(up, need.at)
        return replace(self, streak=begun.plus(need, keep_s))

    def _ascent(self, replicas: int) -> Ascent | None:
        load = self.window.load()
        if self.replicas is None or replicas < self.replicas or load is None:
            return None
        return Ascent(self.replicas, load.deliveries)
