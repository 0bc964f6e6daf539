"""Whatever people, pods and a flaky API server do, in any order: left alone, a pipeline ends where its spec says."""

import asyncio
import itertools
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.pipelines import KEY, Workers, a_manifest, a_revision
from scoring_operator.cluster.memory import MemoryCluster
from scoring_operator.config import WorkerDefaults
from scoring_operator.errors import ClusterUnavailable, Conflict, OperatorError
from scoring_operator.facts import Key
from scoring_operator.look import Clocks
from scoring_operator.reconcile import Reconciler
from scoring_service.contract.names import SCORER_FILE, STARTUP_FILE
from scoring_service.contract.scorer_file import ScorerFile
from scoring_service.contract.startup import Startup

LIVE = Key(KEY.namespace, f"{KEY.name}-live")


class World:
    """A pipeline, and everything that can happen to it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.spec: dict[str, Any] = {"trading": 0.4, "replicas": 2, "topic": "in"}
        self.cluster = MemoryCluster()
        self.workers = Workers(self.cluster)
        self.served: list[str] = []
        self.rolled_with: list[str] = []
        """Strategy of each change of the guarantee."""
        self.restart()
        self.cluster.create(a_manifest(**self.spec))

    def restart(self) -> None:
        clocks = Clocks(lambda: self.now, lambda: datetime.fromtimestamp(self.now, UTC), lambda least, _: least)
        self.reconcile = Reconciler(self.cluster, self.workers, WorkerDefaults(image="i"), clocks)

    def change(self, **parts: object) -> None:
        self.spec.update(parts)
        self.cluster.create(a_manifest(**self.spec))

    def remove(self, kind: str, key: Key = KEY) -> None:
        if (kind, *key) in self.cluster.objects:
            self.cluster.remove(kind, key)

    def make_again(self) -> None:
        """Delete the pipeline with all that it owns, and create another of that name: it has served nothing yet."""
        self.remove("ScoringPipeline")
        self.served.clear()
        self.cluster.create(a_manifest(**self.spec))

    def kill_a_pod(self) -> None:
        if self.cluster.pods:
            self.workers.kill(next(iter(self.cluster.pods)))

    def scribble(self) -> None:
        if ("ConfigMap", *LIVE) in self.cluster.objects:
            self.cluster.edit("ConfigMap", LIVE, data={SCORER_FILE: "rubbish"})

    def fail(self, method: str, error: OperatorError) -> None:
        self.cluster.faults[method].append(error)

    async def act(self, rounds: int) -> None:
        for _ in range(rounds):
            before = self._guarantee()
            with suppress(OperatorError):  # the queue would come back, and so does this loop
                await self.reconcile(KEY)
            if "" not in (before, self._guarantee()) and before != self._guarantee():
                self.rolled_with.append(self.cluster.objects[("Deployment", *KEY)]["spec"]["strategy"]["type"])
            self.workers.run_pods()
            self.workers.refresh()
            self.now += 3.0
            self._note()

    def _guarantee(self) -> str:
        """Return the guarantee of the Deployment's pods; empty if there is none, or if nobody can tell."""
        deployment = self.cluster.objects.get(("Deployment", *KEY))
        volumes = deployment["spec"]["template"]["spec"]["volumes"] if deployment else ()
        names = [volume["configMap"]["name"] for volume in volumes if "configMap" in volume]
        found = (self.cluster.objects.get(("ConfigMap", KEY.namespace, name)) for name in names)
        content = next((m["data"][STARTUP_FILE] for m in found if m and STARTUP_FILE in m["data"]), "")
        return Startup.decode(content.encode()).delivery.guarantee if content else ""

    def _note(self) -> None:
        live = self.cluster.objects.get(("ConfigMap", *LIVE))
        if live is not None and live["data"][SCORER_FILE] != "rubbish":
            serving = ScorerFile.decode(live["data"][SCORER_FILE].encode()).serving
            self.served.append(serving.revision if serving else "")


HAPPENINGS: dict[str, Callable[[World], None]] = {
    "a weight changes": lambda world: world.change(trading=0.3),
    "a weight changes back": lambda world: world.change(trading=0.4),
    "a weight changes that no pod can build": lambda world: world.change(trading=0.9),
    "another topic": lambda world: world.change(topic="other"),
    "more replicas than partitions": lambda world: world.change(replicas=9),
    "one replica": lambda world: world.change(replicas=1),
    "no replica": lambda world: world.change(replicas=0),
    "suspended": lambda world: world.change(suspend=True),
    "not suspended": lambda world: world.change(suspend=False),
    "exactly once": lambda world: world.change(delivery={"guarantee": "ExactlyOnce"}),
    "at least once": lambda world: world.change(delivery={}),
    "the group commits": lambda world: setattr(world.workers, "committed", 7),
    "the brokers forget the offsets": lambda world: setattr(world.workers, "committed", None),
    "the deployment is deleted": lambda world: world.remove("Deployment"),
    "the service is deleted": lambda world: world.remove("Service"),
    "the live file is edited": lambda world: world.scribble(),
    "a pod dies": lambda world: world.kill_a_pod(),
    "the API server is away for applies": lambda world: world.fail("apply", ClusterUnavailable("away")),
    "the API server is away for the status": lambda world: world.fail("apply_status", ClusterUnavailable("away")),
    "the pipeline changes under way": lambda world: world.fail("apply_status", Conflict("changed")),
    "it is deleted and made again under way": lambda world: world.workers.meanwhile.append(world.make_again),
    "nudges fail": lambda world: world.fail("annotate_pod", ClusterUnavailable("away")),
    "the operator restarts": lambda world: world.restart(),
}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(HAPPENINGS)), st.integers(0, 3)), max_size=12))
def test_left_alone_a_pipeline_ends_where_its_spec_says(happenings: list[tuple[str, int]]) -> None:
    asyncio.run(_check(happenings))


async def _check(happenings: list[tuple[str, int]]) -> None:
    world = World()
    world.workers.refuse.add(a_revision(0.9))
    await world.act(6)
    for happening, rounds in happenings:
        # An operator that restarts looks at the live file once before somebody edits it, and after it was put back:
        # what served, and is written nowhere any more, nobody knows.
        restarts = happening == "the operator restarts"
        await world.act(int(restarts))
        HAPPENINGS[happening](world)
        await world.act(max(rounds, int(restarts)))
    world.change(trading=0.3, replicas=2, suspend=False)

    await world.act(14)

    status = world.cluster.objects[("ScoringPipeline", *KEY)]["status"]
    conditions = {condition["type"]: condition["status"] for condition in status["conditions"]}
    assert (conditions["Ready"], conditions["Reconciling"], conditions["Stalled"]) == ("True", "False", "False")
    assert status["revision"] == {"desired": a_revision(0.3), "serving": a_revision(0.3)}
    assert len(world.cluster.pods) == 2
    assert set(world.rolled_with) <= {"Recreate"}
    assert world.cluster.objects[("Deployment", *KEY)]["spec"]["strategy"]["type"] == "RollingUpdate"
    live = ScorerFile.decode(world.cluster.objects[("ConfigMap", *LIVE)]["data"][SCORER_FILE].encode())
    assert live.started == ("firstCommitTime" in status)
    since_the_first = list(itertools.dropwhile(lambda revision: not revision, world.served))
    assert "" not in since_the_first  # once something served, something always did
    assert a_revision(0.9) not in world.served
    before = world.cluster.writes.total()
    await world.reconcile(KEY)
    assert world.cluster.writes.total() == before
