"""Pure: what `kubectl apply` would make of a stored object and a manifest: a three-way merge, lists as a whole.

Members that the last apply had written and the manifest has no more go; what others have set stays. That is how kubectl
applies a resource of a definition, unless it is told to let the server do it.
"""

import json
from typing import Any, Final

from scoring_operator.facts import Manifest

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
KEPT: Final = ("annotations", "labels")
"""Of `metadata`, what a manifest may change."""


def applied(stored: Manifest, manifest: Manifest) -> Manifest:
    """Return the stored object as it would be after `kubectl apply` of the manifest."""
    said = (stored["metadata"].get("annotations") or {}).get(LAST_APPLIED, "{}")
    last = json.loads(said)
    meta = {part: _merged(*(side.get("metadata", {}).get(part) for side in (last, stored, manifest))) for part in KEPT}
    spec = _merged(last.get("spec"), stored["spec"], manifest["spec"])
    return {**stored, "metadata": {**stored["metadata"], **meta}, "spec": spec}


def _merged(last: Any, stored: Any, wanted: Any) -> Any:
    if wanted is None or not isinstance(wanted, dict) or not isinstance(stored, dict):
        return stored if wanted is None else wanted
    former = last if isinstance(last, dict) else {}
    gone = former.keys() - wanted.keys()
    kept = {name: value for name, value in stored.items() if name not in gone}
    changed = {name: _merged(former.get(name), stored.get(name), value) for name, value in wanted.items()}
    return kept | changed
