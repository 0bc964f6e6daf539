"""The Job that sets a suspended pipeline's offsets: a worker's pod that does something else, once.

Made from the Deployment as it is, so that image, mounts, user and Secrets are those of the workers. It carries none of
their labels: no Service, disruption budget or operator may take it for one of them.
"""

from collections.abc import Sequence
from typing import Any, Final

from scoring_operator.desired import naming
from scoring_operator.facts import Manifest
from scoring_service.contract.names import STARTUP_DIRECTORY, STARTUP_FILE
from scoring_service.contract.pipeline import Pipeline

DEADLINE_S: Final = 180
"""A pod that cannot be scheduled or pull its image is given up."""
KEPT_S: Final = 600
"""If whoever asked for it is gone by then, the cluster deletes it."""
COMMAND: Final = ("python", "-m", "scoring_service.cli", "reset", "--startup", f"{STARTUP_DIRECTORY}/{STARTUP_FILE}")
OF_A_WORKER: Final = frozenset({"ports", "startupProbe", "livenessProbe", "readinessProbe"})


def reset_job(pipeline: Pipeline, deployment: Manifest, name: str, options: Sequence[str]) -> Manifest:
    """Return the Job of that name; `options` are those of `scorer reset`."""
    template = deployment["spec"]["template"]["spec"]
    (worker,) = template["containers"]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {**naming.metadata(pipeline, name), "labels": _labels(pipeline.name)},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": DEADLINE_S,
            "ttlSecondsAfterFinished": KEPT_S,
            "template": {
                "metadata": {"labels": _labels(pipeline.name)},
                "spec": {**template, "restartPolicy": "Never", "containers": [_container(worker, options)]},
            },
        },
    }


def _container(worker: Manifest, options: Sequence[str]) -> dict[str, Any]:
    kept = {member: value for member, value in worker.items() if member not in OF_A_WORKER}
    return {**kept, "name": "reset", "command": [*COMMAND, *options]}


def _labels(pipeline: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": "scoring-reset", "app.kubernetes.io/instance": pipeline}
