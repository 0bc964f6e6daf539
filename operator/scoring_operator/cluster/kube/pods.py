"""Pods and pod templates of a real cluster → facts."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from scoring_operator.facts import Manifest, Pod
from scoring_service.contract.names import OPS_PORT

TEMPLATE_HASH_LABEL: Final = "pod-template-hash"
ON_THE_WAY: Final = ("ContainerCreating", "PodInitializing")
WAITING_LENGTH: Final = 256
"""Characters of what a scheduler says of a pod that are kept."""


def pods_of(found: Sequence[Manifest]) -> Iterator[Pod]:
    """Return the pods among the objects of one pipeline: those that a ReplicaSet made.

    A copy made to debug one has its labels as well, but nobody wants it to score.
    """
    present = [_bare(manifest) for manifest in found if manifest["kind"] == "Deployment"]
    sets = {manifest["metadata"]["uid"]: _bare(manifest) for manifest in found if manifest["kind"] == "ReplicaSet"}
    for manifest in found:
        maker = _maker(manifest) if manifest["kind"] == "Pod" else None
        if maker is not None:
            yield replace(pod_of(manifest), is_former=sets.get(maker) not in present)


def pod_of(manifest: Manifest) -> Pod:
    """Return what a pod says of itself."""
    meta, status = manifest["metadata"], manifest.get("status") or {}
    ready = any(
        condition["type"] == "Ready" and condition["status"] == "True" for condition in status.get("conditions") or ()
    )
    ended = status.get("phase") in ("Failed", "Succeeded")  # evicted, say: it stays as an object and does nothing
    return Pod(
        namespace=meta["namespace"],
        name=meta["name"],
        uid=meta["uid"],
        address=_address(status.get("podIP", "")),
        ready=ready and not ended,
        terminating=ended or bool(meta.get("deletionTimestamp")),
        ended=ended,
        waiting="" if ready else _waiting(status),
        restarts=sum(container.get("restartCount", 0) for container in status.get("containerStatuses") or ()),
    )


def _waiting(status: Manifest) -> str:
    """Return why a pod does not run, if that is no usual step on the way."""
    for container in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        reason: str = ((container.get("state") or {}).get("waiting") or {}).get("reason", "")
        if reason and reason not in ON_THE_WAY:
            return reason
    for condition in status.get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return f"{condition.get('reason', '')}: {condition.get('message', '')}"[:WAITING_LENGTH]
    return ""


def mounted_config_maps(manifest: Manifest) -> list[str]:
    """Return the ConfigMaps that a pod, or a ReplicaSet's pods, mount."""
    spec = manifest["spec"].get("template", manifest)["spec"]
    return [volume["configMap"]["name"] for volume in spec.get("volumes") or () if "configMap" in volume]


def _maker(pod: Manifest) -> str | None:
    """Return the uid of the ReplicaSet that made a pod."""
    references = pod["metadata"].get("ownerReferences") or ()
    return next((made["uid"] for made in references if made.get("controller") and made["kind"] == "ReplicaSet"), None)


def _bare(manifest: Manifest) -> Manifest:
    """Return the pod template of a Deployment or a ReplicaSet, without the label that tells ReplicaSets apart."""
    template = manifest["spec"]["template"]
    meta = template.get("metadata") or {}
    labels = {label: value for label, value in (meta.get("labels") or {}).items() if label != TEMPLATE_HASH_LABEL}
    return {**template, "metadata": {**meta, "labels": labels}}


def _address(ip: str) -> str:
    if not ip:
        return ""
    return f"[{ip}]:{OPS_PORT}" if ":" in ip else f"{ip}:{OPS_PORT}"
