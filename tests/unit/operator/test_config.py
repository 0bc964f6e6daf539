"""The environment of an operator process is read once and refused with the variable's name."""

import pytest

from scoring_operator.config import InvalidConfig, OperatorConfig, WorkerDefaults

LEAST = {"SCORING_WORKER_IMAGE": "scoring/service:1", "POD_NAMESPACE": "operators"}


def test_an_image_and_a_namespace_are_all_that_must_be_said() -> None:
    config = OperatorConfig.from_env(LEAST)

    assert config == OperatorConfig(workers=WorkerDefaults(image="scoring/service:1"), own_namespace="operators")
    assert (config.lease_namespace, config.lease_name) == ("operators", "scoring-operator")


def test_without_a_namespace_there_is_no_place_for_the_lease() -> None:
    with pytest.raises(InvalidConfig, match="POD_NAMESPACE"):
        OperatorConfig.from_env({"SCORING_WORKER_IMAGE": "scoring/service:1"})


def test_everything_can_be_said() -> None:
    config = OperatorConfig.from_env(
        {
            **LEAST,
            "SCORING_WORKER_PULL_POLICY": "Never",
            "SCORING_WORKER_UPGRADE_POLICY": "Automatic",
            "SCORING_LIVE_REFRESH": "false",
            "SCORING_CLUSTER_ID": "east",
            "SCORING_NAMESPACE": "shop",
            "SCORING_CONTROLLER": "shop/scores",
            "SCORING_NETWORK_POLICY": "false",
            "SCORING_OPS_PEERS": '[{"namespaceSelector": {}}]',
            "SCORING_PARALLELISM": "8",
            "SCORING_HEALTH_PORT": "0",
            "SCORING_RESOURCE_METRICS": "true",
            "POD_NAME": "operator-1",
        }
    )

    assert config.workers == WorkerDefaults(
        image="scoring/service:1",
        upgrade_policy="Automatic",
        pull_policy="Never",
        cluster_id="east",
        network_policy=False,
        ops_peers=({"namespaceSelector": {}},),
    )
    assert (config.namespace, config.parallelism, config.health_port) == ("shop", 8, 0)
    assert config.controller == "shop/scores"
    assert (config.lease_namespace, config.lease_name, config.pod) == ("shop", "shop.scores", "operator-1")
    assert (config.live_refresh, config.resource_metrics) == (False, True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SCORING_WORKER_IMAGE", ""),
        ("SCORING_WORKER_PULL_POLICY", "Sometimes"),
        ("SCORING_WORKER_UPGRADE_POLICY", "automatic"),
        ("SCORING_LIVE_REFRESH", "no"),
        ("SCORING_RESOURCE_METRICS", "yes"),
        ("SCORING_PARALLELISM", "0"),
        ("SCORING_PARALLELISM", "many"),
        ("SCORING_HEALTH_PORT", "-1"),
        ("SCORING_NETWORK_POLICY", "yes"),
        ("SCORING_OPS_PEERS", "monitoring"),
        ("SCORING_OPS_PEERS", '{"namespaceSelector": {}}'),
        ("SCORING_CONTROLLER", ""),
        ("SCORING_CONTROLLER", "shop/"),
        ("SCORING_CONTROLLER", "a b"),
        ("SCORING_CONTROLLER", "a" * 118),
    ],
)
def test_a_wrong_value_is_refused_with_its_name(name: str, value: str) -> None:
    with pytest.raises(InvalidConfig, match=name):
        OperatorConfig.from_env({**LEAST, name: value})
