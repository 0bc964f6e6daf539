"""An autoscaler in a world without Kubernetes: pods that say what a test wants, or that work through a load."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from scoring_operator.facts import Pod, PodReport
from scoring_operator.scaling import Decision, Memory, Situation, decide
from scoring_operator.simulation.plant import Model, Plant
from scoring_service.contract.spec import Autoscaling
from scoring_service.contract.worker_status import LaneState, LaneStatus, WorkerStatus

LOOK_S = 10.0
Reports = tuple[PodReport, ...]
Disturb = Callable[[Reports], Reports]


def asked(**changes: Any) -> Autoscaling:
    """Return what a person asks for; mode Auto."""
    return Autoscaling(**{"mode": "Auto"} | changes)


def a_report(number: int, lanes: Sequence[LaneStatus] = (), **status: Any) -> PodReport:
    """Return a warm pod that answers, and is ready."""
    name = f"pod-{number}"
    told = {"version": "", "pipeline": "", "pod": name, "uptime_seconds": 600.0, "partitions": 6} | status
    return PodReport(Pod("shop", name, uid=name, address="", ready=True), WorkerStatus(lanes=tuple(lanes), **told))


def a_lane(partition: int, position: int | None = 0, end: int | None = 0, **changes: Any) -> LaneStatus:
    """Return a lane that is ready."""
    told = {"state": LaneState.READY} | changes
    return LaneStatus(partition=partition, position=position, last_stable_offset=end, **told)


def pods(count: int, position: int, end: int, partitions: int = 6, **status: Any) -> Reports:
    """Return pods whose partitions all stand at `position` and end at `end`."""
    return tuple(
        a_report(
            number,
            [a_lane(p, position, end) for p in range(number, partitions, count)],
            partitions=partitions,
            **status,
        )
        for number in range(count)
    )


class Autoscaler:
    """One pipeline's autoscaler, and when it looks."""

    def __init__(self, replicas: int, partitions: int | None = 6, **changes: Any) -> None:
        self.asked, self.replicas, self.partitions = asked(**changes), replicas, partitions
        self.now = 0.0
        self.memory = Memory()

    def look(self, reports: Reports, **situation: Any) -> Decision:
        """Look once, and let ten seconds pass."""
        seen = Situation(self.asked, self.replicas, self.partitions, reports, **situation)
        decision, self.memory = decide(seen, self.memory, self.now)
        self.now += LOOK_S
        return decision


class Action(NamedTuple):
    """A change of replicas that the autoscaler made."""

    at: float
    before: int
    after: int
    decision: Decision


class Sharing(Plant):
    """Pods that share something which lets all of them together score so many records a second."""

    together = 300.0

    def step(self, now: float, rate: float, seconds: float) -> None:
        most = self.together / max(1, self.members(now))
        self.model = replace(self.model, per_pod=min(self.model.per_pod, most))
        super().step(now, rate, seconds)


class World:
    """A load, pods that work through it, and an autoscaler that may write replicas."""

    def __init__(self, model: Model, replicas: int = 1, lag: float = 0.0, **changes: Any) -> None:
        self.plant = Plant(model, replicas, lag)
        self.autoscaler = Autoscaler(replicas, model.partitions, **changes)
        self.actions: list[Action] = []
        self.decisions: list[Decision] = []

    @property
    def replicas(self) -> int:
        return self.autoscaler.replicas

    def run(
        self, seconds: float, rate: Callable[[], float], disturb: Disturb = lambda reports: reports, **situation: Any
    ) -> None:
        """Let time pass: look at pods as `disturb` makes them look, act, and let records arrive."""
        end = self.autoscaler.now + seconds
        while self.autoscaler.now < end:
            now = self.autoscaler.now
            decision = self.autoscaler.look(disturb(self.plant.reports(now)), **situation)
            self.decisions.append(decision)
            writes = self.autoscaler.asked.mode in ("Auto", "PerPartition")
            if writes and decision.desired is not None and decision.desired != self.replicas:
                self.actions.append(Action(now, self.replicas, decision.desired, decision))
                self.autoscaler.replicas = decision.desired
                self.plant.scale(decision.desired, now)
            self.plant.step(now, rate(), LOOK_S)
