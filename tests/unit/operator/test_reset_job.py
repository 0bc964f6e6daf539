"""The Job of a reset: a worker's pod that does something else, and is taken for no worker."""

import json

import pytest

from harness.pipelines import a_pipeline
from scoring_operator.cli.reset import exit_code, state_of
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired import naming
from scoring_operator.desired.deployment import deployment
from scoring_operator.desired.reset_job import reset_job

PIPELINE = a_pipeline()
DEPLOYMENT = deployment(PIPELINE, WorkerDefaults(image="worker:1"), replicas=0, image="worker:1", startup="s-1")
TEMPLATE = DEPLOYMENT["spec"]["template"]["spec"]
JOB = reset_job(PIPELINE, DEPLOYMENT, "wallets-reset-1", ["--to-earliest"])
POD = JOB["spec"]["template"]


def test_it_sees_exactly_what_a_worker_sees():
    (worker,), (container,) = TEMPLATE["containers"], POD["spec"]["containers"]

    for member in ("image", "imagePullPolicy", "env", "resources", "securityContext", "volumeMounts"):
        assert container[member] == worker[member]
    for member in ("serviceAccountName", "automountServiceAccountToken", "securityContext", "volumes"):
        assert POD["spec"][member] == TEMPLATE[member]


def test_it_runs_the_command_once():
    (container,) = POD["spec"]["containers"]

    assert " ".join(container["command"]) == (
        "python -m scoring_service.cli reset --startup /etc/scoring/startup/startup.json --to-earliest"
    )
    assert (POD["spec"]["restartPolicy"], JOB["spec"]["backoffLimit"]) == ("Never", 0)


def test_nothing_takes_its_pod_for_a_worker():
    for selector in (naming.selector(PIPELINE.name), {naming.MANAGED_LABEL: naming.MANAGED_BY}):
        assert not selector.items() <= POD["metadata"]["labels"].items()


def test_it_goes_with_its_pipeline():
    assert naming.owner(JOB) == ((PIPELINE.namespace, PIPELINE.name), PIPELINE.uid)


def test_the_deployment_stays_as_it_was():
    before = json.dumps(DEPLOYMENT)
    reset_job(PIPELINE, DEPLOYMENT, "again", ["--to-latest"])

    assert json.dumps(DEPLOYMENT) == before


WAITING = {"status": {"containerStatuses": [{"state": {"waiting": {"reason": "ErrImagePull", "message": "no such"}}}]}}
UNSCHEDULED = {
    "status": {
        "phase": "Pending",
        "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes"}],
    }
}
ENDED = {"status": {"containerStatuses": [{"state": {"terminated": {"exitCode": 3}}}]}}


@pytest.mark.parametrize(
    ("pod", "state"),
    [
        (None, "none yet"),
        ({}, "Pending"),
        (WAITING, "ErrImagePull no such"),
        (UNSCHEDULED, "Unschedulable 0/1 nodes"),
    ],
)
def test_a_pod_says_what_it_waits_for(pod, state):
    assert state_of(pod) == state


@pytest.mark.parametrize(("pod", "code"), [({}, None), (WAITING, None), (ENDED, 3)])
def test_the_exit_code_is_that_of_the_container(pod, code):
    assert exit_code(pod) == code
