"""The definition on a real API server: every rule refuses what it should, naming the field.

The cases are the ones that local mode is judged by, so both say the same.
"""

import json
import uuid
from pathlib import Path

import pytest
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from contract.admission_cases import CASES, Case, manifest
from scoring_operator.api import crd
from scoring_operator.api.admission import Admission
from scoring_service.contract.pipeline import GROUP, PLURAL, VERSION

pytestmark = pytest.mark.apiserver

NAMESPACE = f"admission-{uuid.uuid4().hex[:8]}"
KIND = (GROUP, VERSION, NAMESPACE, PLURAL)
DEFINITION = Path(crd.__file__).with_name("scoringpipelines.yaml")
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)


def a_manifest(changes=None):
    return manifest({"metadata.namespace": NAMESPACE} | (changes or {}))


@pytest.fixture(scope="module")
def definition(apiserver):
    """The definition as the API server stored it, once it serves pipelines."""
    name = crd.definition()["metadata"]["name"]
    apiserver.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(DEFINITION))
    apiserver.kubectl("wait", "--for=condition=Established", "--timeout=20s", f"crd/{name}")
    return json.loads(apiserver.kubectl("get", "crd", name, "-o", "json"))


@pytest.fixture(scope="module")
def pipelines(apiserver, definition):
    apiserver.kubectl("create", "namespace", NAMESPACE)
    with config.new_client_from_config(str(apiserver.kubeconfig)) as api:
        yield client.CustomObjectsApi(api)
    apiserver.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


@pytest.fixture(scope="module")
def stored(pipelines):
    """A pipeline that the API server keeps: what an update changes."""
    created = pipelines.create_namespaced_custom_object(*KIND, a_manifest({"metadata.name": "stored"}))
    yield created
    pipelines.delete_namespaced_custom_object(*KIND, "stored")


def sent(pipelines, case: Case, changes):
    """Return what the API server would store; it stores nothing."""
    dry = {"dry_run": "All", "field_validation": "Strict"}
    if not case.is_update:
        return pipelines.create_namespaced_custom_object(*KIND, a_manifest(changes), **dry)
    changed = a_manifest({"metadata.name": "stored"} | changes)
    present = pipelines.get_namespaced_custom_object(*KIND, "stored")
    changed["metadata"]["resourceVersion"] = present["metadata"]["resourceVersion"]
    return pipelines.replace_namespaced_custom_object(*KIND, "stored", changed, **dry)


def refusal(error: ApiException) -> str:
    return json.loads(error.body)["message"]


def test_the_definition_is_established_and_structural(definition):
    conditions = {known["type"]: known["status"] for known in definition["status"]["conditions"]}

    assert conditions["Established"] == "True"
    assert "NonStructuralSchema" not in conditions


@every_case
def test_what_keeps_the_rule_is_admitted_as_local_mode_admits_it(pipelines, stored, case):
    kept = sent(pipelines, case, case.accepts)

    before = Admission().admit(manifest()).manifest if case.is_update else None
    assert kept["spec"] == Admission().admit(manifest(case.accepts), before).manifest["spec"]


@every_case
def test_what_breaks_the_rule_is_refused_with_its_field(pipelines, stored, case):
    with pytest.raises(ApiException) as refused:
        sent(pipelines, case, case.rejects)

    assert case.says in refusal(refused.value)


def test_every_rule_that_is_served_refuses_an_example_and_no_rule_is_without_one(pipelines, stored, definition):
    """Read from the definition as the API server has it: a rule that is added needs a case."""
    (version,) = definition["spec"]["versions"]
    served = list(crd.rules(version["schema"]["openAPIV3Schema"]))
    said = []
    for case in CASES:
        with pytest.raises(ApiException) as refused:
            sent(pipelines, case, case.rejects)
        said.append(refusal(refused.value))

    assert len(served) == len(list(crd.rules(crd.schema())))
    assert [rule for rule in served if not any(rule.message in text for text in said)] == []
    print(f"{len(served)} rules, {len(said)} examples refused")


def test_defaults_are_stored(stored):
    assert stored["spec"]["replicas"] == 1
    assert stored["spec"]["suspend"] is False
    assert stored["spec"]["kafka"] == {"bootstrapServers": ["kafka:9092"]}
    assert stored["spec"]["input"] == {"topic": "in", "group": "", "startFrom": "earliest", "onOffsetsLost": "Hold"}
    assert stored["spec"]["output"] == {"successTopic": "ok", "failureTopic": "bad", "deadLetterTopic": ""}
    assert stored["spec"]["delivery"] == {
        "guarantee": "AtLeastOnce",
        "maxLatency": "50ms",
        "sessionTimeout": "20s",
        "transactionInterval": "100ms",
    }
    assert stored["spec"]["autoscaling"] == {
        "mode": "Disabled",
        "partitionsPerReplica": 1,
        "minReplicas": 1,
        "maxReplicas": 1000,
        "targetDrainTime": "60s",
        "cooldown": "5m",
        "scaleDownDelay": "1h",
    }


def test_the_scale_subresource_reads_and_writes_replicas(pipelines, stored):
    status = {"status": {"replicas": 2, "selector": "scoring.dev/pipeline=stored"}}
    pipelines.patch_namespaced_custom_object_status(*KIND, "stored", status)

    scaled = pipelines.patch_namespaced_custom_object_scale(*KIND, "stored", {"spec": {"replicas": 3}})

    assert scaled["spec"]["replicas"] == 3
    assert scaled["status"] == {"replicas": 2, "selector": "scoring.dev/pipeline=stored"}
    assert pipelines.get_namespaced_custom_object(*KIND, "stored")["spec"]["replicas"] == 3


def test_scaling_beyond_the_bounds_is_refused_with_the_fields_name(pipelines, stored):
    with pytest.raises(ApiException) as refused:
        pipelines.patch_namespaced_custom_object_scale(*KIND, "stored", {"spec": {"replicas": 1001}})

    assert "spec.replicas: write a number from 0 to 1000" in refusal(refused.value)


def test_a_write_of_the_spec_leaves_the_status_alone(pipelines, stored):
    pipelines.patch_namespaced_custom_object_status(*KIND, "stored", {"status": {"partitions": 6}})

    changed = pipelines.patch_namespaced_custom_object(*KIND, "stored", {"status": {"partitions": 9}})

    assert changed["status"]["partitions"] == 6
