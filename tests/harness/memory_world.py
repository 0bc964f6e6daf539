"""A pipeline on the cluster in memory: its operator, its workers, the garbage collector, and a clock of its own."""

import copy
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from harness.pipelines import KEY, Workers
from scoring_operator.cluster.memory import MemoryCluster
from scoring_operator.cluster.port import Cluster
from scoring_operator.conditions import HOLD_S
from scoring_operator.conditions.scaling import BLIND_S
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired import naming
from scoring_operator.errors import OperatorError
from scoring_operator.facts import Manifest
from scoring_operator.look import Clocks
from scoring_operator.reconcile import Reconciler

IMAGE: Final = "scoring/service:1"
TURN_S: Final = 3.0
QUIET_TURNS: Final = 3
"""So many turns without a write, before and after all that is held for a while has run out, are rest."""
TURNS_AT_MOST: Final = 60
SERVER_SIDE: Final = ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink")
"""Members of metadata that differ between two objects of the same content."""


class MemoryWorld:
    """Everybody acts in turn, and only when told."""

    def __init__(self, *, partitions: int = 6, committed: int | None = None) -> None:
        self.now = 1_000.0
        self.cluster = MemoryCluster()
        self.workers = Workers(self.cluster, partitions)
        self.workers.committed = committed
        self.start()

    def start(self, cluster: Cluster | None = None) -> None:
        """Start an operator that knows nothing, in place of the present one.

        Args:
            cluster: What it takes for the cluster; the cluster itself if absent.
        """
        clocks = Clocks(lambda: self.now, lambda: datetime.fromtimestamp(self.now, UTC), lambda least, _: least)
        self.operator = Reconciler(cluster or self.cluster, self.workers, WorkerDefaults(image=IMAGE), clocks)

    def put(self, manifest: Manifest) -> None:
        """Create the pipeline, or replace its spec."""
        self.cluster.create(copy.deepcopy(manifest))

    async def turn(self) -> None:
        """Let the operator look once, then the Deployment controller, the kubelet and the workers act."""
        with suppress(OperatorError):  # the queue would come back, and so does the next turn
            await self.operator(KEY)
        self.play()

    def play(self) -> None:
        """Let everybody but the operator act."""
        self._collect()
        self.workers.run_pods()
        self.workers.refresh()
        self.now += TURN_S

    async def rest(self) -> None:
        """Go on until nothing is written any more, and nothing that is held for a while can change that.

        Raises:
            AssertionError: That does not come.
        """
        quiet = 0
        for _ in range(TURNS_AT_MOST):
            before = self.cluster.writes.total()
            await self.turn()
            quiet = 0 if self.cluster.writes.total() != before else quiet + 1
            self.now += max(HOLD_S, BLIND_S) if quiet == QUIET_TURNS else 0.0
            if quiet == 2 * QUIET_TURNS:
                return
        raise AssertionError(f"it still writes after {TURNS_AT_MOST} turns: {dict(self.cluster.writes)}")

    async def writes_at_rest(self) -> int:
        """Return the writes of one more look, an hour later."""
        before = self.cluster.writes.total()
        self.now += 3600
        await self.operator(KEY)
        return self.cluster.writes.total() - before

    @property
    def pipeline(self) -> Manifest:
        """The resource as it is stored."""
        return self.cluster.objects[("ScoringPipeline", *KEY)]

    def children(self) -> dict[str, Manifest]:
        """Return what there is besides the pipeline, by `Kind/name`, without what differs between equal objects."""
        return {
            f"{kind}/{name}": bare(manifest)
            for (kind, _, name), manifest in self.cluster.objects.items()
            if kind != "ScoringPipeline"
        }

    def _collect(self) -> None:
        """Delete what belongs to a pipeline that is gone."""
        uids = {manifest["metadata"]["uid"] for manifest in self.cluster.objects.values()}
        for name, manifest in list(self.cluster.objects.items()):
            owner = naming.owner(manifest)
            if owner is not None and owner[1] not in uids:
                del self.cluster.objects[name]
        if ("Deployment", *KEY) not in self.cluster.objects:
            for uid in list(self.cluster.pods):
                self.workers.kill(uid)


def bare(manifest: Mapping[str, Any]) -> Manifest:
    """Return a child without its status and without what only its server knows."""
    meta = {part: value for part, value in manifest["metadata"].items() if part not in SERVER_SIDE}
    owners = [{**owner, "uid": "of the pipeline"} for owner in meta.get("ownerReferences") or ()]
    return {
        **{part: value for part, value in manifest.items() if part not in ("metadata", "status")},
        "metadata": {**meta, "ownerReferences": owners},
    }
