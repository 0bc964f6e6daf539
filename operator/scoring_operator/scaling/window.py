"""What the pods have done in the last minute, by the offsets of their lanes.

Offsets, not counts of records: a transaction's markers take offsets too, so lag, arrivals and deliveries are in one
unit, and what is no record cancels out of every quotient.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from scoring_operator import lanes
from scoring_operator.facts import PodReport

WINDOW_S: Final = 60.0
SPAN_S: Final = 45.0
"""Seconds from the first to the last sample, at least, before anything is said."""
SAMPLES: Final = 4
"""At least, before anything is said."""
PHANTOM: Final = 10
"""Offsets at the end of a partition that are no backlog: markers of transactions, and what is in flight."""
BEHIND_S: Final = 2.0
"""Of work that has waited for a pod all the time, at least, if its rate is to be the most that it can."""


class PodSample(NamedTuple):
    """One pod at one look."""

    partitions: tuple[int, ...]
    position: int
    """Offsets delivered, over its partitions."""
    end: int
    """Where its partitions end, added up."""
    busy: float | None
    """Share of the last minute in which it had something to do; None if its image does not tell."""

    @property
    def backlog(self) -> int:
        """Offsets that wait, without what may be no record."""
        lag = self.end - self.position
        return lag if lag > PHANTOM * len(self.partitions) else 0


class Sample(NamedTuple):
    """All pods at one look."""

    at: float
    """Monotonic seconds."""
    pods: dict[str, PodSample]
    """By uid."""

    def follows(self, former: "Sample") -> bool:
        """Tell whether the same pods have the same partitions as before, and no offset went back."""
        return self.pods.keys() == former.pods.keys() and all(
            pod.partitions == before.partitions and pod.position >= before.position and pod.end >= before.end
            for pod, before in ((pod, former.pods[uid]) for uid, pod in self.pods.items())
        )


class PodLoad(NamedTuple):
    """What one pod did in a window."""

    rate: float
    """Offsets delivered a second."""
    busy: float | None
    """Share of the minute in which it had something to do; None if its image does not tell."""
    is_behind: bool
    """Work waited for it all the time: this rate is the most that it can."""


@dataclass(frozen=True, slots=True)
class Load:
    """What all pods did in a window."""

    lag: int
    """Offsets that wait now."""
    backlog: int
    """Of these, without what may be no record."""
    arrivals: float
    """Offsets a second."""
    deliveries: float
    """Offsets a second."""
    pods: tuple[PodLoad, ...]

    @property
    def drain_s(self) -> float | None:
        """Seconds that the backlog takes at the present rate; None if nothing is delivered."""
        if not self.backlog:
            return 0.0
        return self.backlog / self.deliveries if self.deliveries else None


def sample(reports: Sequence[PodReport], at: float) -> Sample:
    """Return what pods report that all answer and know their lag."""
    return Sample(at, dict(_pods(reports)))


def _pods(reports: Sequence[PodReport]) -> Iterator[tuple[str, PodSample]]:
    for report in lanes.present(reports):
        if report.status is not None:
            held = sorted(report.status.lanes, key=lambda lane: lane.partition)
            position = sum(lane.position or 0 for lane in held)
            lag = sum(lane.lag or 0 for lane in held)
            dealt = tuple(lane.partition for lane in held)
            yield report.pod.uid, PodSample(dealt, position, position + lag, report.status.busy_ratio)


@dataclass(frozen=True, slots=True)
class Window:
    """Samples of the last minute, the oldest first, of pods that keep their partitions."""

    samples: tuple[Sample, ...] = ()

    def plus(self, latest: Sample) -> "Window":
        """Return the window that ends with `latest`; it begins anew if the partitions were dealt anew."""
        if self.samples and not latest.follows(self.samples[-1]):
            return Window((latest,))
        return Window((*(known for known in self.samples if known.at >= latest.at - WINDOW_S), latest))

    @property
    def latest_s(self) -> float:
        """Seconds between the last two samples."""
        return self.samples[-1].at - self.samples[-2].at

    def load(self) -> Load | None:
        """Return what the pods did; None while they have not been looked at for long enough."""
        if len(self.samples) < SAMPLES or self.samples[-1].at - self.samples[0].at < SPAN_S:
            return None
        first, last = self.samples[0], self.samples[-1]
        seconds = last.at - first.at
        return Load(
            lag=sum(pod.end - pod.position for pod in last.pods.values()),
            backlog=sum(pod.backlog for pod in last.pods.values()),
            arrivals=sum(pod.end - first.pods[uid].end for uid, pod in last.pods.items()) / seconds,
            deliveries=sum(pod.position - first.pods[uid].position for uid, pod in last.pods.items()) / seconds,
            pods=tuple(self._of(uid, seconds) for uid in last.pods),
        )

    def _of(self, uid: str, seconds: float) -> PodLoad:
        rate = (self.samples[-1].pods[uid].position - self.samples[0].pods[uid].position) / seconds
        least = min(known.pods[uid].backlog for known in self.samples)
        return PodLoad(rate, self.samples[-1].pods[uid].busy, is_behind=least > BEHIND_S * rate)
