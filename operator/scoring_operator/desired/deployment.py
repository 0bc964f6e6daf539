"""The Deployment that runs a pipeline's workers: a new pod is ready before an old one goes, if they may meet."""

from typing import Final

from scoring_operator.config import WorkerDefaults
from scoring_operator.desired import naming
from scoring_operator.desired.pod import pod_template
from scoring_operator.facts import Manifest
from scoring_service.contract.pipeline import Pipeline

MIN_READY_S: Final = 5
PROGRESS_DEADLINE_S: Final = 300
REVISION_HISTORY_LIMIT: Final = 2
ROLLING: Final = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


def pods_wanted(replicas: int, partitions: int | None) -> int:
    """Return how many pods should run: never more than partitions, once these are known."""
    return replicas if partitions is None else min(replicas, partitions)


def deployment(
    pipeline: Pipeline, workers: WorkerDefaults, *, replicas: int, image: str, startup: str, replaces: bool = False
) -> Manifest:
    """Return the worker Deployment.

    Args:
        pipeline: Whose workers.
        workers: What all workers have in common.
        replicas: Pods to run.
        image: Of the worker's container.
        startup: Name of the start-up ConfigMap that the pods mount.
        replaces: Whether all pods must end before new ones start.
    """
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": naming.metadata(pipeline, pipeline.name),
        "spec": {
            "replicas": replicas,
            "minReadySeconds": MIN_READY_S,
            "progressDeadlineSeconds": PROGRESS_DEADLINE_S,
            "revisionHistoryLimit": REVISION_HISTORY_LIMIT,
            "strategy": {"type": "Recreate"} if replaces else ROLLING,
            "selector": {"matchLabels": naming.selector(pipeline.name)},
            "template": pod_template(pipeline, workers, image=image, startup=startup),
        },
    }
