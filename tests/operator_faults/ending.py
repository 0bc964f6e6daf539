"""What a run without faults makes of a spec, and whether what is there says the same (I12)."""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from harness.pipelines import KEY, Workers
from scoring_operator.cluster.memory import MemoryCluster
from scoring_operator.config import WorkerDefaults
from scoring_operator.look import Clocks
from scoring_operator.reconcile import Reconciler
from scoring_service.contract.pipeline import KIND

Manifest = dict[str, Any]
HASH: Final = re.compile(r"(?<=[-\":.])[0-9a-f]{8,64}(?=[\"\\])")
"""The namespace is part of what is hashed, and each run has its own."""
OWN: Final = ("uid", "resourceVersion", "generation")
"""Of the metadata of any object: other ones in each run."""
ROUNDS: Final = 12


async def undisturbed(pipeline: Manifest) -> dict[str, Manifest]:
    """Return the children that an operator without any fault ends with, on the twin; by kind and name."""
    cluster = MemoryCluster()
    workers = Workers(cluster)
    cluster.create({**pipeline, "metadata": {"namespace": KEY.namespace, "name": KEY.name}, "status": {}})
    now = 0.0
    clocks = Clocks(monotonic=lambda: now)
    reconcile = Reconciler(cluster, workers, WorkerDefaults(image="scoring/service:1"), clocks)
    for _ in range(ROUNDS):
        await reconcile(KEY)
        workers.run_pods()
        workers.refresh()
        now += 1.5
    return _named([found for found in cluster.objects.values() if found["kind"] != KIND], KEY.namespace)


def differences(expected: dict[str, Manifest], found: Sequence[Manifest], namespace: str) -> list[str]:
    """Return what of `expected` is not there or says something else, and what is there beside it."""
    there = _named(found, namespace)
    missing = [f"no {name}" for name in expected.keys() - there.keys()]
    more = [f"a {name} that nobody asked for" for name in there.keys() - expected.keys()]
    other = [said for name in expected.keys() & there.keys() for said in _other(expected[name], there[name], name)]
    return missing + more + other


def _named(manifests: Sequence[Manifest], namespace: str) -> dict[str, Manifest]:
    plain = [json.loads(HASH.sub("HASH", _text(manifest, namespace))) for manifest in manifests]
    return {f"{manifest['kind']} {manifest['metadata']['name']}": manifest for manifest in plain}


def _text(manifest: Manifest, namespace: str) -> str:
    meta = {name: value for name, value in manifest["metadata"].items() if name not in OWN}
    owners = [{**owner, "uid": ""} for owner in meta.pop("ownerReferences", ())]
    said = {name: value for name, value in manifest.items() if name not in ("apiVersion", "status")}
    return json.dumps({**said, "metadata": {**meta, "ownerReferences": owners}}).replace(namespace, "NAMESPACE")


def _other(expected: Any, found: Any, path: str) -> list[str]:
    """Return where `found` does not say what `expected` does; an API server adds defaults of its own."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [said for name, value in expected.items() for said in _other(value, found.get(name), f"{path}.{name}")]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return [said for number, (one, other) in pairs for said in _other(one, other, f"{path}[{number}]")]
    return [] if expected == found else [f"{path}: expected {expected!r}, got {found!r}"]
