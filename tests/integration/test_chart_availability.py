"""The chart runs the operator so that one process may die: two of them, apart, with a budget and a Lease."""

from typing import Any

import pytest

from harness import chart
from harness.prerequisites import needed

pytestmark = pytest.mark.apiserver

SELECTOR = {"app.kubernetes.io/name": "scoring-operator", "app.kubernetes.io/instance": "scoring-operator"}


def rendered(**values: Any) -> dict[str, dict[str, Any]]:
    """Return the chart's objects by kind."""
    with needed():
        return {made["kind"]: made for made in chart.rendered("shop", **values)}


def test_two_processes_run_on_two_nodes_if_there_are_two() -> None:
    spec = rendered()["Deployment"]["spec"]

    (preferred,) = spec["template"]["spec"]["affinity"]["podAntiAffinity"].values()
    assert spec["replicas"] == 2
    assert spec["selector"] == {"matchLabels": SELECTOR}
    assert preferred[0]["podAffinityTerm"] == {
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": {"matchLabels": SELECTOR},
    }
    assert spec.get("strategy", {"type": "RollingUpdate"})["type"] == "RollingUpdate"


def test_each_process_knows_who_and_where_it_is() -> None:
    (container,) = rendered()["Deployment"]["spec"]["template"]["spec"]["containers"]

    said = {entry["name"]: entry for entry in container["env"]}
    assert said["POD_NAME"]["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
    assert said["POD_NAMESPACE"]["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.namespace"}}


@pytest.mark.parametrize(("replicas", "expected"), [(1, False), (2, True), (3, True)])
def test_a_drain_takes_one_process_at_a_time_unless_there_is_only_one(replicas: int, expected: bool) -> None:
    objects = rendered(replicas=replicas)

    assert objects["Deployment"]["spec"]["replicas"] == replicas
    assert ("PodDisruptionBudget" in objects) is expected
    if expected:
        spec = objects["PodDisruptionBudget"]["spec"]
        assert (spec["maxUnavailable"], spec["selector"]) == (1, {"matchLabels": SELECTOR})
