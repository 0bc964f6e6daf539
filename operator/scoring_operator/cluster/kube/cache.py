"""What watches and our own writes have shown so far, by pipeline. Never goes back to an older version.

Versions of one cluster are comparable numbers (KEP-5504), so a write's answer and a watch may arrive in any order.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any, Final

from scoring_operator import history, scope
from scoring_operator.cluster.kube.kinds import PIPELINE, POD, REPLICA_SET
from scoring_operator.desired import naming
from scoring_operator.facts import Key, Manifest
from scoring_operator.scaling import foreign
from scoring_service.contract.names import (
    CONTROLLER_ANNOTATION,
    RECONCILE_ANNOTATION,
    RESUME_ANNOTATION,
    UPGRADE_ANNOTATION,
)

Name = tuple[str, str, str]
"""Kind, namespace and name of an object."""

READ_ANNOTATIONS: Final = (CONTROLLER_ANNOTATION, RECONCILE_ANNOTATION, RESUME_ANNOTATION, UPGRADE_ANNOTATION)
"""Of a pipeline: those by which a person asks for something."""
REMEMBERED_GONE: Final = 10_000
"""Deleted objects remembered: only the latest can still be confused with a late sighting."""


class Cache:
    """The latest known version of every object that concerns us."""

    def __init__(self) -> None:
        self._objects: dict[Name, Manifest] = {}
        self._names: dict[Key, set[Name]] = defaultdict(set)
        self._gone: dict[Name, int] = {}
        """Version at which an object that we knew was deleted: an older sighting must not bring it back."""

    def get(self, name: Name) -> Manifest | None:
        """Return an object."""
        return self._objects.get(name)

    def of(self, key: Key) -> Iterator[Manifest]:
        """Return everything that belongs to a pipeline, itself included."""
        return (self._objects[name] for name in sorted(self._names.get(key, ())))

    def keys(self) -> list[Key]:
        """Return the keys of all pipelines, and of those that left something behind."""
        return [key for key, names in self._names.items() if names]

    def of_kind(self, kind: str) -> list[Manifest]:
        """Return everything of a kind."""
        return [known for name, known in self._objects.items() if name[0] == kind]

    def saw(self, manifest: Manifest, *, is_answer: bool = False) -> Key | None:
        """Remember a version; return the key of the pipeline for which something changed by it, else None.

        Of one version an answer to a request counts, not what a watch shows: for a minute or two after a definition
        was changed, a watch that began before may still read by the former one, without the new defaults.
        """
        name = name_of(manifest)
        version = version_of(manifest)
        known = self._objects.get(name)
        least = version_of(known) + (not is_answer) if known is not None else 0
        if version < max(least, self._gone.get(name, -1) + 1):
            return None
        self._gone.pop(name, None)
        former = self._drop(name)
        key = key_of(manifest)
        if key is None:
            return former
        self._objects[name] = slim(manifest)
        self._names[key].add(name)
        return key if known is None or _matters(known, manifest) else None

    def lost(self, manifest: Manifest) -> Key | None:
        """Forget an object that was deleted at the version of `manifest`; return the key that is concerned."""
        name = name_of(manifest)
        known = self._objects.get(name)
        if known is not None and version_of(known) > version_of(manifest):
            return None
        self._gone[name] = version_of(manifest)
        if len(self._gone) > REMEMBERED_GONE:
            del self._gone[next(iter(self._gone))]
        return self._drop(name)

    def highest(self, kind: str) -> int:
        """Return the highest version seen of a kind."""
        return max((version_of(known) for name, known in self._objects.items() if name[0] == kind), default=0)

    def forget(self, kind: str) -> list[Key]:
        """Forget all of a kind; return the keys concerned. For a cluster whose versions went back: it was restored."""
        self._gone = {name: version for name, version in self._gone.items() if name[0] != kind}
        return [key for name in list(self._objects) if name[0] == kind and (key := self._drop(name)) is not None]

    def keep_only(self, kind: str, names: Collection[Name], version: int) -> list[Key]:
        """Forget objects of a kind that a complete list at `version` does not name; return the keys concerned."""
        missing = [
            name
            for name, known in self._objects.items()
            if name[0] == kind and name not in names and version_of(known) <= version
        ]
        return [key for name in missing if (key := self._drop(name)) is not None]

    def _drop(self, name: Name) -> Key | None:
        known = self._objects.pop(name, None)
        key = key_of(known) if known is not None else None
        if key is None:
            return None
        self._names[key].discard(name)
        if not self._names[key]:
            del self._names[key]
        return key


def name_of(manifest: Manifest) -> Name:
    """Return what names an object in its cluster."""
    meta = manifest["metadata"]
    return manifest["kind"], meta["namespace"], meta["name"]


def version_of(manifest: Manifest) -> int:
    """Return the version of an object or of a list, as a number."""
    return int(manifest["metadata"]["resourceVersion"])


def key_of(manifest: Manifest) -> Key | None:
    """Return the key of the pipeline that an object is, belongs to or runs for."""
    if manifest["kind"] == PIPELINE.name:
        return Key(manifest["metadata"]["namespace"], manifest["metadata"]["name"])
    if manifest["kind"] in (POD.name, REPLICA_SET.name):
        return naming.key_by_labels(manifest)
    owner = naming.owner(manifest)
    if owner is None and not naming.is_controlled(manifest):
        return naming.key_by_labels(manifest)
    return owner[0] if owner else None


def slim(manifest: Manifest) -> Manifest:
    """Return the object without what nobody here reads and what is often the larger half of it."""
    entries = manifest["metadata"].get("managedFields") or ()
    read = scope.signatures(entries)
    if manifest["kind"] == PIPELINE.name:
        read += [entry for entry in entries if history.owns_scorer(entry) or foreign.owns_replicas(entry)]
    return {**manifest, "metadata": {**manifest["metadata"], "managedFields": read}}


def _matters(known: Manifest, manifest: Manifest) -> bool:
    """Tell whether a new version may ask for anything: a heartbeat of its conditions alone does not."""
    return _telling(known) != _telling(manifest)


def _telling(manifest: Manifest) -> tuple[Any, ...]:
    meta = manifest["metadata"]
    return (
        {part: value for part, value in manifest.items() if part != "metadata"},
        {part: meta.get(part) for part in ("uid", "generation", "labels", "ownerReferences", "deletionTimestamp")},
        [(meta.get("annotations") or {}).get(name) for name in (*READ_ANNOTATIONS, naming.APPLIED_ANNOTATION)],
    )
