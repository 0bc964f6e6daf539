"""A plain kopf operator in its usual style: change handlers, a timer, the synchronous client.

It makes the same children of the same pipelines, by the same builders: create makes them, update patches them, a
handler on a field of the Deployment says Ready, and a timer asks the pods. Nothing in it is slowed down on purpose,
and it writes status only where it differs. What it does not do – repair a child, look after changes of pods, judge
weights – is what change handlers do not see.
"""

import datetime as dt
import json
import os
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import kopf
from kubernetes import client, config, dynamic

from scoring_operator.config import WorkerDefaults
from scoring_operator.desired.children import Decisions, children
from scoring_operator.desired.naming import MANAGED_BY, MANAGED_LABEL, PIPELINE_LABEL
from scoring_operator.facts import Manifest
from scoring_service.contract.names import OPS_PORT, STATUS_PATH
from scoring_service.contract.pipeline import GROUP, PLURAL, VERSION, parse_pipeline
from scoring_service.contract.scorer_file import ScorerFile

PIPELINES: Final = (GROUP, VERSION, PLURAL)
EVERY_S: Final = 30.0
"""Seconds between two questions to a pipeline's pods, as the other operator asks at rest."""
TIMEOUT_S: Final = 1.0
MERGE: Final = "application/merge-patch+json"


@kopf.on.startup()
def configure(memo: kopf.Memo, **_: Any) -> None:
    """Log the synchronous client in."""
    config.load_kube_config(os.environ["KUBECONFIG"])
    memo.api = dynamic.DynamicClient(client.ApiClient())
    memo.workers = WorkerDefaults(image=os.environ["SCORING_WORKER_IMAGE"])


@kopf.on.create(*PIPELINES)
def create(body: kopf.Body, memo: kopf.Memo, **_: Any) -> None:
    """Make the children."""
    for child in wanted(dict(body), memo.workers):
        resource = memo.api.resources.get(api_version=child["apiVersion"], kind=child["kind"])
        with suppress(dynamic.exceptions.ConflictError):  # of a former try
            resource.create(body=child)


@kopf.on.update(*PIPELINES, field="spec")
def update(body: kopf.Body, memo: kopf.Memo, **_: Any) -> None:
    """Patch the children."""
    for child in wanted(dict(body), memo.workers):
        resource = memo.api.resources.get(api_version=child["apiVersion"], kind=child["kind"])
        resource.patch(body=child, content_type=MERGE)
    meta = body["metadata"]
    _say_ready(meta["namespace"], meta["name"], meta["generation"])


@kopf.on.field("apps", "v1", "deployments", field="status.readyReplicas", labels={MANAGED_LABEL: MANAGED_BY})
def pods_ready(new: int | None, namespace: str, labels: Mapping[str, str], **_: Any) -> None:
    """Say that the pipeline is Ready once its pods are."""
    if new:
        name = labels[PIPELINE_LABEL]
        pipeline = client.CustomObjectsApi().get_namespaced_custom_object(GROUP, VERSION, namespace, PLURAL, name)
        _say_ready(namespace, name, pipeline["metadata"]["generation"])


@kopf.timer(*PIPELINES, interval=EVERY_S, initial_delay=EVERY_S)
def ask(namespace: str, name: str, status: kopf.Status, patch: kopf.Patch, **_: Any) -> None:
    """Ask the pods for their lag."""
    pods = client.CoreV1Api().list_namespaced_pod(namespace, label_selector=f"{PIPELINE_LABEL}={name}").items
    lag = {"records": sum(_lag(pod.status.pod_ip) for pod in pods if pod.status.pod_ip)}
    if status.get("lag") != lag:
        patch.status["lag"] = lag


def wanted(manifest: Manifest, workers: WorkerDefaults) -> tuple[Manifest, ...]:
    """Return the children of a pipeline: the first revision serves, nothing is judged."""
    pipeline = parse_pipeline(manifest)
    file = ScorerFile(serving=pipeline.block)
    return children(pipeline, workers, Decisions(file=file, replicas=pipeline.spec.replicas, image=workers.image))


def _lag(address: str) -> int:
    try:
        with urllib.request.urlopen(f"http://{address}:{OPS_PORT}{STATUS_PATH}", timeout=TIMEOUT_S) as answer:
            lanes = json.load(answer)["lanes"]
    except OSError:
        return 0
    return sum(lane["lastStableOffset"] - lane["position"] for lane in lanes)


def _say_ready(namespace: str, name: str, generation: int) -> None:
    condition = {
        "type": "Ready",
        "status": "True",
        "observedGeneration": generation,
        "lastTransitionTime": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "reason": "PodsReady",
        "message": "all pods are ready",
    }
    body = {"status": {"conditions": [condition]}}
    client.CustomObjectsApi().patch_namespaced_custom_object_status(GROUP, VERSION, namespace, PLURAL, name, body)
