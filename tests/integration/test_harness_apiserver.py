"""The API server that tests get is Kubernetes 1.36.3 and judges what it is given."""

import json

import pytest

from harness.apiserver import Apiserver

pytestmark = pytest.mark.apiserver


def test_the_server_is_the_release_that_the_harness_names(apiserver: Apiserver) -> None:
    version = json.loads(apiserver.kubectl("get", "--raw", "/version"))

    assert version["gitVersion"] == "v1.36.3"
    assert (version["major"], version["minor"]) == ("1", "36")


def test_an_unknown_field_is_refused_with_its_name(apiserver: Apiserver) -> None:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "typo"}, "dta": {}}

    with pytest.raises(RuntimeError, match='unknown field "dta"'):
        apiserver.kubectl("apply", "--validate=strict", "--dry-run=server", "-f", "-", stdin=json.dumps(manifest))
