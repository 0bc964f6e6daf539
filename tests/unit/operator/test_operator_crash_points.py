"""The operator dies before or after any write to the API server, and a new one that knows nothing goes on.

Whatever point it dies at: the status never says what is not so (I10), a deleted pipeline leaves nothing behind
(I11), and the end is the same as without a death, with no more writes then (I12). `CRASH_POINTS=all` tries each
point, a run without it every seventh.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

import pytest

from harness.changes import CHANGES, Change, is_called_ready, steady
from harness.interrupted import Died, Happens, Interrupted, Point, die, points
from harness.memory_world import MemoryWorld
from harness.pipelines import KEY
from scoring_operator.facts import Manifest
from scoring_service.contract.names import SCORER_FILE
from scoring_service.contract.revision import digest_of

pytestmark = pytest.mark.timeout(600)

STRIDE: Final = 1 if os.environ.get("CRASH_POINTS") == "all" else 7
DEPLOYMENT: Final = f"Deployment/{KEY.name}"
LIVE_FILE: Final = f"ConfigMap/{KEY.name}-live"
every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


class End(NamedTuple):
    """What a change comes to without a disturbance."""

    points: list[Point]
    children: dict[str, Manifest]
    pipeline: Manifest


class WatchedWorld(MemoryWorld):
    """A world with a witness, who compares what the status says with what is so."""

    def __init__(self, final: Mapping[str, Manifest] | None = None) -> None:
        """Begin without a pipeline; `final` are the children with which it is true to call the change done."""
        super().__init__(committed=7)
        self._final = final
        self._false_since: float | None = None
        self.false_s = 0.0
        """Seconds for which a false claim stood at most."""

    async def act(self, change: Change, point: Point | None, happens: Happens) -> Interrupted:
        """Do what a person does, under an operator to which something happens; return through what it sees."""
        final, self._final = self._final, None
        if change.before is not None:
            self.put(change.before)
            await self.rest()
        self.put(change.after)
        self._final = final
        seen = Interrupted(self.cluster, point, happens)
        self.start(seen)
        return seen

    async def turn(self) -> None:
        await super().turn()
        await self.compare()

    async def compare(self) -> None:
        """Compare claim and truth now."""
        if (
            self._final is None
            or not is_called_ready(self.cluster.objects.get(("ScoringPipeline", *KEY)))
            or await self._is_so(self._final)
        ):
            self._false_since = None
            return
        self._false_since = self.now if self._false_since is None else self._false_since
        self.false_s = max(self.false_s, self.now - self._false_since)

    async def _is_so(self, final: Mapping[str, Manifest]) -> bool:
        """Tell whether all is there, and as many pods as wanted are of the final template and read the final file."""
        deployment, live = final[DEPLOYMENT]["spec"], final[LIVE_FILE]["data"][SCORER_FILE]
        children, reports = self.children(), await self.workers(list(self.cluster.pods.values()))
        return (
            all(children.get(name) == child for name, child in final.items())
            and list(self.cluster.templates.values()) == [deployment["template"]] * deployment["replicas"]
            and all(report.status and report.status.config_digest == digest_of(live.encode()) for report in reports)
        )


async def undisturbed(change: Change) -> End:
    """Return what a change comes to."""
    world = WatchedWorld()
    seen = await world.act(change, None, die)
    await world.rest()
    return End(points(len(seen.writes)), world.children(), steady(world.pipeline))


@every_change
async def test_an_operator_may_die_at_any_write(
    change: Change, record_property: Callable[[str, object], None], request: pytest.FixtureRequest
) -> None:
    end, false_s = await undisturbed(change), 0.0
    assert end.points

    tried = end.points[::STRIDE]
    for point in tried:
        world = WatchedWorld(end.children)
        seen = await world.act(change, point, die)
        with pytest.raises(Died):
            await world.rest()
        await world.compare()
        await world.play()
        world.start()

        await world.rest()

        said = f"died {point.moment} write {point.write} ({seen.writes[-1]})"
        assert (world.children(), steady(world.pipeline)) == (end.children, end.pipeline), said
        assert await world.writes_at_rest() == 0, said
        assert world.false_s == 0, said
        false_s = max(false_s, world.false_s)
    _note(record_property, request, tried, end, f"longest false claim {false_s:g} s")


@every_change
@pytest.mark.parametrize("dies", [False, True], ids=["the operator lives", "the operator dies"])
async def test_a_pipeline_deleted_at_any_write_leaves_nothing_behind(
    change: Change, dies: bool, record_property: Callable[[str, object], None], request: pytest.FixtureRequest
) -> None:
    end = await undisturbed(change)

    tried = end.points[::STRIDE]
    for point in tried:
        world = WatchedWorld()

        async def delete(world: WatchedWorld = world) -> None:
            world.cluster.remove("ScoringPipeline", KEY)
            if dies:
                await die()

        seen = await world.act(change, point, delete)
        with suppress(Died):
            await world.rest()
        await world.play()
        world.start()
        await world.rest()

        late = [write for write in seen.writes[point.write :] if write.startswith("apply")]
        assert (world.cluster.objects, world.cluster.pods, late) == ({}, {}, []), point
    _note(record_property, request, tried, end, "nothing left")


def _note(
    record_property: Callable[[str, object], None],
    request: pytest.FixtureRequest,
    tried: Sequence[Point],
    end: End,
    said: str,
) -> None:
    record_property("crash points", len(tried))
    print(f"{request.node.callspec.id}: {len(tried)} of {len(end.points)} points, 0 violations; {said}")
