"""Names, labels, selector and ownership of everything a pipeline owns: written once."""

from typing import Final

from scoring_operator.facts import Key, Manifest
from scoring_service.contract.pipeline import GROUP, KIND, VERSION, Pipeline

MANAGED_BY: Final = "scoring-operator"
MANAGED_LABEL: Final = "app.kubernetes.io/managed-by"
PIPELINE_LABEL: Final = f"{GROUP}/pipeline"
MANAGED_SELECTOR: Final = f"{MANAGED_LABEL}={MANAGED_BY},{PIPELINE_LABEL}"
"""Selects what operators of this product make, on the server: watches see nothing else."""

APPLIED_ANNOTATION: Final = f"{GROUP}/applied"
"""Digest of what was applied last, and by whom, on the child itself: a field that is no longer wanted cannot be told
otherwise."""

STARTUP_HASH_LENGTH: Final = 10
"""Hex digits of the start-up file's hash in its ConfigMap's name: with the longest pipeline name still under 63."""


def startup_name(pipeline: Pipeline, digest: str) -> str:
    """Return the name of the start-up ConfigMap whose content has this digest."""
    return f"{pipeline.name}-startup-{digest[:STARTUP_HASH_LENGTH]}"


def is_startup(name: str, pipeline: str) -> bool:
    """Tell whether a ConfigMap of that name is a start-up ConfigMap of the pipeline of that name."""
    return name.startswith(f"{pipeline}-startup-")


def live_name(pipeline: str) -> str:
    """Return the name of the live ConfigMap of the pipeline of that name."""
    return f"{pipeline}-live"


def selector(pipeline: str) -> dict[str, str]:
    """Return the labels that select the pods of the pipeline of that name; immutable, hence as few as possible."""
    return {PIPELINE_LABEL: pipeline}


def selector_text(pipeline: str) -> str:
    """Return the selector as text, as `status.selector` wants it."""
    return ",".join(f"{label}={value}" for label, value in selector(pipeline).items())


def labels(pipeline: Pipeline) -> dict[str, str]:
    """Return the labels of every child and pod."""
    return {
        **selector(pipeline.name),
        "app.kubernetes.io/name": "scoring-worker",
        "app.kubernetes.io/instance": pipeline.name,
        "app.kubernetes.io/component": "worker",
        MANAGED_LABEL: MANAGED_BY,
    }


def metadata(pipeline: Pipeline, name: str) -> Manifest:
    """Return the metadata of a child: it goes when the pipeline goes, and blocks nothing meanwhile."""
    return {
        "name": name,
        "namespace": pipeline.namespace,
        "labels": labels(pipeline),
        "ownerReferences": [
            {
                "apiVersion": f"{GROUP}/{VERSION}",
                "kind": KIND,
                "name": pipeline.name,
                "uid": pipeline.uid,
                "controller": True,
                "blockOwnerDeletion": False,
            }
        ],
    }


def owner(manifest: Manifest) -> tuple[Key, str] | None:
    """Return key and uid of the pipeline that controls an object; None if none does."""
    meta = manifest["metadata"]
    for reference in meta.get("ownerReferences") or ():
        if (
            reference.get("controller")
            and reference["kind"] == KIND
            and reference["apiVersion"].startswith(f"{GROUP}/")
        ):
            return Key(meta["namespace"], reference["name"]), reference["uid"]
    return None


def is_controlled(manifest: Manifest) -> bool:
    """Tell whether an object has a controller of any kind."""
    return any(reference.get("controller") for reference in manifest["metadata"].get("ownerReferences") or ())


def key_by_labels(manifest: Manifest) -> Key | None:
    """Return the key of the pipeline that an object's labels name; None if they are not ours."""
    found = manifest["metadata"].get("labels") or {}
    if found.get(MANAGED_LABEL) != MANAGED_BY or PIPELINE_LABEL not in found:
        return None
    return Key(manifest["metadata"]["namespace"], found[PIPELINE_LABEL])


def is_orphan(manifest: Manifest, key: Key) -> bool:
    """Tell whether an object was made for that pipeline, or a former one of the name, and has no controller now."""
    return not is_controlled(manifest) and key_by_labels(manifest) == key
