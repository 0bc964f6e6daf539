"""One decision at a time: what is known, and what an autoscaler must say about it."""

from dataclasses import replace
from typing import Any

import pytest

from harness.autoscaling import Autoscaler, Reports, Sharing, World, a_lane, a_report, pods
from scoring_operator.scaling import Limit, Memory, Reason
from scoring_operator.scaling.capacity import Capacity
from scoring_operator.scaling.decision import WORDS, Decision
from scoring_operator.simulation.plant import Model
from scoring_service.contract.worker_status import HeldReason, LaneState

SIX = Model(partitions=6, per_pod=100.0)


def said(decision: Decision) -> tuple[int | None, str, list[str]]:
    return decision.desired, str(decision.reason), [str(limit) for limit in decision.limits]


def decided(reports: Reports = (), replicas: int = 2, **parts: Any) -> Decision:
    """Return the first decision about a pipeline of six partitions."""
    situation = {name: parts.pop(name) for name in ("other", "suspended", "rolled_out") if name in parts}
    return Autoscaler(replicas, parts.pop("partitions", 6), **parts).look(reports, **situation)


WELL = pods(2, 0, 0)


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        (decided(mode="Disabled"), (None, "AutoscalingDisabled", [])),
        (decided(suspended=True), (2, "Suspended", [])),
        (decided(suspended=True, mode="PerPartition"), (2, "Suspended", [])),
        (decided(other="keda"), (2, "ForeignAutoscaler", [])),
        (decided(other="keda", mode="PerPartition"), (2, "ForeignAutoscaler", [])),
        (decided(WELL, other="keda", mode="Advise"), (2, "Measuring", [])),
        (decided(mode="PerPartition"), (6, "PartitionsPerReplica", [])),
        (decided(mode="PerPartition", partitions_per_replica=4), (2, "PartitionsPerReplica", [])),
        (decided(mode="PerPartition", max_replicas=4), (4, "PartitionsPerReplica", ["MaxReplicas"])),
        (
            decided(mode="PerPartition", partitions_per_replica=6, min_replicas=3),
            (3, "PartitionsPerReplica", ["MinReplicas"]),
        ),
        (decided(mode="PerPartition", partitions=None), (2, "PartitionsUnknown", [])),
        (decided(mode="PerPartition", partitions=None, replicas=0), (1, "PartitionsUnknown", [])),
        (decided(mode="PerPartition", partitions=1200), (1000, "PartitionsPerReplica", ["MaxReplicas"])),
        (decided(min_replicas=3), (3, "OutsideBounds", ["MinReplicas"])),
        (decided(max_replicas=1), (1, "OutsideBounds", ["MaxReplicas"])),
        (decided(replicas=9), (6, "OutsideBounds", ["Partitions"])),
        (decided(replicas=0), (1, "OutsideBounds", ["MinReplicas"])),
        (decided(replicas=9, partitions=None), (9, "PartitionsUnknown", [])),
        (decided(min_replicas=9, partitions=None), (2, "PartitionsUnknown", [])),
        (decided(min_replicas=9, partitions=None, replicas=0), (1, "OutsideBounds", ["MinReplicas"])),
        (decided(max_replicas=1, partitions=None), (1, "OutsideBounds", ["MaxReplicas"])),
        (decided(min_replicas=9, replicas=6), (6, "PodsNotReady", [])),
        (decided(mode="Advise", max_replicas=1), (1, "OutsideBounds", ["MaxReplicas"])),
        (decided(WELL), (2, "Measuring", [])),
    ],
    ids=lambda value: "" if isinstance(value, Decision) else value[1],
)
def test_some_things_are_decided_without_a_measure(
    decision: Decision, expected: tuple[int | None, str, list[str]]
) -> None:
    assert said(decision) == expected
    assert decision.message


def one_lane(**changes: Any) -> Reports:
    """Return two pods that are well, but for one lane of the first."""
    lanes = [a_lane(0, **changes), a_lane(2), a_lane(4)]
    return (a_report(0, lanes), WELL[1])


@pytest.mark.parametrize(
    ("reports", "reason", "told"),
    [
        ((WELL[0],), Reason.PODS_NOT_READY, "1 of 2 pods are ready"),
        ((*WELL, a_report(2)), Reason.PODS_NOT_READY, "3 exist"),
        ((WELL[0], replace(WELL[1], status=None)), Reason.PODS_NOT_READY, "1 of 2"),
        ((WELL[0], replace(WELL[1], pod=replace(WELL[1].pod, ready=False))), Reason.PODS_NOT_READY, "1 of 2"),
        ((WELL[0], replace(WELL[1], pod=replace(WELL[1].pod, terminating=True))), Reason.PODS_NOT_READY, "1 of 2"),
        (
            pods(2, 0, 0, uptime_seconds=29.9),
            Reason.PODS_NOT_READY,
            "0 of 2 pods are ready, answer, and have run for 30 s",
        ),
        (one_lane(state=LaneState.INITIALISING), Reason.LANES_NOT_READY, "partition 0 is Initialising"),
        (one_lane(state=LaneState.STALLED), Reason.LANES_NOT_READY, "partition 0 is Stalled"),
        (
            one_lane(state=LaneState.HELD, reason=HeldReason.FAILURE_BUDGET_EXCEEDED),
            Reason.LANES_NOT_READY,
            "partition 0 is Held (FailureBudgetExceeded)",
        ),
        (one_lane(state=LaneState.HELD, reason=HeldReason.BROKERS_UNREACHABLE), Reason.BROKERS_UNREACHABLE, "1 pods"),
        ((a_report(0, held="BrokersUnreachable"), WELL[1]), Reason.BROKERS_UNREACHABLE, "1 pods get no answer"),
        (one_lane(end=None), Reason.LAG_UNKNOWN, "the lag of 1 partitions is unknown, e.g. of 0"),
        (one_lane(position=None), Reason.LAG_UNKNOWN, "e.g. of 0"),
        ((a_report(0, [a_lane(0)]), WELL[1]), Reason.LANES_NOT_READY, "are being dealt"),
        ((a_report(0, [a_lane(p) for p in (0, 1, 2, 4)]), WELL[1]), Reason.LANES_NOT_READY, "are being dealt"),
    ],
)
def test_what_cannot_be_measured_leaves_replicas_alone(reports: Reports, reason: Reason, told: str) -> None:
    decision = decided(reports)

    assert (decision.desired, decision.reason, decision.inputs) == (2, reason, None)
    assert told in decision.message


def test_a_rollout_leaves_replicas_alone_and_makes_what_a_pod_can_do_unknown() -> None:
    """The pods of the new template may have other limits."""
    autoscaler = Autoscaler(2)
    autoscaler.memory = Memory(capacity=Capacity(per_pod=100))

    during = autoscaler.look(WELL, rolled_out=False)

    assert (during.desired, during.reason, during.per_pod) == (2, Reason.ROLLOUT_IN_PROGRESS, None)


def test_a_load_step_is_answered_once_with_what_it_needs() -> None:
    """Two pods of 100/s each get 350/s: three pods would be at 117/s each, six at 58/s."""
    world = World(SIX, replicas=2)
    world.run(600, lambda: 90)
    assert world.actions == []

    world.run(1800, lambda: 350)

    (action,) = world.actions
    assert (action.before, action.after) == (2, 6)
    assert action.decision.reason is Reason.ABOVE_TARGET
    assert action.decision.inputs is not None
    assert action.decision.inputs.needed == 6
    assert action.decision.inputs.drain_s > 60  # type: ignore[operator]
    assert action.decision.per_pod == pytest.approx(100, rel=0.05)
    assert 600 + 60 < action.at < 600 + 180


def test_more_pods_wait_until_a_minute_has_confirmed_them() -> None:
    world = World(SIX, replicas=1)
    world.run(400, lambda: 60)
    world.run(120, lambda: 300)

    waiting = [d for d in world.decisions if d.reason is Reason.ABOVE_TARGET and d.desired == 1]

    assert waiting
    assert all(Limit.CONFIRMING in decision.limits for decision in waiting)
    assert len(waiting) == 6


def test_a_second_raise_waits_for_the_cooldown() -> None:
    world = World(SIX, replicas=1, cooldown="20m")
    world.run(1500, lambda: 60)
    world.run(300, lambda: 150)
    world.run(2000, lambda: 500)

    first, second = world.actions

    assert (first.after, second.after) == (2, 6)
    assert 1200 <= second.at - first.at < 1300
    assert Limit.COOLDOWN in {limit for decision in world.decisions for limit in decision.limits}


def test_pods_go_after_the_delay_to_the_most_that_was_needed_meanwhile() -> None:
    world = World(SIX, replicas=6, scale_down_delay="30m")
    world.autoscaler.memory = Memory(capacity=Capacity(per_pod=100))
    world.run(1200, lambda: 60)
    assert Limit.SCALE_DOWN_DELAY in world.decisions[-1].limits
    world.run(300, lambda: 140)
    world.run(1200, lambda: 60)

    (action,) = world.actions

    assert (action.after, action.decision.reason) == (2, Reason.FEWER_SUFFICE)
    assert 1860 <= action.at < 1960
    assert world.decisions[-1].reason is Reason.WITHIN_TARGET


def test_a_load_that_comes_back_keeps_its_pods() -> None:
    world = World(SIX, replicas=6, scale_down_delay="30m")
    for _ in range(4):
        world.run(1200, lambda: 60)
        world.run(600, lambda: 500)

    assert world.actions == []


def test_fewer_are_forgotten_when_nobody_could_look_for_long() -> None:
    world = World(SIX, replicas=6, scale_down_delay="30m")
    world.run(1500, lambda: 60)
    world.run(200, lambda: 60, lambda reports: reports[1:])

    world.run(1500, lambda: 60)

    assert world.actions == []


def test_a_backlog_that_is_gone_within_a_minute_asks_for_no_more() -> None:
    """After an outage much waits, and the pods have room: they drain it at 140/s."""
    world = World(SIX, replicas=2, lag=20_000)

    world.run(1200, lambda: 60)

    assert world.actions == []


def test_a_backlog_of_one_partition_asks_for_no_more_pods() -> None:
    """All of it waits for one pod, which does 100/s: 90 s. Two pods could do it in 45 s, and are there."""
    autoscaler = Autoscaler(2)

    for look in range(40):
        hot = a_lane(0, position=1_000 * look, end=1_000 * look + 9_000)
        decision = autoscaler.look((a_report(0, [hot, a_lane(2), a_lane(4)]), WELL[1]))

    assert said(decision) == (2, "BacklogUneven", [])
    assert decision.inputs is not None
    assert decision.inputs.drain_s == pytest.approx(90)


def test_pods_that_bring_nothing_are_not_followed_by_more() -> None:
    """Something that they share is the limit: the rate stays, and what one pod seems able to do falls."""
    twelve = replace(SIX, partitions=12)
    world = World(twelve, replicas=3)
    world.plant = Sharing(twelve, replicas=3)

    world.run(7200, lambda: 340)

    assert [action.after for action in world.actions] == [6]
    assert Limit.NO_GAIN in world.decisions[-1].limits


def test_the_last_raise_is_forgiven_once_it_has_done() -> None:
    """A day later pods that can do less are no reason to refuse more of them."""
    world = World(SIX, replicas=1)
    world.run(400, lambda: 60)
    world.run(1800, lambda: 150)
    assert world.replicas == 2

    world.plant.model = replace(SIX, per_pod=40.0)
    world.run(1800, lambda: 150)

    assert world.replicas == 6


def test_records_of_which_none_is_scored_ask_for_no_pods() -> None:
    autoscaler = Autoscaler(2, target_drain_time="1s")

    for _ in range(20):
        decision = autoscaler.look(pods(2, 0, 1_000))

    assert said(decision) == (2, "NoProgress", [])
    assert decision.inputs is not None
    assert decision.inputs.drain_s is None


def test_no_more_are_asked_for_than_the_most_and_it_is_said() -> None:
    world = World(SIX, replicas=1, max_replicas=4)

    world.run(1800, lambda: 500)

    assert world.replicas == 4
    assert said(world.decisions[-1]) == (4, "DrainTimeAboveTarget", ["MaxReplicas"])


def test_where_a_pod_for_every_partition_is_too_little_it_is_said() -> None:
    world = World(SIX, replicas=1)

    world.run(1800, lambda: 700)

    assert world.replicas == 6
    assert said(world.decisions[-1]) == (6, "DrainTimeAboveTarget", ["Partitions"])


def test_no_fewer_are_asked_for_than_the_fewest_and_it_is_said() -> None:
    world = World(SIX, replicas=6, min_replicas=3, scale_down_delay="10m")

    world.run(3600, lambda: 10)

    assert [action.after for action in world.actions] == [3]
    assert world.decisions[-1].limits == (Limit.MIN_REPLICAS,)


def test_advice_is_the_decision_and_stays_while_nobody_follows_it() -> None:
    world = World(SIX, replicas=1, mode="Advise")
    world.run(1800, lambda: 300)

    advice = [decision.desired for decision in world.decisions]

    assert advice[-1] == 6
    assert advice[-60:] == [6] * 60


def test_idle_pods_go_though_nobody_knows_what_they_could_do() -> None:
    world = World(SIX, replicas=6, scale_down_delay="10m")

    world.run(1200, lambda: 0)

    assert [action.after for action in world.actions] == [1]


def test_every_reason_that_follows_from_figures_has_its_words() -> None:
    assert set(WORDS) < set(Reason)
    assert all(WORDS.values())
