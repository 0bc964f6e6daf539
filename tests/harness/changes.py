"""What a person does to a pipeline, and how two ends of it are compared: at each write of it an operator may die."""

import json
import re
from typing import Any, Final, NamedTuple

from harness.pipelines import a_case, a_manifest, written
from scoring_operator.facts import Manifest

CANDIDATE: Final = {"mode": "Shadow", "percent": 10, "scorer": a_manifest(trading=0.1)["spec"]["scorer"]}


class Change(NamedTuple):
    """What a person does: before it there is no pipeline, or one at rest."""

    before: Manifest | None
    after: Manifest


def _change(**parts: Any) -> Change:
    return Change(a_manifest(replicas=2), a_manifest(**{"replicas": 2} | parts))


CHANGES: Final = {
    "create": Change(None, a_manifest(replicas=2)),
    "create with a pod per partition": Change(None, a_manifest(replicas=0, autoscaling={"mode": "PerPartition"})),
    "update": _change(output={"successTopic": "other", "failureTopic": "failed"}),
    "update credentials": _change(kafka={"bootstrapServers": ["kafka:9093"], "tls": {"clientSecret": {"name": "me"}}}),
    "update the guarantee": _change(delivery={"guarantee": "ExactlyOnce"}),
    "update the image": _change(pod={"image": "team/worker:2"}),
    "scale": _change(replicas=5),
    "scale to a pod per partition": _change(autoscaling={"mode": "PerPartition"}),
    "suspend": _change(suspend=True),
    "change a weight": _change(trading=0.3),
    "change the golden cases": _change(goldenCases=[written(a_case())]),
    "change the candidate": _change(candidate=CANDIDATE),
    "change a weight, update and scale": _change(trading=0.3, replicas=3, delivery={"maxLatency": "1s"}),
}


def is_called_under_way(pipeline: Manifest) -> bool:
    """Tell whether the status says that the operator is not done."""
    return any((c["type"], c["status"]) == ("Reconciling", "True") for c in pipeline["status"]["conditions"])


def steady(pipeline: Manifest) -> Manifest:
    """Return spec and status of a pipeline; moments are equal."""
    text = json.dumps({"spec": pipeline["spec"], "status": pipeline["status"]})
    found: Manifest = json.loads(re.sub(r'"\d{4}-\d\d-\d\dT[\d:.]+Z"', '"a moment"', text))
    return found


def is_called_ready(pipeline: Manifest | None) -> bool:
    """Tell whether the status calls the present generation Ready."""
    if pipeline is None:
        return False
    conditions = pipeline.get("status", {}).get("conditions", ())
    said = {(c["type"], c["status"], c["observedGeneration"]) for c in conditions}
    return ("Ready", "True", pipeline["metadata"]["generation"]) in said
