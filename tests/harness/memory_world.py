"""A pipeline on the cluster in memory: its operator, its workers and the garbage collector."""

import copy
from collections.abc import Mapping
from typing import Any, Final

from harness.pipelines import KEY, Workers
from harness.turns import TURN_S, Turns
from scoring_operator.cluster.memory import MemoryCluster
from scoring_operator.cluster.port import Cluster
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired import naming
from scoring_operator.facts import Manifest
from scoring_operator.reconcile import Reconciler

IMAGE: Final = "scoring/service:1"
SERVER_SIDE: Final = ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink")
"""Members of metadata that differ between two objects of the same content."""


class MemoryWorld(Turns):
    """Everybody acts in turn, and only when told."""

    def __init__(self, *, partitions: int = 6, committed: int | None = None) -> None:
        super().__init__()
        self.cluster = MemoryCluster()
        self.workers = Workers(self.cluster, partitions)
        self.workers.committed = committed
        self.start()

    def start(self, cluster: Cluster | None = None) -> None:
        """Start an operator that knows nothing, in place of the present one.

        Args:
            cluster: What it takes for the cluster; the cluster itself if absent.
        """
        workers = WorkerDefaults(image=IMAGE)
        self.operator = Reconciler(cluster or self.cluster, self.workers, workers, self.clocks)

    def put(self, manifest: Manifest) -> None:
        """Create the pipeline, or replace its spec."""
        self.cluster.create(copy.deepcopy(manifest))

    async def look(self) -> None:
        """Let the operator look once."""
        await self.operator(KEY)

    async def play(self) -> None:
        """Let everybody but the operator act."""
        self._collect()
        self.workers.run_pods()
        self.workers.refresh()
        self.now += TURN_S

    def written(self) -> int:
        """Return how many calls have reached the cluster."""
        return self.cluster.writes.total()

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
