"""The autoscaler at work in the reconcile: under load on the twins, by an operator that comes and goes.

How many pods a load needs is said here in whole numbers: twelve partitions, pods that score 100 records a second, and
room for a third more than arrives. 250 records a second are 333 then: of 12 partitions one pod bears 3, so it takes 4.
"""

import random
from collections.abc import Callable
from typing import Any

import pytest

from harness.loaded import LoadedWorld, counted
from harness.pipelines import KEY
from scoring_operator.conditions.scaling import BLIND_S
from scoring_operator.errors import Conflict

HOUR = 3600.0
MINUTE = 60.0
LOW, HIGH = 60.0, 250.0
FOR_LOW, FOR_HIGH = 1, 4
COOLDOWN = 5 * MINUTE


async def a_world(rate: float = LOW, replicas: int = FOR_LOW, **parts: Any) -> LoadedWorld:
    """Return a pipeline with an autoscaler that has been at rest for longer than the cooldown."""
    world = LoadedWorld(replicas=replicas, **parts)
    world.flow.rate = rate
    await world.run(10 * MINUTE)
    assert world.actions == []
    return world


def around(rate: float, share: float, chance: random.Random) -> Callable[[], float]:
    """Return a load that is anywhere within a share of a rate, each time that somebody looks."""
    return lambda: rate * chance.uniform(1 - share, 1 + share)


async def test_a_step_of_the_load_brings_the_pods_it_needs_and_they_go_when_it_is_over() -> None:
    world = await a_world(scaleDownDelay="10m")
    stepped = world.now

    await world.run(15 * MINUTE, lambda: HIGH)
    assert counted(world.actions) == [(FOR_LOW, FOR_HIGH)]
    assert len(world.cluster.pods) == FOR_HIGH
    assert world.actions[0].at - stepped < 4 * MINUTE
    assert world.flow.waiting < HIGH

    over = world.now
    await world.run(15 * MINUTE, lambda: LOW)
    assert counted(world.actions) == [(FOR_LOW, FOR_HIGH), (FOR_HIGH, FOR_LOW)]
    assert world.actions[1].at - over > 10 * MINUTE
    assert len(world.cluster.pods) == FOR_LOW


async def test_status_says_what_is_wanted_why_and_from_what() -> None:
    world = await a_world(HIGH, FOR_HIGH)

    assert world.scaling == {
        "desired": FOR_HIGH,
        "reason": "DrainTimeWithinTarget",
        "message": "what waits is scored within targetDrainTime",
        "capacityPerPod": pytest.approx(100, rel=0.1),
        "lastScaleTime": "1970-01-12T13:46:40Z",
        "inputs": {
            "neededReplicas": FOR_HIGH,
            "lagRecords": pytest.approx(0, abs=12),
            "drainSeconds": 0,
            "arrivalsPerSecond": pytest.approx(HIGH, rel=0.1),
            "deliveriesPerSecond": pytest.approx(HIGH, rel=0.1),
        },
    }
    assert world.condition("ScalingActive") == ("True", "ReplicasDecided")


async def test_a_constant_load_moves_nothing() -> None:
    """An hour of one; many, and longer ones, are tried on the decision alone."""
    world = await a_world(HIGH, FOR_HIGH)

    await world.run(HOUR, around(HIGH, 0.2, random.Random(1)))

    assert world.actions == []


async def test_at_rest_nothing_is_written() -> None:
    world = await a_world(rate=0.0)
    before = world.cluster.writes.total()

    await world.run(HOUR)

    assert world.cluster.writes.total() == before


async def test_figures_that_waver_are_not_told_again() -> None:
    world = await a_world(HIGH, FOR_HIGH)
    before = world.cluster.writes.total()

    await world.run(HOUR / 2, around(HIGH, 0.1, random.Random(1)))

    assert world.cluster.writes.total() - before <= 3


async def test_who_advises_writes_nothing() -> None:
    world = await a_world(mode="Advise")

    await world.run(15 * MINUTE, lambda: HIGH)

    assert world.cluster.writes["scale"] == 0
    assert world.scaling["desired"] > FOR_LOW
    assert world.scaling["reason"] == "DrainTimeAboveTarget"
    assert world.condition("ScalingActive") == ("True", "ReplicasDecided")


async def test_who_is_disabled_says_nothing() -> None:
    world = await a_world(mode="Disabled")

    await world.run(HOUR, lambda: HIGH)

    assert world.scaling == {}
    assert world.actions == []
    assert world.condition("ScalingActive") == ("False", "AutoscalingDisabled")


async def test_another_autoscaler_is_left_alone_until_a_person_takes_replicas_back() -> None:
    world = await a_world()
    world.write("kube-controller-manager", 2)

    await world.run(15 * MINUTE, lambda: HIGH)
    assert world.replicas == 2
    assert world.cluster.writes["scale"] == 0
    assert world.condition("ScalingActive") == ("False", "ForeignAutoscaler")
    assert world.scaling["reason"] == "ForeignAutoscaler"
    assert "kube-controller-manager" in world.scaling["message"]

    world.write("kubectl", 3)
    await world.run(10 * MINUTE, lambda: HIGH)
    assert world.replicas > 3
    assert world.condition("ScalingActive") == ("True", "ReplicasDecided")


async def test_a_pod_for_each_so_many_partitions_steps_back_for_another_autoscaler_as_well() -> None:
    world = LoadedWorld(mode="PerPartition", partitionsPerReplica=3)
    await world.run(5 * MINUTE)
    assert world.replicas == 4

    world.write("keda", 2)
    await world.run(5 * MINUTE)

    assert world.replicas == 2


async def test_what_a_person_writes_stays_for_the_cooldown() -> None:
    world = await a_world(HIGH, FOR_HIGH)
    world.write("kubectl", 1)
    written = world.now

    await world.run(COOLDOWN - 1)
    assert world.replicas == 1
    assert "Cooldown" in world.scaling["limitedBy"]

    await world.run(COOLDOWN)
    assert world.replicas > 1
    assert world.actions[-1].at - written >= COOLDOWN


async def test_a_write_that_meets_another_one_is_decided_on_again() -> None:
    world = await a_world()
    world.cluster.faults["scale"] = [Conflict("it is another version by now")]

    await world.run(10 * MINUTE, lambda: HIGH)

    assert counted(world.actions) == [(FOR_LOW, FOR_HIGH)]
    assert world.cluster.writes["scale"] == 2


async def test_replicas_that_somebody_writes_while_pods_are_asked_are_not_overwritten() -> None:
    world = await a_world()
    until_it_acts = world.cluster.writes["scale"]
    while world.cluster.writes["scale"] == until_it_acts:
        if not world.workers.meanwhile:
            world.workers.meanwhile.append(lambda: world.write("kubectl", 3) if world.replicas == 1 else None)
        await world.run(1.0, lambda: HIGH)
        if world.replicas == 3:
            break

    assert world.replicas == 3
    await world.run(COOLDOWN - 30)
    assert world.replicas == 3


@pytest.mark.parametrize("rate", [0.0, 10 * HIGH])
async def test_a_lag_that_one_partition_does_not_know_moves_nothing(rate: float) -> None:
    world = await a_world(HIGH, FOR_HIGH, scaleDownDelay="10s")
    world.workers.unknown = {7}

    await world.run(BLIND_S - 10, lambda: rate)
    assert world.condition("ScalingActive")[0] == "True"

    await world.run(2 * MINUTE)
    assert world.actions == []
    assert world.scaling["reason"] == "LagUnknown"
    assert world.condition("ScalingActive") == ("False", "LoadUnknown")


@pytest.mark.parametrize("rate", [0.0, 10 * HIGH])
async def test_a_pod_that_does_not_answer_moves_nothing(rate: float) -> None:
    world = await a_world(HIGH, FOR_HIGH, scaleDownDelay="10s")
    world.workers.silent = {next(iter(world.cluster.pods))}

    await world.run(4 * MINUTE, lambda: rate)

    assert world.actions == []
    assert world.scaling["reason"] == "PodsNotReady"


async def test_markers_at_the_end_of_every_partition_are_no_backlog() -> None:
    """A transaction leaves one offset that no reader gets: with exactly-once the lag is never 0."""
    world = await a_world(rate=0.0, targetDrainTime="1s")
    world.workers.markers = 2

    await world.run(10 * MINUTE)

    assert world.actions == []
    assert world.scaling["inputs"]["drainSeconds"] == 0


async def test_a_new_operator_acts_on_nothing_that_it_has_not_seen_for_a_minute() -> None:
    world = await a_world(cooldown="10s")
    await world.run(90.0, lambda: HIGH)  # wanted by now, and not confirmed
    assert world.actions == []
    world.start()
    began = world.now

    await world.run(5 * MINUTE)

    assert world.actions[0].at - began > 100


@pytest.mark.parametrize("rate", [LOW, HIGH])
async def test_operators_that_come_and_go_move_nothing(rate: float) -> None:
    world = await a_world(rate, FOR_LOW if rate == LOW else FOR_HIGH)

    for _ in range(6):
        world.start()
        await world.run(3 * MINUTE, around(rate, 0.2, random.Random(1)))

    assert world.actions == []


async def test_a_cooldown_outlives_the_operator() -> None:
    """Neither ends it early, nor does it begin anew."""
    world = await a_world()
    await world.run(5 * MINUTE, lambda: HIGH)
    ((scaled_at, _, _),) = world.actions
    world.flow.rate = 3 * HIGH
    await world.run(scaled_at + 4 * MINUTE - world.now)
    said = world.scaling["lastScaleTime"]
    world.start()

    await world.run(5 * MINUTE)

    assert COOLDOWN <= world.actions[1].at - scaled_at < 7 * MINUTE
    assert said != world.scaling["lastScaleTime"]


async def test_what_changed_while_nobody_looked_has_changed_just_now() -> None:
    world = await a_world(HIGH, FOR_HIGH)
    world.now += HOUR
    world.write("kubectl", 2)
    world.start()
    began = world.now

    await world.run(2 * COOLDOWN)

    assert world.actions[0].at - began >= COOLDOWN


async def test_a_new_operator_writes_nothing() -> None:
    world = await a_world(HIGH, FOR_HIGH)
    before, said = world.cluster.writes.total(), world.scaling
    world.start()

    await world.run(5 * MINUTE)

    assert {name: world.scaling[name] for name in ("desired", "lastScaleTime", "capacityPerPod")} == {
        name: said[name] for name in ("desired", "lastScaleTime", "capacityPerPod")
    }
    assert world.cluster.writes.total() - before <= 2  # that it measures, and that it has


@pytest.mark.parametrize(("replicas", "bounded"), [(0, 1), (20, 12)])
async def test_replicas_out_of_bounds_are_brought_back(replicas: int, bounded: int) -> None:
    world = LoadedWorld(replicas=replicas)

    await world.run(2 * MINUTE)

    assert world.replicas == bounded


async def test_more_than_there_are_partitions_is_never_asked_for() -> None:
    world = await a_world(cooldown="10s")

    await world.run(10 * MINUTE, lambda: 100 * HIGH)

    assert world.replicas == 12
    assert max(action.after for action in world.actions) == 12
    assert "Partitions" in world.scaling["limitedBy"]


async def test_a_suspended_pipeline_keeps_its_replicas() -> None:
    world = await a_world(HIGH, FOR_HIGH)
    world.cluster.edit("ScoringPipeline", KEY, spec={**world.pipeline["spec"], "suspend": True})

    await world.run(10 * MINUTE)

    assert world.replicas == FOR_HIGH
    assert world.condition("ScalingActive") == ("False", "Suspended")


async def test_a_paused_pipeline_is_neither_scaled_nor_decided_on() -> None:
    world = await a_world()
    annotations = {"annotations": {"scoring.dev/reconcile": "paused"}}
    world.cluster.edit("ScoringPipeline", KEY, metadata={**world.pipeline["metadata"], **annotations})

    await world.run(10 * MINUTE, lambda: HIGH)

    assert world.actions == []
    assert world.condition("ScalingActive") == ("False", "ReconciliationPaused")
    assert "lastScaleTime" in world.scaling
