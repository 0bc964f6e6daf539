"""The seam to a cluster: what a reconcile needs, and no more.

Adapters raise `ClusterUnavailable`, `Conflict` and `InvalidManifest`; nothing of their library crosses the seam.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

Manifest = dict[str, Any]
"""A finished Kubernetes object, YAML-shaped. Built once, never mutated."""


class Key(NamedTuple):
    """Names one ScoringPipeline."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Pod:
    """One worker pod (in local mode: one process)."""

    namespace: str
    name: str
    uid: str
    address: str
    """`host:port` of the ops listener; empty while unknown."""
    ready: bool
    terminating: bool = False
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class Observed:
    """What is there now, as far as the adapter knows without asking."""

    pipeline: Manifest | None
    """The resource itself, status included; None once it is gone."""
    children: tuple[Manifest, ...] = ()
    """Objects whose controller is this pipeline, by uid."""
    pods: tuple[Pod, ...] = ()


class Cluster(Protocol):
    """A place where pipelines run."""

    def observe(self, key: Key) -> Observed:
        """Return the latest known state; from memory, never a call."""
        ...

    async def apply(self, manifest: Manifest) -> None:
        """Make one child what `manifest` says (server-side apply, forced)."""
        ...

    async def delete(self, manifest: Manifest) -> None:
        """Delete one observed child, if it is still the same object."""
        ...

    async def apply_status(self, key: Key, uid: str, status: Manifest) -> None:
        """Replace the status of the pipeline, if it is still the same object."""
        ...

    async def annotate_pod(self, pod: Pod, annotations: Mapping[str, str]) -> None:
        """Set annotations of one pod, if it is still the same object."""
        ...

    async def scale(self, key: Key, uid: str, replicas: int) -> None:
        """Write `spec.replicas` of the pipeline through its scale subresource."""
        ...
