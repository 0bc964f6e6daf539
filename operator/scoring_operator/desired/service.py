"""The Service that gives the ops listeners of a pipeline's pods one DNS name."""

from scoring_operator.desired import naming
from scoring_operator.desired.pod import OPS_PORT_NAME
from scoring_operator.facts import Manifest
from scoring_service.contract.pipeline import Pipeline


def service(pipeline: Pipeline, ops_port: int) -> Manifest:
    """Return a headless Service: each pod is asked by itself, none speaks for the others."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": naming.metadata(pipeline, pipeline.name),
        "spec": {
            "clusterIP": "None",
            "selector": naming.selector(pipeline.name),
            "ports": [{"name": OPS_PORT_NAME, "port": ops_port, "targetPort": OPS_PORT_NAME, "protocol": "TCP"}],
        },
    }
