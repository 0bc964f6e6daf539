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

    async def apply(self, manifest: Manifest, seen: Manifest | None = None) -> Manifest:
        """Make one child what `manifest` says (server-side apply, forced) and return it as stored.

        Only what `manifest` says is repaired; what others add to it (a data key, a sidecar) is theirs.

        Args:
            manifest: The whole of what is ours in it.
            seen: The child as it was when `manifest` was decided on; None: there was none.

        Raises:
            Conflict: It is another version than `seen` by now, or gone.
            NameTaken: An object of that kind and name belongs to somebody else; it was left alone.
            InvalidManifest: The cluster refuses it for good.
        """
        ...

    async def delete(self, manifest: Manifest) -> None:
        """Delete one observed child, if it is still the same object; one that is gone already is fine."""
        ...

    async def apply_status(self, seen: Manifest, status: Manifest) -> Manifest:
        """Replace the status of the pipeline and return it as stored.

        Args:
            seen: The pipeline as it was when `status` was decided on; if it is another version by now: Conflict.
            status: The whole of it.
        """
        ...

    async def annotate_pod(self, pod: Pod, annotations: Mapping[str, str]) -> None:
        """Set annotations of one pod, if it is still the same object; one that is gone is fine."""
        ...

    async def scale(self, seen: Manifest, replicas: int) -> None:
        """Write `spec.replicas` through the scale subresource, if the pipeline is still the version `seen`."""
        ...
