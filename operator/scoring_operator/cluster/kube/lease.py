"""A Lease of a real cluster."""

from datetime import datetime
from typing import Final

from scoring_operator.cluster.kube.client import KubeClient, NotFound
from scoring_operator.cluster.kube.kinds import LEASE
from scoring_operator.desired import naming
from scoring_operator.election.record import Record, Seen, Terms
from scoring_operator.errors import ClusterUnavailable, Conflict
from scoring_operator.facts import Key, Manifest

KEPT: Final = ("uid", "labels", "annotations", "ownerReferences")
"""What others may have put on the Lease, as a write replaces the whole of it; and which one it is.

The uid matters: the API server makes a Lease that is gone anew from a renewal, whatever version that names.
"""


class KubeLease:
    """One Lease, written whole and onto one version."""

    def __init__(self, client: KubeClient, key: Key) -> None:
        """Keep the client, which should have a connection of its own: a renewal must not wait behind other requests."""
        self._client = client
        self._key = key
        self._kept: Manifest = {}

    async def read(self) -> Seen | None:
        try:
            return self._stored(await self._client.request("GET", LEASE.path(*self._key)))
        except NotFound:
            return None

    async def write(self, record: Record, version: int | None) -> Seen:
        if version is None:
            return await self._create(record)
        if not self._kept:
            raise Conflict(f"the Lease {self._key} has not been read")
        meta = {**self._kept, "resourceVersion": str(version)}
        return self._stored(await self._client.request("PUT", LEASE.path(*self._key), body=self._body(record, meta)))

    async def _create(self, record: Record) -> Seen:
        body = self._body(record, {"labels": {naming.MANAGED_LABEL: naming.MANAGED_BY}})
        try:
            return self._stored(await self._client.request("POST", LEASE.path(self._key.namespace), body=body))
        except NotFound as error:  # its namespace is gone: not a conflict, which would be tried again at once
            raise ClusterUnavailable(str(error)) from error

    def _body(self, record: Record, meta: Manifest) -> Manifest:
        named = {"namespace": self._key.namespace, "name": self._key.name}
        return {
            "apiVersion": LEASE.api_version,
            "kind": LEASE.name,
            "metadata": {**meta, **named},
            "spec": _spec(record),
        }

    def _stored(self, manifest: Manifest) -> Seen:
        self._kept = {part: manifest["metadata"][part] for part in KEPT if part in manifest["metadata"]}
        return seen(manifest)


def seen(manifest: Manifest) -> Seen:
    """Return what a Lease says; one that names no duration is held for as long as ours are."""
    spec = manifest.get("spec") or {}
    record = Record(
        holder=spec.get("holderIdentity") or "",
        duration_s=spec.get("leaseDurationSeconds") or Terms().duration_s,
        transitions=spec.get("leaseTransitions") or 0,
        acquired_at=_time(spec.get("acquireTime")),
        renewed_at=_time(spec.get("renewTime")),
    )
    return Seen(record, int(manifest["metadata"]["resourceVersion"]))


def _spec(record: Record) -> Manifest:
    holder = {"holderIdentity": record.holder} if record.holder else {}
    return {
        **holder,
        "leaseDurationSeconds": record.duration_s,
        "leaseTransitions": record.transitions,
        "acquireTime": _text(record.acquired_at),
        "renewTime": _text(record.renewed_at),
    }


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(time: datetime | None) -> str | None:
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if time else None
