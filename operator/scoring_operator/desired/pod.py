"""The pod template of a worker: restricted, read-only, told by mounted directories and nothing else.

No field of `spec.scorer` may ever reach it: a changed weight must not roll pods.
"""

from typing import Any, Final

import msgspec

from scoring_operator.config import WorkerDefaults
from scoring_operator.desired import naming, secrets
from scoring_operator.desired.scheduling import scheduling
from scoring_operator.facts import Manifest
from scoring_service.contract import names
from scoring_service.contract.pipeline import Pipeline
from scoring_service.contract.startup import StartupSecretKey

WORKER_UID: Final = 65532
OPS_PORT_NAME: Final = "ops"
API_PORT_NAME: Final = "api"
GRACE_PERIOD_S: Final = 60
"""Seconds between SIGTERM and SIGKILL: a drain takes 25 at most, the rest is for a slow node."""

DEFAULT_RESOURCES: Final = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}}
"""No limit on cpu: throttling would turn a short burst into lag."""

ALLOCATOR: Final = {"MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "268435456"}
"""glibc: keep the memory of fetched batches instead of giving it back and faulting it in again for each."""


def pod_template(pipeline: Pipeline, workers: WorkerDefaults, *, image: str, startup: str) -> Manifest:
    """Return the pod template; `startup` is the name of the start-up ConfigMap to mount."""
    return {
        "metadata": {"labels": {**pipeline.spec.pod.labels, **naming.labels(pipeline)}},
        "spec": {
            **scheduling(pipeline),
            "serviceAccountName": pipeline.name,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": GRACE_PERIOD_S,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": WORKER_UID,
                "runAsGroup": WORKER_UID,
                "fsGroup": WORKER_UID,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [_worker(pipeline, workers, image)],
            "volumes": [
                {"name": "startup", "configMap": {"name": startup}},
                {"name": "live", "configMap": {"name": naming.live_name(pipeline.name)}},
                *secrets.volumes(_secret_keys(pipeline, workers), _whole_secrets(pipeline)),
            ],
        },
    }


def ports(pipeline: Pipeline, workers: WorkerDefaults) -> dict[str, int]:
    """Return the ports that a worker listens on, by name."""
    api = {} if pipeline.spec.api is None else {API_PORT_NAME: workers.api_port}
    return {OPS_PORT_NAME: workers.ops_port, **api}


def _worker(pipeline: Pipeline, workers: WorkerDefaults, image: str) -> Manifest:
    return {
        "name": "worker",
        "image": image,
        "imagePullPolicy": workers.pull_policy,
        "env": [*_environment(), *msgspec.to_builtins(pipeline.spec.pod.env)],
        "ports": [
            {"name": name, "containerPort": port, "protocol": "TCP"} for name, port in ports(pipeline, workers).items()
        ],
        "resources": pipeline.spec.pod.resources or DEFAULT_RESOURCES,
        "startupProbe": _probe(names.LIVEZ_PATH, period_s=2, failures=30),
        "livenessProbe": _probe(names.LIVEZ_PATH, period_s=10, failures=3),
        "readinessProbe": _probe(names.READYZ_PATH, period_s=2, failures=3),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [
            {"name": "startup", "mountPath": names.STARTUP_DIRECTORY, "readOnly": True},
            {"name": "live", "mountPath": names.LIVE_DIRECTORY, "readOnly": True},
            *secrets.mounts(_secret_keys(pipeline, workers), _whole_secrets(pipeline)),
        ],
    }


def _secret_keys(pipeline: Pipeline, workers: WorkerDefaults) -> tuple[StartupSecretKey, ...]:
    return pipeline.startup(workers.cluster_id).secret_keys


def _whole_secrets(pipeline: Pipeline) -> tuple[str, ...]:
    """Return the Secrets of which every key is shown: whoever adds a client names it in the Secret alone."""
    return () if pipeline.spec.api is None else (pipeline.spec.api.keys_secret.name,)


def _environment() -> list[Manifest]:
    return [
        {"name": names.ENV_POD_NAME, "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": names.ENV_STARTUP_DIRECTORY, "value": names.STARTUP_DIRECTORY},
        {"name": names.ENV_LIVE_DIRECTORY, "value": names.LIVE_DIRECTORY},
        {"name": names.ENV_SECRETS_DIRECTORY, "value": names.SECRETS_DIRECTORY},
        *({"name": name, "value": value} for name, value in ALLOCATOR.items()),
    ]


def _probe(path: str, *, period_s: int, failures: int) -> dict[str, Any]:
    return {
        "httpGet": {"path": path, "port": OPS_PORT_NAME},
        "periodSeconds": period_s,
        "timeoutSeconds": 2,
        "failureThreshold": failures,
    }
