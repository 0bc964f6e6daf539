"""From any spec to any other: what of a pipeline may not show that it was another one before."""

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from harness.memory_world import IMAGE
from harness.pipelines import KEY
from scoring_operator.facts import Manifest
from scoring_service.contract.names import SCORER_FILE

HASTE: Final = ((0,), (0,), (1, 0), (2, 0), (0, 1, 4, 0))
"""Turns between changes: most are through before the next one comes, some are not."""
DEPLOYMENT: Final = f"Deployment/{KEY.name}"
LIVE_FILE: Final = f"ConfigMap/{KEY.name}-live"


def kept(pipeline: Manifest) -> str:
    """Return the image that the workers keep if the spec names none: one with which a pod was ready, says the status.

    The Deployment does not tell: changes in haste leave it with an image that no pod has ever run.
    """
    if not pipeline["status"]["revision"].get("serving"):
        return IMAGE
    image: str = pipeline["status"].get("image") or IMAGE
    return image


def with_image(spec: Manifest, image: str) -> Manifest:
    """Return the spec as if it named the image that the pipeline keeps: no other history may show."""
    named = deepcopy(spec)
    named["spec"]["pod"]["image"] = named["spec"]["pod"]["image"] or image
    return named


def told(children: Mapping[str, Manifest], pipeline: Manifest) -> dict[str, Any]:
    """Return all that there is of a pipeline at rest, but for what only its history can tell."""
    runs = bool(children[DEPLOYMENT]["spec"]["replicas"])
    file = json.loads(children[LIVE_FILE]["data"][SCORER_FILE])
    if not runs:  # nobody is there to verify: what served before stays beside what is proposed
        file |= {"proposed": file["proposed"] or file["serving"], "serving": None, "started": False}
    status = pipeline["status"]
    conditions = {c["type"]: (c["status"], c["reason"]) for c in status["conditions"]}
    return {
        "children": {**children, LIVE_FILE: file},
        "replicas": pipeline["spec"]["replicas"],
        "conditions": conditions if runs else {},
        "status": {name: status.get(name) for name in ("lag", "partitions", "readyReplicas", "revision")}
        if runs
        else {},
    }
