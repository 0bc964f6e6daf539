"""Where a pipeline's pods may run, and how they spread: what the spec says of it, and nothing that it does not say.

A pipeline that says nothing gets no member at all: an operator that learns to schedule must not roll its pods.
"""

from typing import Final

import msgspec

from scoring_operator.desired import naming
from scoring_operator.facts import Manifest
from scoring_service.contract.pipeline import Pipeline
from scoring_service.contract.pod import Spread

OF_ONE_TEMPLATE: Final = ("pod-template-hash",)
"""Pods of a former template, which are about to go, do not count."""


def scheduling(pipeline: Pipeline) -> Manifest:
    """Return the members of the pod's spec that the scheduler reads."""
    pod = pipeline.spec.pod
    said: Manifest = {
        "priorityClassName": pod.priority_class_name,
        "tolerations": list(pod.tolerations),
        "topologySpreadConstraints": [_spread(pipeline.name, one) for one in pod.topology_spread_constraints],
        "affinity": pod.affinity,
    }
    return {member: value for member, value in said.items() if value}


def _spread(pipeline: str, asked: Spread) -> Manifest:
    said: Manifest = msgspec.to_builtins(asked)
    return {
        **said,
        "labelSelector": {"matchLabels": naming.selector(pipeline)},
        "matchLabelKeys": list(OF_ONE_TEMPLATE),
    }
