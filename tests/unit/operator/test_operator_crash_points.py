"""The operator dies before or after any write to the API server, and a new one that knows nothing goes on.

Whatever point it dies at: the status never says what is not so (I10), a deleted pipeline leaves nothing behind
(I11), and the end is the same as without a death, with no more writes then (I12). `CRASH_POINTS=all` tries each
point, a run without it every seventh.
"""

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

import pytest

from harness.interrupted import Died, Interrupted, Point, die, points
from harness.memory_world import MemoryWorld
from harness.pipelines import KEY, a_case, a_manifest, written
from scoring_operator.facts import Manifest
from scoring_service.contract.names import SCORER_FILE
from scoring_service.contract.revision import digest_of

pytestmark = pytest.mark.timeout(600)

STRIDE: Final = 1 if os.environ.get("CRASH_POINTS") == "all" else 7
DEPLOYMENT: Final = f"Deployment/{KEY.name}"
LIVE_FILE: Final = f"ConfigMap/{KEY.name}-live"
CANDIDATE: Final = {"mode": "Shadow", "percent": 10, "scorer": a_manifest(trading=0.1)["spec"]["scorer"]}


class Change(NamedTuple):
    """What a person does: before it there is no pipeline, or one at rest."""

    before: Manifest | None
    after: Manifest


def _change(**parts: Any) -> Change:
    return Change(a_manifest(replicas=2), a_manifest(**{"replicas": 2} | parts))


CHANGES: Final = {
    "create": Change(None, a_manifest(replicas=2)),
    "create with a pod per partition": Change(None, a_manifest(replicas=0, autoscaling={"mode": "PerPartition"})),
    "update": _change(output={"successTopic": "other", "failureTopic": "failed"}),
    "update credentials": _change(kafka={"bootstrapServers": ["kafka:9093"], "tls": {"clientSecret": {"name": "me"}}}),
    "update the guarantee": _change(delivery={"guarantee": "ExactlyOnce"}),
    "update the image": _change(pod={"image": "team/worker:2"}),
    "scale": _change(replicas=5),
    "scale to a pod per partition": _change(autoscaling={"mode": "PerPartition"}),
    "suspend": _change(suspend=True),
    "change a weight": _change(trading=0.3),
    "change the golden cases": _change(goldenCases=[written(a_case())]),
    "change the candidate": _change(candidate=CANDIDATE),
    "change a weight, update and scale": _change(trading=0.3, replicas=3, delivery={"maxLatency": "1s"}),
}
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

    async def act(self, change: Change, point: Point | None, happens: Callable[[], None]) -> Interrupted:
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
        await self.look()

    async def look(self) -> None:
        """Compare claim and truth now."""
        if self._final is None or not self._claims() or await self._is_so(self._final):
            self._false_since = None
            return
        self._false_since = self.now if self._false_since is None else self._false_since
        self.false_s = max(self.false_s, self.now - self._false_since)

    def _claims(self) -> bool:
        """Tell whether the status calls the present generation Ready."""
        found = self.cluster.objects.get(("ScoringPipeline", *KEY))
        if found is None:
            return False
        conditions = found.get("status", {}).get("conditions", ())
        said = {(c["type"], c["status"], c["observedGeneration"]) for c in conditions}
        return ("Ready", "True", found["metadata"]["generation"]) in said

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
        await world.look()
        world.play()
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

        def delete(world: WatchedWorld = world) -> None:
            world.cluster.remove("ScoringPipeline", KEY)
            if dies:
                die()

        seen = await world.act(change, point, delete)
        with suppress(Died):
            await world.rest()
        world.play()
        world.start()
        await world.rest()

        late = [write for write in seen.writes[point.write :] if write.startswith("apply")]
        assert (world.cluster.objects, world.cluster.pods, late) == ({}, {}, []), point
    _note(record_property, request, tried, end, "nothing left")


def steady(pipeline: Manifest) -> Manifest:
    """Return spec and status of a pipeline; moments are equal."""
    text = json.dumps({"spec": pipeline["spec"], "status": pipeline["status"]})
    found: Manifest = json.loads(re.sub(r'"\d{4}-\d\d-\d\dT[\d:.]+Z"', '"a moment"', text))
    return found


def _note(
    record_property: Callable[[str, object], None],
    request: pytest.FixtureRequest,
    tried: Sequence[Point],
    end: End,
    said: str,
) -> None:
    record_property("crash points", len(tried))
    print(f"{request.node.callspec.id}: {len(tried)} of {len(end.points)} points, 0 violations; {said}")
