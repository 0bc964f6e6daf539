"""Pods and pod templates of a real cluster → facts."""

from scoring_operator.facts import Manifest, Pod
from scoring_service.contract.names import OPS_PORT


def pod_of(manifest: Manifest) -> Pod:
    """Return what a reconcile wants to know of a pod."""
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
        restarts=sum(container.get("restartCount", 0) for container in status.get("containerStatuses") or ()),
    )


def mounted_config_maps(manifest: Manifest) -> list[str]:
    """Return the ConfigMaps that a pod, or a ReplicaSet's pods, mount."""
    spec = manifest["spec"].get("template", manifest)["spec"]
    return [volume["configMap"]["name"] for volume in spec.get("volumes") or () if "configMap" in volume]


def _address(ip: str) -> str:
    if not ip:
        return ""
    return f"[{ip}]:{OPS_PORT}" if ":" in ip else f"{ip}:{OPS_PORT}"
