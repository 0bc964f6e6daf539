"""The operator dies before or after any write to a real API server, and a new one that knows nothing goes on.

Whatever point it dies at: the status never says what is not so (I10), a deleted pipeline leaves nothing behind
(I11), and the end is the same as without a death, with no more writes then (I12). `CRASH_POINTS=all` tries each
point of each change, and kills processes as well; a run without it tries one point of a few changes.
"""

import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from harness.apiserver import Apiserver
from harness.changes import CHANGES, Change, is_called_ready, is_called_under_way, steady
from harness.identity import operator_kubeconfig
from harness.interrupted import Died, Happens, Interrupted, Point, die, points
from harness.kube_world import KubeWorld, kube_world
from harness.operators import OperatorProcess
from harness.stage import until
from scoring_operator.cluster.kube.kinds import PIPELINE
from scoring_operator.facts import Manifest

pytestmark = [pytest.mark.apiserver, pytest.mark.timeout(3600)]

EVERY: Final = os.environ.get("CRASH_POINTS") == "all"
SAMPLE: Final = ("create", "change a weight, update and scale")
TRIED: Final = {name: change for name, change in CHANGES.items() if EVERY or name in SAMPLE}
KILLED_AFTER: Final = (0, 2, 4, 6, 7)
"""Children."""
PATIENCE_S: Final = 120.0
every_change = pytest.mark.parametrize("change", TRIED.values(), ids=TRIED)


class End(NamedTuple):
    """What a change comes to without a disturbance."""

    points: list[Point]
    children: dict[str, Manifest]
    pipeline: Manifest


@pytest.fixture
async def world(kubeconfig: str, apiserver: Apiserver) -> AsyncIterator[KubeWorld]:
    async with kube_world(apiserver) as world:
        yield world


async def acted(world: KubeWorld, change: Change, point: Point | None, happens: Happens) -> Interrupted:
    """Do in an empty world what a person does, under an operator to which something happens."""
    await world.clear()
    if change.before is not None:
        await world.put(change.before)
        await world.rest()
    await world.put(change.after)
    return world.start(point, happens)


async def undisturbed(world: KubeWorld, change: Change) -> End:
    """Return what a change comes to."""
    seen = await acted(world, change, None, die)
    await world.rest()
    return End(points(len(seen.writes)), await world.children(), steady(await world.pipeline()))


def tried(end: End, change: Change) -> Sequence[Point]:
    """Return the points to die at: all, or another one of each change."""
    number = 9 + 5 * list(TRIED.values()).index(change)
    return end.points if EVERY else [end.points[number % len(end.points)]]


@every_change
async def test_an_operator_may_die_at_any_write(
    world: KubeWorld, change: Change, record_property: Callable[[str, object], None], request: pytest.FixtureRequest
) -> None:
    end, began = await undisturbed(world, change), time.monotonic()

    for point in tried(end, change):
        seen = await acted(world, change, point, die)
        with pytest.raises(Died):
            await world.rest()
        said = f"died {point.moment} write {point.write} ({seen.writes[-1]})"

        async def honestly(said: str = said) -> None:
            assert await is_honest(world, end), said

        await honestly()
        await world.play()
        world.start()

        await world.rest(honestly)

        assert (await world.children(), steady(await world.pipeline())) == (end.children, end.pipeline), said
        before = await world.versions()
        assert await world.writes_at_rest() == 0, said
        assert await world.versions() == before, said
    note(record_property, request, len(tried(end, change)), end, time.monotonic() - began)


async def is_honest(world: KubeWorld, end: End) -> bool:
    """Tell whether the change is done if the status says so: for a minute more pods keep Ready, beside Reconciling."""
    found = await world.find(PIPELINE.name, world.key.name)
    if found is None or not is_called_ready(found) or is_called_under_way(found):
        return True
    return await world.is_realised(of_generation(end.children, found))


def of_generation(children: dict[str, Manifest], pipeline: Manifest) -> dict[str, Manifest]:
    """Return the children that the present spec asks for: replicas that are yet to be written make another one."""
    name = f"Deployment/{pipeline['metadata']['name']}"
    spec = {**children[name]["spec"], "replicas": pipeline["spec"]["replicas"]}
    return {**children, name: {**children[name], "spec": spec}}


@every_change
@pytest.mark.parametrize("dies", [False, True], ids=["the operator lives", "the operator dies"])
async def test_a_pipeline_deleted_at_any_write_leaves_nothing_behind(
    world: KubeWorld,
    change: Change,
    dies: bool,
    record_property: Callable[[str, object], None],
    request: pytest.FixtureRequest,
) -> None:
    end, began = await undisturbed(world, change), time.monotonic()

    async def delete() -> None:
        await world.delete()
        if dies:
            await die()

    for point in tried(end, change):
        await acted(world, change, point, delete)
        with suppress(Died):
            await world.rest()
        await world.play()
        world.start()
        await world.rest()

        # what is applied before a watch shows the deletion has an owner that is gone, and goes as well
        assert (await world.objects(), world.stage.workers) == ({}, {}), point
    note(record_property, request, len(tried(end, change)), end, time.monotonic() - began)


@pytest.mark.skipif(not EVERY, reason="each waits for a Lease to run out: CRASH_POINTS=all")
async def test_the_heir_of_an_operator_that_is_killed_ends_as_it_would_have(
    world: KubeWorld, apiserver: Apiserver, tmp_path: Path
) -> None:
    """A process by SIGKILL, as soon as so many children are there: it is somewhere behind that write."""
    kubeconfig = operator_kubeconfig(apiserver, world.key.namespace, tmp_path)

    def started(name: str) -> OperatorProcess:
        return OperatorProcess(name, kubeconfig, world.key.namespace, tmp_path)

    async def is_ready() -> bool:
        """The pipeline is Ready."""
        return is_called_ready(await world.find(PIPELINE.name, world.key.name))

    operator = started("first")
    await operator.ready()
    async with world.stage.playing():
        await world.put(CHANGES["create"].after)
        await until(is_ready, within_s=PATIENCE_S)
        end = await world.children()
        for count in KILLED_AFTER:
            await world.clear()
            await world.put(CHANGES["create"].after)

            async def has_begun(count: int = count) -> bool:
                """So many children are there."""
                return len(await world.objects()) >= count

            await until(has_begun, within_s=PATIENCE_S)
            operator.kill()
            left = sorted(await world.objects())
            operator = started(f"heir-{count}")
            await until(is_ready, within_s=PATIENCE_S)

            assert await world.is_realised(end), left
            print(f"killed with {len(left)} of {len(end)} children: Ready again, all as without")
    assert operator.end() == 0


def note(
    record_property: Callable[[str, object], None], request: pytest.FixtureRequest, count: int, end: End, took_s: float
) -> None:
    record_property("crash points", count)
    name = request.node.callspec.id
    print(f"{name}: {count} of {len(end.points)} points, 0 violations, {took_s:.1f} s")
