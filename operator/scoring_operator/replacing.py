"""Pure: whether all pods must end before new ones start, because those of two guarantees must not meet.

A pod that commits without transactions beside one that writes with them would deliver what the other delivers.
"""

import msgspec

from scoring_operator.desired import naming
from scoring_operator.facts import Manifest, Observed, Pod
from scoring_service.contract.names import STARTUP_FILE
from scoring_service.contract.startup import Startup


def replaces(startup: Manifest, observed: Observed) -> bool:
    """Tell whether the Deployment must end all pods first, given the start-up ConfigMap that it is to mount.

    Once begun, that lasts until no pod of a former template runs.
    """
    found = [*observed.children, *observed.orphans]
    deployment = next((manifest for manifest in found if manifest["kind"] == "Deployment"), None)
    if deployment is None:
        return False
    mounted = _mounted(deployment)
    if mounted != startup["metadata"]["name"]:
        contents = {m["metadata"]["name"]: m for m in found if m["kind"] == "ConfigMap"}
        guarantee = _guarantee(contents.get(mounted))
        if guarantee is None or guarantee != _guarantee(startup):
            return True
    began = deployment["spec"].get("strategy", {}).get("type") == "Recreate"
    return began and not _is_done(deployment, observed.pods)


def _mounted(deployment: Manifest) -> str:
    volumes = deployment["spec"]["template"]["spec"].get("volumes") or ()
    names = (volume["configMap"]["name"] for volume in volumes if "configMap" in volume)
    return next((name for name in names if naming.is_startup(name, deployment["metadata"]["name"])), "")


def _guarantee(config_map: Manifest | None) -> str | None:
    """Return the guarantee that pods with this start-up file give; None if nobody can tell any more."""
    content = ((config_map or {}).get("data") or {}).get(STARTUP_FILE, "")
    try:
        return Startup.decode(content.encode()).delivery.guarantee
    except (msgspec.MsgspecError, RecursionError):
        return None


def _is_done(deployment: Manifest, pods: tuple[Pod, ...]) -> bool:
    """Tell whether every pod is of the present template, those that still drain included."""
    said = deployment.get("status") or {}
    is_seen = said.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    is_filled = said.get("updatedReplicas", 0) >= deployment["spec"]["replicas"]
    return is_seen and is_filled and not any(pod.is_former and not pod.ended for pod in pods)
