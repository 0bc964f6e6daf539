"""The cluster seam on this machine: objects in memory, ConfigMaps as directories, Deployments as processes.

Other kinds are kept as objects and do nothing: there is no node to drain and no name to resolve.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from scoring_operator.cluster.local.pod import LocalPod
from scoring_operator.cluster.local.volume import publish, withdraw
from scoring_operator.cluster.local.workload import Machine, Workload
from scoring_operator.cluster.memory import MemoryCluster
from scoring_operator.desired import naming
from scoring_operator.facts import Key, Manifest, Observed, Pod
from scoring_service.contract.pipeline import KIND

Name = tuple[str, str]
"""Namespace and name of a child."""


class LocalCluster:
    """Runs the children of pipelines on this machine."""

    def __init__(self, machine: Machine, changed: Callable[[Key], None]) -> None:
        """`changed` is called with a pipeline's key whenever `observe` would return something else."""
        self._machine = machine
        self._changed = changed
        self._objects = MemoryCluster()
        self._published: dict[Name, Mapping[str, str]] = {}
        self._workloads: dict[Name, Workload] = {}
        self._closing: dict[asyncio.Task[None], Workload] = {}

    def put(self, manifest: Manifest) -> Key:
        """Store an admitted pipeline and return its key: what `kubectl apply` does."""
        key = self._objects.create(manifest)
        self._changed(key)
        return key

    async def remove(self, key: Key) -> None:
        """Remove a pipeline and all that it owns; returns once its workers have ended."""
        children = self.observe(key).children
        self._objects.remove(KIND, key)
        for child in children:
            self._end(child)
        self._changed(key)
        await asyncio.gather(*self._closing)

    def observe(self, key: Key) -> Observed:
        observed = self._objects.observe(key)
        workloads = [self._workloads[_name(child)] for child in observed.children if _is_running(child)]
        mounted = (pod.identity.config_maps for workload in workloads for pod in workload.pods)
        return replace(
            observed,
            children=tuple(self._with_status(child) for child in observed.children),
            pods=tuple(pod for workload in workloads for pod in workload.observed()),
            startups=frozenset(name for names in mounted for name in names),
        )

    async def apply(self, manifest: Manifest, seen: Manifest | None = None) -> Manifest:
        stored = await self._objects.apply(manifest, seen)
        if stored["kind"] == "ConfigMap":
            self._publish(stored)
        elif _is_running(stored):
            self._workload(stored).follow(stored)
        return self._with_status(stored)

    async def delete(self, manifest: Manifest) -> None:
        await self._objects.delete(manifest)
        if (manifest["kind"], *_name(manifest)) not in self._objects.objects:
            self._end(manifest)

    async def apply_status(self, seen: Manifest, status: Manifest) -> Manifest:
        return await self._objects.apply_status(seen, status)

    async def annotate_pod(self, pod: Pod, annotations: Mapping[str, str]) -> None:
        for known in self._pods():
            if known.identity.uid == pod.uid:
                known.annotations.update(annotations)

    async def scale(self, seen: Manifest, replicas: int) -> None:
        await self._objects.scale(seen, replicas)
        self._changed(Key(seen["metadata"]["namespace"], seen["metadata"]["name"]))

    async def close(self) -> None:
        """Stop every worker; returns once all have ended."""
        await asyncio.gather(*(workload.close() for workload in self._workloads.values()), *self._closing)

    def kill(self) -> None:
        """End every worker now, without a drain; `close` still waits for their ends."""
        for pod in self._pods():
            pod.kill()

    def pids(self) -> dict[str, int]:
        """Return the process id of each pod whose worker runs, by the pod's name."""
        return {pod.identity.name: pod.pid for pod in self._pods() if pod.pid is not None}

    def _pods(self) -> Iterator[LocalPod]:
        for workload in (*self._workloads.values(), *self._closing.values()):
            yield from workload.pods

    def _publish(self, config_map: Manifest) -> None:
        if self._published.get(_name(config_map)) != config_map["data"]:
            publish(self._directory(config_map), config_map["data"])
            self._published[_name(config_map)] = config_map["data"]

    def _workload(self, deployment: Manifest) -> Workload:
        name = _name(deployment)
        if name not in self._workloads:
            owner = naming.owner(deployment)
            assert owner is not None  # noqa: S101 - the operator makes no child without
            self._workloads[name] = Workload(self._machine, lambda: self._changed(owner[0]))
        return self._workloads[name]

    def _end(self, child: Manifest) -> None:
        """Undo what `apply` did beyond storing; nothing is left to undo for a child that is gone already."""
        if _is_running(child) and (workload := self._workloads.pop(_name(child), None)):
            closing = asyncio.create_task(workload.close())
            self._closing[closing] = workload
            closing.add_done_callback(self._closing.pop)
        elif child["kind"] == "ConfigMap" and self._published.pop(_name(child), None):
            withdraw(self._directory(child))

    def _with_status(self, child: Manifest) -> Manifest:
        return {**child, "status": self._workloads[_name(child)].status()} if _is_running(child) else child

    def _directory(self, config_map: Manifest) -> Path:
        return self._machine.volumes.joinpath(*_name(config_map))


def _is_running(child: Manifest) -> bool:
    """Tell whether a child is more than an object here: a Deployment, whose pods are processes."""
    return bool(child["kind"] == "Deployment")


def _name(child: Manifest) -> Name:
    return child["metadata"]["namespace"], child["metadata"]["name"]
