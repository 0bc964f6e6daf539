"""The seam to a cluster: what a reconcile needs, and no more.

Adapters raise `ClusterUnavailable`, `Conflict`, `NameTaken` and `InvalidManifest`; nothing of their library
crosses the seam. What a write returned is observed at once: the next `observe` is never older than it.
"""

from collections.abc import Mapping
from typing import Protocol

from scoring_operator.facts import Key, Manifest, Observed, Pod

__all__ = ["Cluster", "Key", "Manifest", "Observed", "Pod"]


class Cluster(Protocol):
    """A place where pipelines run."""

    def observe(self, key: Key) -> Observed:
        """Return the latest known state; from memory, never a call."""
        ...

    async def apply(self, manifest: Manifest) -> Manifest:
        """Make one child what `manifest` says (server-side apply, forced) and return it as stored.

        Raises:
            NameTaken: An object of that kind and name belongs to somebody else; it was left alone.
            InvalidManifest: The cluster refuses it for good.
        """
        ...

    async def delete(self, manifest: Manifest) -> None:
        """Delete one observed child, if it is still the same object; one that is gone already is fine."""
        ...

    async def apply_status(self, key: Key, uid: str, status: Manifest) -> None:
        """Replace the status of the pipeline, if it is still the same object (else Conflict)."""
        ...

    async def annotate_pod(self, pod: Pod, annotations: Mapping[str, str]) -> None:
        """Set annotations of one pod, if it is still the same object; one that is gone is fine."""
        ...

    async def scale(self, key: Key, uid: str, replicas: int) -> None:
        """Write `spec.replicas` of the pipeline through its scale subresource, if it is still the same object."""
        ...
