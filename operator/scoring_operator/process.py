"""Everything that one operator process is made of: what it is shown, how it is, and what it says of itself."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

from scoring_operator.canary import Canary
from scoring_operator.cluster.kube import lease
from scoring_operator.cluster.kube.cluster import KubeCluster
from scoring_operator.cluster.kube.kinds import LEASE, PLURALS
from scoring_operator.config import OperatorConfig
from scoring_operator.election.candidate import Candidate
from scoring_operator.facts import Manifest
from scoring_operator.health import Pulse
from scoring_operator.leading import Leading
from scoring_operator.loop_lag import LoopLag
from scoring_operator.metrics import Metrics, own, pipelines
from scoring_operator.metrics import controller_runtime as cr
from scoring_operator.metrics.metrics import QUEUE
from scoring_operator.reconcilers import Reconcilers
from scoring_operator.watches import LISTED_AGAIN, Watches

DELETED: Final = "DELETED"


@dataclass(frozen=True, slots=True)
class Process:
    """One operator process."""

    config: OperatorConfig
    cluster: KubeCluster
    reconcilers: Reconcilers
    candidate: Candidate
    leading: Leading
    canary: Canary
    loop_lag: LoopLag
    watches: Watches = field(default_factory=Watches)

    def note(self, manifest: Manifest, event: str | None) -> None:
        """Take note of what a watch shows.

        Args:
            manifest: The object.
            event: `ADDED`, `MODIFIED` or `DELETED`; None if a list has shown it.
        """
        is_deleted = event == DELETED
        self.watches.saw(PLURALS[manifest["kind"]], time.time())
        if manifest["kind"] == LEASE.name:
            self._note_lease(manifest, deleted=is_deleted)
        elif (key := self.cluster.saw(manifest, deleted=is_deleted)) is not None:
            self.leading.changed(key)

    def pulse(self) -> Pulse:
        """Return how this process is."""
        return Pulse(
            stuck_s=max(self.leading.running_s(), default=0.0),
            loop_late_s=self.loop_lag.late_s(asyncio.get_running_loop().time()),
            watch_late_s=self.canary.late_s(time.monotonic()),
        )

    def export(self, metrics: Metrics) -> None:
        """Let what is counted elsewhere be read at each scrape."""
        self._export_queue(metrics)
        self._export_election(metrics)
        self._export_pipelines(metrics)
        metrics.read(own.WATCH_LAST_EVENT, self.watches.last)
        metrics.read_one(own.WATCH_RESTARTS, lambda: self.watches.restarts, LISTED_AGAIN)
        metrics.read_one(own.WATCH_LATE, lambda: self.canary.late_s(time.monotonic()))

    def _note_lease(self, manifest: Manifest, *, deleted: bool) -> None:
        meta = manifest["metadata"]
        if (meta["namespace"], meta["name"]) != (self.config.lease_namespace, self.config.lease_name):
            return
        seen = lease.seen(manifest)
        self.canary.shown(seen.version)
        if deleted:
            self.candidate.gone()
        else:
            self.candidate.watched(seen)

    def _export_queue(self, metrics: Metrics) -> None:
        leading = self.leading
        metrics.read_one(cr.MAX_CONCURRENT, lambda: self.config.parallelism, cr.CONTROLLER)
        metrics.read_one(cr.ACTIVE_WORKERS, lambda: len(leading.running_s()), cr.CONTROLLER)
        metrics.read_one(cr.DEPTH, leading.depth, *QUEUE)
        metrics.read_one(cr.UNFINISHED, lambda: sum(leading.running_s()), *QUEUE)
        metrics.read_one(cr.LONGEST_RUNNING, lambda: max(leading.running_s(), default=0.0), *QUEUE)
        metrics.read_one(own.QUEUE_DEPTH, leading.depth)
        metrics.read_one(own.OLDEST, leading.oldest_s)

    def _export_election(self, metrics: Metrics) -> None:
        candidate = self.candidate
        metrics.read_one(cr.MASTER_STATUS, lambda: float(candidate.term is not None), self.config.lease_name)
        metrics.read_one(own.LEADER, lambda: float(candidate.term is not None))
        metrics.read_one(own.LEADER_TRANSITIONS, lambda: candidate.transitions)

    def _export_pipelines(self, metrics: Metrics) -> None:
        cluster = self.cluster
        metrics.read(own.RESOURCES, lambda: pipelines.resources(cluster.pipelines()))
        if self.config.resource_metrics:
            metrics.read(own.RESOURCE_CONDITION, lambda: pipelines.resource_conditions(cluster.pipelines()))
            metrics.read(own.DESIRED_REPLICAS, lambda: pipelines.desired_replicas(cluster.pipelines()))
            metrics.read(own.DRAIN_SECONDS, lambda: pipelines.drain_seconds(cluster.pipelines()))
        metrics.read(own.SCALING_DECISIONS, lambda: pipelines.scaling_decisions(cluster.pipelines()))
        metrics.read_one(own.GENERATION_LAG, lambda: pipelines.generation_lag(cluster.pipelines()))
        metrics.read_one(own.ORPHANS, cluster.orphans)
        metrics.read_one(own.PAUSED, self.reconcilers.paused)
        metrics.read_one(own.FOREIGN, self.reconcilers.foreign)
