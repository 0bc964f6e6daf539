"""The API server that tests get is Kubernetes 1.36.3 and judges what it is given."""

import json
import uuid
from pathlib import Path

import pytest

from harness import apiserver as apiserver_
from harness.apiserver import Apiserver
from harness.identity import operator_kubeconfig
from harness.prerequisites import needed

pytestmark = pytest.mark.apiserver


def test_the_server_is_the_release_that_the_harness_names(apiserver: Apiserver) -> None:
    version = json.loads(apiserver.kubectl("get", "--raw", "/version"))

    assert version["gitVersion"] == "v1.36.3"
    assert (version["major"], version["minor"]) == ("1", "36")


def test_an_unknown_field_is_refused_with_its_name(apiserver: Apiserver) -> None:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "typo"}, "dta": {}}

    with pytest.raises(RuntimeError, match='unknown field "dta"'):
        apiserver.kubectl("apply", "--validate=strict", "--dry-run=server", "-f", "-", stdin=json.dumps(manifest))


def test_the_audited_server_logs_what_a_service_account_asks_and_nobody_else(tmp_path: Path) -> None:
    name = f"audited-{uuid.uuid4().hex[:8]}"
    with needed(), apiserver_.obtain("audited") as server:
        kubeconfig = operator_kubeconfig(server, "default", tmp_path)
        server.kubectl("create", "configmap", f"{name}-of-an-administrator")
        server.kubectl("--kubeconfig", kubeconfig, "create", "configmap", f"{name}-of-the-operator")
        logged = [json.loads(line) for line in server.audit.read_text().splitlines()]

    found = [event for event in logged if event.get("objectRef", {}).get("name", "").startswith(name)]
    assert [(event["verb"], event["objectRef"]["name"], event["responseStatus"]["code"]) for event in found] == [
        ("create", f"{name}-of-the-operator", 201)
    ]
    assert found[0]["user"]["username"] == "system:serviceaccount:default:scoring-operator"
