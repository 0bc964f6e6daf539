"""Partitions and pods as arithmetic: records arrive evenly over the partitions, each pod scores so many a second.

A pod takes a while to start. When one joins or leaves, partitions are dealt anew and nothing is scored for a moment.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from scoring_operator.facts import Pod, PodReport
from scoring_service.contract.worker_status import LaneState, LaneStatus, WorkerStatus

BUSY_S: Final = 60.0
"""Seconds over which a pod says how busy it was."""


@dataclass(frozen=True, slots=True)
class Model:
    """What is taken for granted of partitions and pods."""

    partitions: int
    per_pod: float
    """Records a second that one pod scores at most."""
    start_s: float = 20.0
    """Seconds from the wish for a pod until it takes part."""
    pause_s: float = 3.0
    """Seconds for which nothing is scored when partitions are dealt anew."""


@dataclass(slots=True, eq=False)
class _Pod:
    number: int
    born: float
    partitions: tuple[int, ...] = ()
    busy_s: float = 0.0
    """Seconds in which it had something to do."""
    looks: deque[tuple[float, float]] = field(default_factory=deque)
    """What `busy_s` was, by moments of the last minute."""

    def works(self, busy_s: float, until: float) -> None:
        """Note so many seconds of work that ended at a moment."""
        self.busy_s += busy_s
        self.looks.append((until, self.busy_s))
        while until - self.looks[0][0] > BUSY_S:
            self.looks.popleft()

    def busy_ratio(self) -> float | None:
        """Return the share of the last minute in which it had something to do; None at first."""
        (began, before), (now, after) = (self.looks[0], self.looks[-1]) if self.looks else ((0.0, 0.0),) * 2
        return (after - before) / (now - began) if now > began else None


class Plant:
    """Partitions and pods at one moment."""

    def __init__(self, model: Model, replicas: int, lag: float = 0.0) -> None:
        """Begin with `replicas` pods that have been there for long, and `lag` records that wait."""
        self.model = model
        self.ends = [lag / model.partitions] * model.partitions
        self.positions = [0.0] * model.partitions
        self._pods = [_Pod(number, born=-BUSY_S - model.start_s) for number in range(min(replicas, model.partitions))]
        self._numbers = len(self._pods)
        self._dealt_until = 0.0
        self._deal(self._members(0.0))

    @property
    def lag(self) -> float:
        """Records that wait."""
        return sum(self.ends) - sum(self.positions)

    def members(self, now: float) -> int:
        """Return the number of pods that take part."""
        return len(self._members(now))

    def scale(self, replicas: int, now: float) -> None:
        """Ask for so many pods: new ones start, the youngest go at once."""
        wanted = min(replicas, self.model.partitions)
        del self._pods[wanted:]
        while len(self._pods) < wanted:
            self._pods.append(_Pod(self._numbers, born=now))
            self._numbers += 1

    def step(self, now: float, rate: float, seconds: float) -> None:
        """Let `seconds` pass from `now` on, in which `rate` records a second arrive."""
        members = self._members(now)
        if members != self._dealt_to:
            self._deal(members)
            self._dealt_until = now + self.model.pause_s
        for partition in range(self.model.partitions):
            self.ends[partition] += rate * seconds / self.model.partitions
        working_s = seconds if now >= self._dealt_until else 0.0
        for pod in members:
            self._work(pod, working_s, now + seconds)

    def _work(self, pod: _Pod, working_s: float, until: float) -> None:
        """Let a pod score what waits in its partitions, fairly, as far as it gets."""
        budget = left = self.model.per_pod * working_s
        waiting = sorted(pod.partitions, key=lambda partition: self.ends[partition] - self.positions[partition])
        for place, partition in enumerate(waiting):
            share = min(self.ends[partition] - self.positions[partition], left / (len(waiting) - place))
            self.positions[partition] += share
            left -= share
        pod.works((budget - left) / self.model.per_pod, until)

    def _members(self, now: float) -> list[_Pod]:
        return [pod for pod in self._pods if now - pod.born >= self.model.start_s]

    def _deal(self, members: list[_Pod]) -> None:
        for pod in self._pods:
            pod.partitions = ()
        self._dealt_to = members
        for place, pod in enumerate(members):
            pod.partitions = tuple(range(place, self.model.partitions, len(members)))

    def reports(self, now: float) -> tuple[PodReport, ...]:
        """Return what the pods say of themselves."""
        return tuple(self._report(pod, now) for pod in self._pods)

    def _report(self, pod: _Pod, now: float) -> PodReport:
        name, uptime_s = f"simulated-{pod.number}", now - pod.born - self.model.start_s
        seen = Pod("simulated", name, uid=name, address="", ready=uptime_s >= 0)
        if uptime_s < 0:
            return PodReport(seen)
        status = WorkerStatus(
            version="",
            pipeline="",
            pod=name,
            ready=True,
            partitions=self.model.partitions,
            lanes=tuple(self._lane(partition, now) for partition in pod.partitions),
            busy_ratio=pod.busy_ratio(),
            uptime_seconds=uptime_s,
        )
        return PodReport(seen, status)

    def _lane(self, partition: int, now: float) -> LaneStatus:
        return LaneStatus(
            partition=partition,
            state=LaneState.INITIALISING if now < self._dealt_until else LaneState.READY,
            position=int(self.positions[partition]),
            last_stable_offset=int(self.ends[partition]),
        )
