"""The Service that gives the listeners of a pipeline's pods one DNS name."""

from scoring_operator.config import WorkerDefaults
from scoring_operator.desired import naming
from scoring_operator.desired.pod import ports
from scoring_operator.facts import Manifest
from scoring_service.contract.pipeline import Pipeline


def service(pipeline: Pipeline, workers: WorkerDefaults) -> Manifest:
    """Return a headless Service: each pod is asked by itself, none speaks for the others."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": naming.metadata(pipeline, pipeline.name),
        "spec": {
            "clusterIP": "None",
            "selector": naming.selector(pipeline.name),
            "ports": [
                {"name": name, "port": port, "targetPort": name, "protocol": "TCP"}
                for name, port in ports(pipeline, workers).items()
            ],
        },
    }
