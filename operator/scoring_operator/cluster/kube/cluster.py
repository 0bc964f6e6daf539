"""The port to a real Kubernetes cluster."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final

from scoring_operator import scope
from scoring_operator.cluster import claims
from scoring_operator.cluster.kube import undeclared
from scoring_operator.cluster.kube.cache import Cache, name_of, version_of
from scoring_operator.cluster.kube.client import APPLY, MERGE, KubeClient, NotFound, UndeclaredFields
from scoring_operator.cluster.kube.kinds import BY_NAME, PIPELINE, POD, WATCHED, Kind
from scoring_operator.cluster.kube.observation import observed
from scoring_operator.config import DEFAULT_CONTROLLER
from scoring_operator.errors import Conflict
from scoring_operator.facts import Key, Manifest, Observed, Pod

PAGE: Final = 500
"""Objects per page of a list."""


class KubeCluster:
    """A Kubernetes cluster, or one namespace of it."""

    def __init__(self, client: KubeClient, namespace: str = "", controller: str = DEFAULT_CONTROLLER) -> None:
        """Write as the field manager of the release `controller`."""
        self._client = client
        self._namespace = namespace
        self._controller = controller
        self._manager = scope.field_manager(controller)
        self._cache = Cache()

    def observe(self, key: Key) -> Observed:
        """Return the latest known state."""
        return observed(key, list(self._cache.of(key)))

    def keys(self) -> list[Key]:
        """Return the keys of all pipelines, and of those that left something behind."""
        return self._cache.keys()

    def pipelines(self) -> list[Manifest]:
        """Return all pipelines as last seen."""
        return self._cache.of_kind(PIPELINE.name)

    def orphans(self) -> int:
        """Return the number of objects of ours that no pipeline controls."""
        return sum(len(self.observe(key).orphans) for key in self.keys())

    def saw(self, manifest: Manifest, *, deleted: bool = False) -> Key | None:
        """Take note of what a watch shows; return the key of the pipeline that should be reconciled for it."""
        return self._cache.lost(manifest) if deleted else self._cache.saw(manifest)

    async def resync(self) -> set[Key]:
        """List everything, so that nothing a watch has missed stays wrong; return the keys of all pipelines.

        Before the first one nothing may be reconciled: what is not known would be taken for not being there.
        """
        concerned: set[Key] = set()
        for kind in WATCHED:
            concerned.update(await self._list(kind))
        return concerned.union(self._cache.keys())

    async def relist(self, resource: str) -> list[Key]:
        """List one resource (`pods`); return the keys of pipelines of which something is there no more, or another."""
        kinds = [kind for kind in WATCHED if kind.plural == resource]
        return [key for kind in kinds for key in await self._list(kind)]

    async def apply(self, manifest: Manifest, seen: Manifest | None = None) -> Manifest:
        """Apply one child, onto the version that was seen; look first whose it is, unless it is known to be ours."""
        kind, path = _located(manifest)
        existing = self._cache.get(name_of(manifest))
        if existing is None:
            with suppress(NotFound):  # the usual case: nobody has it
                existing = {**await self._client.request("GET", path), "kind": kind.name}
        if existing is not None:
            claims.check(existing, manifest)
            if scope.others(existing, self._controller):
                seen = await self._inherit(path, seen or existing)
        if seen is not None:
            # the version alone is ignored where there is no object: it would be made again
            manifest = {**manifest, "metadata": {**manifest["metadata"], **_exactly(seen)}}
        return await self._write("PATCH", path, manifest)

    async def delete(self, manifest: Manifest) -> None:
        """Delete one child of exactly that uid."""
        _, path = _located(manifest)
        body = {"preconditions": {"uid": manifest["metadata"]["uid"]}, "propagationPolicy": "Background"}
        try:
            await self._client.request("DELETE", path, body=body)
        except Conflict:
            return  # gone, or another object by now: either way not there any more

    async def apply_status(self, seen: Manifest, status: Manifest) -> Manifest:
        """Apply the status to exactly that version; what an older definition does not know of it is left out."""
        _, path = _located(seen, scope.STATUS)
        stored = await self._write_known(path, _named(seen) | {"status": status})
        for manager in scope.others(stored, self._controller, scope.STATUS):
            stored = await self._write("PATCH", path, _named(stored), manager)
        return stored

    async def annotate_pod(self, pod: Pod, annotations: Mapping[str, str]) -> None:
        """Merge annotations into one pod of exactly that uid."""
        body = {"metadata": {"uid": pod.uid, "annotations": dict(annotations)}}
        try:
            await self._client.request("PATCH", POD.path(pod.namespace, pod.name), body=body, content_type=MERGE)
        except Conflict:
            return  # gone, or another pod by now: its successor reads the new file anyway

    async def scale(self, seen: Manifest, replicas: int) -> None:
        """Patch the scale subresource of exactly that version."""
        _, path = _located(seen, "scale")
        await self._client.request(
            "PATCH",
            path,
            body={"metadata": _exactly(seen), "spec": {"replicas": replicas}},
            content_type=MERGE,
            query={"fieldManager": self._manager},
        )

    async def _inherit(self, path: str, seen: Manifest) -> Manifest:
        """Take over what other releases have applied to a child of exactly that version; return it as stored."""
        stored = await self._client.request("GET", path)
        entries = scope.inherited(stored["metadata"]["managedFields"], self._controller)
        body = {"metadata": {**_exactly(seen), "managedFields": entries}}
        query = {"fieldManager": self._manager}
        return await self._client.request("PATCH", path, body=body, content_type=MERGE, query=query)

    async def _write(self, verb: str, path: str, manifest: Manifest, manager: str = "") -> Manifest:
        """Apply a manifest; as another release's field manager to give up what that one owns beside us."""
        query = {"fieldManager": manager or self._manager, "force": "true"}
        stored = await self._client.request(verb, path, body=manifest, content_type=APPLY, query=query)
        self._cache.saw(stored, is_answer=True)
        return stored

    async def _write_known(self, path: str, manifest: Manifest) -> Manifest:
        """Apply what the definition knows of a manifest: a refusal names one field, or several."""
        while True:
            try:
                return await self._write("PATCH", path, manifest)
            except UndeclaredFields as refusal:
                known = undeclared.without(manifest, refusal.paths)
                if known == manifest:
                    raise
                manifest = known

    async def _list(self, kind: Kind) -> list[Key]:
        names, version, query = set(), 0, {"limit": PAGE, "labelSelector": kind.labels}
        highest, changed = self._cache.highest(kind.name), list[Key | None]()
        while True:
            page = await self._client.request("GET", kind.path(self._namespace), query=query)
            if version_of(page) < highest and not version:  # restored from a backup: what we know is of another time
                changed += self._cache.forget(kind.name)
            for item in _items(kind, page):
                names.add(name_of(item))
                changed.append(self._cache.saw(item, is_answer=True))
            version = version or version_of(page)
            if not page["metadata"].get("continue"):
                changed += self._cache.keep_only(kind.name, names, version)
                return [key for key in changed if key is not None]
            query = {**query, "continue": page["metadata"]["continue"]}


def _items(kind: Kind, page: Manifest) -> Iterator[Manifest]:
    """Return the objects of a list; inside of lists the API server leaves kind and version out."""
    for item in page["items"]:
        yield {**item, "apiVersion": kind.api_version, "kind": kind.name}


def _exactly(seen: Manifest) -> Manifest:
    """Return the metadata that make a write one onto exactly that version."""
    return {part: seen["metadata"][part] for part in ("uid", "resourceVersion")}


def _named(seen: Manifest) -> Manifest:
    """Return a pipeline of exactly that version that says nothing."""
    named = {part: seen["metadata"][part] for part in ("namespace", "name", "uid", "resourceVersion")}
    return {"apiVersion": PIPELINE.api_version, "kind": PIPELINE.name, "metadata": named}


def _located(manifest: Manifest, subresource: str = "") -> tuple[Kind, str]:
    kind = BY_NAME[manifest["kind"]]
    return kind, kind.path(manifest["metadata"]["namespace"], manifest["metadata"]["name"], subresource)
