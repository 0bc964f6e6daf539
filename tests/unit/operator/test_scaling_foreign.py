"""Who else writes replicas: what the API server notes about those who do."""

from typing import Any

import pytest

from harness.pipelines import a_manifest
from scoring_operator.facts import Manifest
from scoring_operator.scaling.foreign import other_autoscaler


def an_entry(
    manager: str, *, subresource: str = "scale", field: str = "f:replicas", operation: str = "Update"
) -> Manifest:
    entry: dict[str, Any] = {"manager": manager, "operation": operation, "fieldsV1": {"f:spec": {field: {}}}}
    return {**entry, "subresource": subresource} if subresource else entry


def written_by(*entries: Manifest) -> Manifest:
    manifest = a_manifest()
    manifest["metadata"]["managedFields"] = list(entries)
    return manifest


@pytest.mark.parametrize("manager", ["kube-controller-manager", "keda", "scoring-by-somebody"])
def test_who_writes_the_scale_subresource_and_is_no_person_is_an_autoscaler(manager: str) -> None:
    assert other_autoscaler(written_by(an_entry("kubectl"), an_entry(manager))) == manager


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(an_entry("scoring/shop/scoring-operator"), id="a release of this operator"),
        pytest.param(an_entry("kubectl"), id="a person with kubectl scale"),
        pytest.param(an_entry("kubectl-client-side-apply", subresource=""), id="a person with kubectl apply"),
        pytest.param(an_entry("argocd-controller", subresource="", operation="Apply"), id="a manifest in Git"),
        pytest.param(an_entry("keda", subresource="status"), id="a status"),
        pytest.param(an_entry("keda", field="f:suspend"), id="another field"),
        pytest.param({"manager": "keda", "subresource": "scale"}, id="nothing at all"),
        pytest.param({"manager": "keda", "subresource": "scale", "fieldsV1": {"f:spec": None}}, id="an empty spec"),
    ],
)
def test_nobody_else_is_one(entry: Manifest) -> None:
    assert other_autoscaler(written_by(entry)) == ""


def test_a_pipeline_of_which_nobody_noted_who_wrote_it_has_none() -> None:
    assert other_autoscaler(a_manifest()) == ""
