"""The PodDisruptionBudget: nodes drain one worker at a time, and a broken worker never blocks a drain."""

from scoring_operator.desired import naming
from scoring_operator.facts import Manifest
from scoring_service.contract.pipeline import Pipeline


def disruption_budget(pipeline: Pipeline) -> Manifest:
    """Return the PodDisruptionBudget; right for one pod as well, because it counts what may be missing."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": naming.metadata(pipeline, pipeline.name),
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": naming.selector(pipeline.name)},
        },
    }
