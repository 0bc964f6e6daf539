"""In-memory twin of a Kubernetes cluster, as far as the port needs one: versions, generations, owners, refusals.

What this twin promises, the real adapter must as well: `tests` hold both to the same laws. It promises more in one
thing: `apply` replaces the object, while on Kubernetes fields that others added (a sidecar, a data key) stay there.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from scoring_operator.cluster import claims
from scoring_operator.desired import naming
from scoring_operator.errors import Conflict, OperatorError
from scoring_operator.facts import Key, Manifest, Observed, Pod
from scoring_service.contract.pipeline import KIND

Name = tuple[str, str, str]
"""Kind, namespace and name of an object."""

WITH_GENERATION: Final = (KIND, "Deployment", "NetworkPolicy", "PodDisruptionBudget")
"""Kinds whose generation changes with their spec; the others have only a version."""


class MemoryCluster:
    """A cluster that is a dictionary."""

    def __init__(self) -> None:
        self.objects: dict[Name, Manifest] = {}
        self.pods: dict[str, Pod] = {}
        """By uid; a test plays the controllers that would make them."""
        self.templates: dict[str, Manifest] = {}
        """Template that each pod was made from, by the pod's uid."""
        self.kept: set[str] = set()
        """Start-up ConfigMaps that a ReplicaSet of the past names."""
        self.annotations: dict[str, dict[str, str]] = defaultdict(dict)
        """Of pods, by uid."""
        self.writes: Counter[str] = Counter()
        """Calls that reached the cluster, by method."""
        self.faults: dict[str, list[OperatorError]] = defaultdict(list)
        """What the next calls raise instead of doing anything: by method, or `method/Kind`."""
        self._numbers = itertools.count(1)

    def observe(self, key: Key) -> Observed:
        """Return the present state."""
        pipeline = self.objects.get((KIND, *key))
        uid = pipeline["metadata"]["uid"] if pipeline else None
        pods = tuple(self._observed(pod) for pod in self.pods.values() if pod.namespace == key.namespace)
        mounted = {
            volume["configMap"]["name"]
            for pod in pods
            for volume in self.templates.get(pod.uid, {}).get("spec", {}).get("volumes", ())
            if "configMap" in volume
        }
        return Observed(
            pipeline=None if pipeline is None else _copied(pipeline),
            children=tuple(_copied(child) for child in self._children(uid)),
            orphans=tuple(_copied(found) for found in self.objects.values() if naming.is_orphan(found, key)),
            pods=pods,
            startups=frozenset(mounted | self.kept),
        )

    def _observed(self, pod: Pod) -> Pod:
        """Return the pod; whether it is of a former template only its Deployment's present one tells."""
        present = [
            manifest["spec"]["template"] for manifest in self.objects.values() if manifest["kind"] == "Deployment"
        ]
        return replace(pod, is_former=pod.uid in self.templates and self.templates[pod.uid] not in present)

    async def apply(self, manifest: Manifest, seen: Manifest | None = None) -> Manifest:
        """Store one child; its generation changes with its spec, its version with anything."""
        self._call("apply", manifest["kind"])
        name = _name(manifest)
        old = self.objects.get(name)
        if old is not None:
            claims.check(old, manifest)
        if seen is not None and (old is None or _version(old) != _version(seen)):
            raise Conflict(f"{manifest['kind']} {manifest['metadata']['name']} is not what was observed")
        return _copied(self._store(name, manifest, old))

    async def delete(self, manifest: Manifest) -> None:
        """Delete one child unless it is another object by now."""
        self._call("delete", manifest["kind"])
        stored = self.objects.get(_name(manifest))
        if stored is not None and stored["metadata"]["uid"] == manifest["metadata"]["uid"]:
            del self.objects[_name(manifest)]

    async def apply_status(self, seen: Manifest, status: Manifest) -> Manifest:
        """Replace the status of the pipeline."""
        self._call("apply_status")
        pipeline = self._pipeline(seen)
        if pipeline.get("status") != status:
            pipeline["status"] = _copied(status)
            self._touch(pipeline)
        return _copied(pipeline)

    async def annotate_pod(self, pod: Pod, annotations: Mapping[str, str]) -> None:
        """Set annotations of one pod."""
        self._call("annotate_pod")
        if pod.uid in self.pods:
            self.annotations[pod.uid].update(annotations)

    async def scale(self, seen: Manifest, replicas: int) -> None:
        """Write `spec.replicas`."""
        self._call("scale")
        pipeline = self._pipeline(seen)
        if pipeline["spec"].get("replicas") != replicas:
            pipeline["spec"]["replicas"] = replicas
            pipeline["metadata"]["generation"] += 1
            self._touch(pipeline)

    def create(self, manifest: Manifest) -> Key:
        """Store a pipeline, or a new spec of one, as a person would with kubectl; return its key."""
        name = _name(manifest)
        stored = self._store(name, manifest, self.objects.get(name))
        return Key(stored["metadata"]["namespace"], stored["metadata"]["name"])

    def edit(self, kind: str, key: Key, **parts: Any) -> None:
        """Replace top-level parts of an object, as a person would with kubectl edit."""
        name = (kind, *key)
        self._store(name, {**self.objects[name], **parts}, self.objects[name])

    def remove(self, kind: str, key: Key) -> None:
        """Delete an object, and what it owns, as a person and the garbage collector would."""
        uid = self.objects.pop((kind, *key))["metadata"]["uid"]
        for child in list(self._children(uid)):
            del self.objects[_name(child)]

    def _children(self, uid: str | None) -> Iterator[Manifest]:
        for manifest in self.objects.values():
            owner = naming.owner(manifest)
            if owner is not None and owner[1] == uid:
                yield manifest

    def _store(self, name: Name, manifest: Manifest, old: Manifest | None) -> Manifest:
        stored = _copied(manifest)
        meta = stored["metadata"]
        was: Manifest = old["metadata"] if old else {"uid": f"uid-{next(self._numbers)}"}
        meta.update({part: was[part] for part in ("uid", "generation", "resourceVersion") if part in was})
        if old is not None and "status" in old:
            stored.setdefault("status", old["status"])
        if stored == old:
            return stored
        if stored["kind"] in WITH_GENERATION and (old is None or stored["spec"] != old["spec"]):
            meta["generation"] = was.get("generation", 0) + 1
        self._touch(stored)
        self.objects[name] = stored
        return stored

    def _touch(self, stored: Manifest) -> None:
        stored["metadata"]["resourceVersion"] = str(next(self._numbers))

    def _pipeline(self, seen: Manifest) -> Manifest:
        pipeline = self.objects.get(_name(seen))
        if pipeline is None or _version(pipeline) != _version(seen):
            raise Conflict(f"{KIND} {seen['metadata']['name']} is not what was observed")
        return pipeline

    def _call(self, method: str, kind: str = "") -> None:
        self.writes[method] += 1
        for name in (f"{method}/{kind}", method):
            if self.faults[name]:
                raise self.faults[name].pop(0)


def _copied(manifest: Manifest) -> Manifest:
    """Return a manifest as it comes over the wire: a tenth of what `deepcopy` takes, and tests observe all the time."""
    copy: Manifest = msgspec.json.decode(msgspec.json.encode(manifest))
    return copy


def _version(manifest: Manifest) -> tuple[str, str]:
    return manifest["metadata"]["uid"], manifest["metadata"]["resourceVersion"]


def _name(manifest: Manifest) -> Name:
    meta = manifest["metadata"]
    return manifest["kind"], meta["namespace"], meta["name"]
