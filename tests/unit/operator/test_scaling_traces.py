"""Laws of the autoscaler over random loads and faults, on pods that work through them."""

import itertools
import math
import os
import random
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.autoscaling import Disturb, Reports, World
from scoring_operator.facts import PodReport
from scoring_operator.scaling import Limit, Memory, Reason
from scoring_operator.scaling.capacity import Capacity
from scoring_operator.simulation.plant import Model
from scoring_service.contract.worker_status import HeldReason, LaneState, LaneStatus, WorkerStatus

HOUR = 3600.0
PER_POD = 400.0
PARTITIONS = st.integers(1, 16)
EXAMPLES = int(os.environ.get("SCALING_EXAMPLES", "8"))
"""Of each law; a campaign asks for more."""
few = settings(max_examples=EXAMPLES, deadline=None)


def steady(mean: float, seed: int, noise: float = 0.2) -> Callable[[], float]:
    """Return a load that stays the same, but for `noise` to both sides."""
    chance = random.Random(seed)
    return lambda: mean * chance.uniform(1 - noise, 1 + noise)


def busiest(pods: int, partitions: int) -> int:
    """Return the partitions of the pod that has most of them."""
    return math.ceil(partitions / pods)


def bears(pods: int, partitions: int, rate: float) -> bool:
    """Tell whether the busiest of so many pods gets through its share of a load."""
    return busiest(pods, partitions) / partitions * rate <= PER_POD


def is_sparing(pods: int, partitions: int) -> bool:
    """Tell whether no fewer pods would have the same busiest one."""
    return pods == 1 or busiest(pods - 1, partitions) > busiest(pods, partitions)


def with_status(report: PodReport, change: Callable[[WorkerStatus], WorkerStatus]) -> PodReport:
    return report if report.status is None else replace(report, status=change(report.status))


def with_lanes(reports: Reports, change: Callable[[LaneStatus], LaneStatus]) -> Reports:
    def of(status: WorkerStatus) -> WorkerStatus:
        return msgspec.structs.replace(status, lanes=tuple(change(lane) for lane in status.lanes))

    return tuple(with_status(report, of) for report in reports)


def silent(reports: Reports) -> Reports:
    """Let the first pod not answer."""
    return (replace(reports[0], status=None), *reports[1:])


def missing(reports: Reports) -> Reports:
    """Take the first pod away."""
    return reports[1:]


def unready(reports: Reports) -> Reports:
    """Let the first pod be unready."""
    return (replace(reports[0], pod=replace(reports[0].pod, ready=False)), *reports[1:])


def young(reports: Reports) -> Reports:
    """Let the first pod have started just now."""
    return (with_status(reports[0], lambda s: msgspec.structs.replace(s, uptime_seconds=5.0)), *reports[1:])


def outage(reports: Reports) -> Reports:
    """Cut the pods off from the brokers."""
    held = {"state": LaneState.HELD, "reason": HeldReason.BROKERS_UNREACHABLE, "last_stable_offset": None}
    return with_lanes(reports, lambda lane: msgspec.structs.replace(lane, **held))


def unknown(reports: Reports) -> Reports:
    """Let no lane know where its partition ends."""
    return with_lanes(reports, lambda lane: msgspec.structs.replace(lane, last_stable_offset=None))


def unassigned(reports: Reports) -> Reports:
    """Let the first pod have lost its partitions."""
    return (with_status(reports[0], lambda s: msgspec.structs.replace(s, lanes=())), *reports[1:])


FAULTS: tuple[Disturb, ...] = (silent, missing, unready, young, outage, unknown, unassigned)


@st.composite
def loads(draw: st.DrawFn) -> list[tuple[float, float, Disturb | None]]:
    """Return stretches of a load: seconds, rate in pods' worth of partitions, and perhaps a fault."""
    stretch = st.tuples(
        st.integers(1, 40).map(lambda minutes: minutes * 60.0),
        st.one_of(st.just(0.0), st.floats(0.01, 30.0)),
        st.sampled_from((None, None, None, *FAULTS)),
    )
    return draw(st.lists(stretch, min_size=1, max_size=6))


@given(
    loads(), PARTITIONS, st.integers(1, 30), st.tuples(st.integers(1, 30), st.integers(1, 30)).map(sorted), st.randoms()
)
@few
def test_whatever_comes_replicas_stay_within_their_bounds_and_faults_change_nothing(
    load: list[tuple[float, float, Disturb | None]],
    partitions: int,
    replicas: int,
    bounds: list[int],
    chance: random.Random,
) -> None:
    low, high = bounds
    world = World(Model(partitions, PER_POD), replicas, min_replicas=low, max_replicas=high, scale_down_delay="2m")
    world.run(10, lambda: 0.0)  # what a person wrote is put within the bounds first

    for seconds, pods, fault in load:
        before, quiet = world.replicas, len(world.actions)
        rate = pods * PER_POD
        world.run(seconds, lambda rate=rate: rate * chance.uniform(0.8, 1.2), fault or (lambda reports: reports))  # type: ignore[misc]
        if fault is not None:
            assert (world.replicas, len(world.actions)) == (before, quiet), fault.__doc__
        assert min(low, partitions) <= world.replicas <= min(high, partitions)
        if chance.random() < 0.3:
            world.autoscaler.memory = Memory()
    assert all(1 <= action.after <= min(high, partitions) for action in world.actions)


@given(st.floats(0.05, 12.0), PARTITIONS, st.integers(1, 24), st.integers())
@few
def test_a_steady_load_is_followed_at_most_once_an_hour(pods: float, partitions: int, replicas: int, seed: int) -> None:
    """From any number of pods, with noise of 20 %: whatever is done, is done once, and for good."""
    world = World(Model(partitions, PER_POD), min(replicas, partitions))

    world.run(5 * HOUR, steady(pods * PER_POD, seed))

    for one, other in itertools.pairwise(world.actions):
        assert other.at - one.at >= HOUR, world.actions


@given(st.floats(0.05, 40.0), PARTITIONS, st.integers(1, 24), st.floats(0, 1e6), st.integers())
@few
def test_a_backlog_that_stays_is_answered_with_the_pods_that_it_needs_or_with_all(
    pods: float, partitions: int, replicas: int, lag: float, seed: int
) -> None:
    world, rate = (
        World(Model(partitions, PER_POD), min(replicas, partitions), lag, scale_down_delay="24h"),
        pods * PER_POD,
    )

    world.run(4 * HOUR, steady(rate, seed, noise=0.1))

    assert [action.after for action in world.actions] == sorted({action.after for action in world.actions})
    if bears(partitions, partitions, rate * 1.05):
        assert bears(world.replicas, partitions, rate * 0.97)
        assert world.plant.lag <= 60 * rate * 1.2
    else:
        assert world.replicas == partitions
        assert Limit.PARTITIONS in world.decisions[-1].limits or world.plant.lag <= 60 * rate * 1.2


@given(st.floats(0.05, 12.0), PARTITIONS, st.integers(1, 24), st.integers())
@few
def test_pods_that_a_load_does_not_need_go_and_those_that_stay_bear_it(
    pods: float, partitions: int, replicas: int, seed: int
) -> None:
    world, rate = World(Model(partitions, PER_POD), min(replicas, partitions), scale_down_delay="10m"), pods * PER_POD

    world.run(4 * HOUR, steady(rate, seed, noise=0.1))

    enough = next((m for m in range(1, partitions + 1) if bears(m, partitions, rate * 1.2 / 0.75)), partitions)
    assert world.replicas <= enough
    if bears(partitions, partitions, rate * 1.05):
        assert bears(world.replicas, partitions, rate * 0.97)


@given(loads(), PARTITIONS, st.integers(1, 24), st.randoms())
@few
def test_only_numbers_that_spread_partitions_evenly_are_asked_for(
    load: list[tuple[float, float, Disturb | None]], partitions: int, replicas: int, chance: random.Random
) -> None:
    world = World(Model(partitions, PER_POD), min(replicas, partitions), scale_down_delay="2m", cooldown="10s")

    for seconds, pods, fault in load:
        rate = pods * PER_POD
        world.run(seconds, lambda rate=rate: rate * chance.uniform(0.8, 1.2), fault or (lambda reports: reports))  # type: ignore[misc]

    assert all(is_sparing(action.after, partitions) for action in world.actions)


@given(loads(), PARTITIONS, st.integers(1, 24), st.sampled_from([60, 300, 900]), st.sampled_from([120, 1200]))
@few
def test_a_change_is_followed_by_the_cooldown_and_fewer_pods_by_the_delay_as_well(
    load: list[tuple[float, float, Disturb | None]], partitions: int, replicas: int, cooldown: int, delay: int
) -> None:
    world = World(
        Model(partitions, PER_POD),
        min(replicas, partitions),
        cooldown=f"{cooldown}s",
        scale_down_delay=f"{delay}s",
    )

    for seconds, pods, fault in load:
        rate = pods * PER_POD
        world.run(seconds, lambda rate=rate: rate, fault or (lambda reports: reports))  # type: ignore[misc]

    changes = [0.0, *(action.at for action in world.actions)]
    for since, action in zip(changes, world.actions, strict=False):
        assert action.at - since >= cooldown
        assert action.after > action.before or action.at - since >= delay


@given(st.floats(0.05, 12.0), PARTITIONS, st.integers(1, 24), st.integers(1, 120), st.booleans(), st.integers())
@few
def test_a_new_operator_does_nothing_hasty(
    pods: float, partitions: int, replicas: int, minutes: int, knows: bool, seed: int
) -> None:
    """It has lost every window; all it may know is what a pod can do, read back from status."""
    world = World(Model(partitions, PER_POD), min(replicas, partitions), scale_down_delay="30m")
    load = steady(pods * PER_POD, seed)
    world.run(minutes * 60, load)
    done, hint = len(world.actions), world.decisions[-1].per_pod

    world.autoscaler.memory = Memory(capacity=Capacity(per_pod=hint)) if knows else Memory()
    began = world.autoscaler.now
    world.run(HOUR, load)

    for action in world.actions[done:]:
        least = 300 if action.after > action.before else 1800
        assert action.at - began >= least


@pytest.mark.parametrize("mode", ["Auto", "PerPartition"])
@given(loads(), PARTITIONS, st.integers(1, 24))
@few
def test_another_autoscaler_is_left_alone(
    mode: str, load: list[tuple[float, float, Disturb | None]], partitions: int, replicas: int
) -> None:
    world = World(Model(partitions, PER_POD), replicas, mode=mode, scale_down_delay="1m", cooldown="10s")

    for seconds, pods, _ in load:
        rate = pods * PER_POD
        world.run(seconds, lambda rate=rate: rate, other="kube-controller-manager")  # type: ignore[misc]

    assert world.actions == []
    assert {decision.reason for decision in world.decisions} == {Reason.FOREIGN_AUTOSCALER}


@given(PARTITIONS, st.integers(1, 24), st.floats(0.0, 5.0), st.integers(1, 10))
@few
def test_offsets_that_are_no_records_ask_for_no_pods(
    partitions: int, replicas: int, trickle: float, markers: int
) -> None:
    """The end of every partition is markers of transactions: its lag never becomes 0."""
    pods = min(replicas, partitions)
    world = World(Model(partitions, PER_POD), pods, target_drain_time="1s", min_replicas=pods)

    def with_markers(reports: Reports) -> Reports:
        return with_lanes(reports, lambda lane: msgspec.structs.replace(lane, last_stable_offset=markers + _end(lane)))

    world.run(HOUR, lambda: trickle, with_markers)

    assert world.actions == []


def _end(lane: LaneStatus) -> int:
    assert lane.last_stable_offset is not None
    return lane.last_stable_offset
