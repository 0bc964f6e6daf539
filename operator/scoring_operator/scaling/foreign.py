"""Who else writes replicas, as `managedFields` tells.

The last one to change a field owns it. What is written with the rest of a spec is a person's or a manifest's word, and
so is `kubectl scale`; whoever else writes the scale subresource (the HorizontalPodAutoscaler's controller, KEDA) goes
on doing so.
"""

from typing import Final

from scoring_operator.facts import Manifest
from scoring_operator.scope import MANAGER_PREFIX

SCALE: Final = "scale"
BY_PERSON: Final = "kubectl"
"""Begins the field manager of kubectl and its plug-ins."""


def other_autoscaler(pipeline: Manifest) -> str:
    """Return the field manager of another autoscaler that owns `spec.replicas`; empty if there is none."""
    entries = pipeline["metadata"].get("managedFields") or ()
    found = (str(entry.get("manager", "")) for entry in entries if owns_replicas(entry))
    return next((manager for manager in found if not manager.startswith((MANAGER_PREFIX, BY_PERSON))), "")


def owns_replicas(entry: Manifest) -> bool:
    """Tell whether an entry of `managedFields` is about somebody who has written replicas by the scale subresource."""
    fields = (entry.get("fieldsV1") or {}).get("f:spec") or {}
    return entry.get("subresource") == SCALE and "f:replicas" in fields
