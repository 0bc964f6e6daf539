"""The ServiceAccount of the workers: an identity without bindings and without a token."""

from scoring_operator.desired import naming
from scoring_operator.facts import Manifest
from scoring_service.contract.pipeline import Pipeline


def service_account(pipeline: Pipeline) -> Manifest:
    """Return the workers' ServiceAccount."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": naming.metadata(pipeline, pipeline.name),
        "automountServiceAccountToken": False,
    }
