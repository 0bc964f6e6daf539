"""What the chart tells the operator is what the operator understands."""

from typing import Any

import pytest

from harness.chart import rendered
from harness.prerequisites import needed
from scoring_operator.config import OperatorConfig


def told(namespace: str = "scores", **values: Any) -> OperatorConfig:
    """Return the configuration that the chart's Deployment gives to its operator."""
    with needed():
        objects = rendered(namespace, **values)
    (deployment,) = (found for found in objects if found["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return OperatorConfig.from_env({one["name"]: one["value"] for one in container["env"] if "value" in one})


def test_a_release_is_named_by_its_namespace_and_its_name() -> None:
    assert told("scores").controller == "scores/scoring-operator"
    assert told("shop").controller == "shop/scoring-operator"


def test_the_operator_itself_and_monitoring_may_ask_the_pods() -> None:
    operator, monitoring = told("scores").workers.ops_peers

    assert operator == {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "scores"}},
        "podSelector": {
            "matchLabels": {
                "app.kubernetes.io/name": "scoring-operator",
                "app.kubernetes.io/instance": "scoring-operator",
            }
        },
    }
    assert monitoring == {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}


@pytest.mark.parametrize("enabled", [True, False])
def test_network_policies_are_made_unless_they_are_not_wanted(enabled: bool) -> None:
    config = told(workers__networkPolicy__enabled=enabled, workers__networkPolicy__monitoring=[])

    assert config.workers.network_policy == enabled
    assert len(config.workers.ops_peers) == 1
