"""Who reaches the operator and whom it reaches: the chart's policy, and those that its operator gives to workers.

A connection needs both sides: the sender's policy lets it out, the receiver's lets it in. Judged by the oracle of
`harness.connections`.
"""

from typing import Any

import pytest

from harness import chart, rendering
from harness.connections import End, lets_through
from harness.pipelines import a_pipeline
from harness.prerequisites import needed
from scoring_operator.config import OperatorConfig
from scoring_operator.desired.network import network_policy
from scoring_operator.facts import Manifest
from scoring_service.contract.pipeline import Pipeline

pytestmark = pytest.mark.apiserver

OPERATORS_OPS, WORKERS_OPS, API = 8080, 9090, 8080
OPERATOR_LABELS = {"app.kubernetes.io/name": "scoring-operator", "app.kubernetes.io/instance": "scoring-operator"}
OPERATOR = End("10.1.0.2", OPERATOR_LABELS, rendering.NAMESPACE)
ANOTHER_RELEASE = End("10.1.0.3", OPERATOR_LABELS | {"app.kubernetes.io/instance": "another"}, rendering.NAMESPACE)
PROMETHEUS = End("10.1.0.4", {"app": "prometheus"}, "monitoring")
TEST_LABELS = {"app.kubernetes.io/instance": "scoring-operator", "app.kubernetes.io/component": "test"}
TEST = End("10.1.0.9", TEST_LABELS, rendering.NAMESPACE)
TEST_ELSEWHERE = End("10.1.0.9", TEST_LABELS, "elsewhere")
TEST_OF_ANOTHER = End("10.1.0.9", TEST_LABELS | {"app.kubernetes.io/instance": "another"}, rendering.NAMESPACE)
NEIGHBOUR = End("10.1.0.5", {"app": "web"}, rendering.NAMESPACE)
STRANGER = End("10.1.0.6", {"app": "web"}, "elsewhere")
OUTSIDE = End("203.0.113.9")
API_SERVER = End("10.0.0.1")
DNS = End("10.96.0.10", {"k8s-app": "kube-dns"}, "kube-system")


def policy(**values: Any) -> Manifest:
    """Return the operator's own NetworkPolicy."""
    with needed():
        (found,) = (one for one in chart.rendered(rendering.NAMESPACE, **values) if one["kind"] == "NetworkPolicy")
    return found


def workers(pipeline: Pipeline, **values: Any) -> Manifest:
    """Return the policy that an operator of the chart makes for a pipeline."""
    with needed():
        container = rendering.pod(rendering.objects(**values))["spec"]["containers"][0]
    said = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    made = network_policy(pipeline, OperatorConfig.from_env(said | {"POD_NAMESPACE": rendering.NAMESPACE}).workers)
    assert made is not None
    return made


def worker(policed: Manifest, namespace: str = rendering.NAMESPACE) -> End:
    return End("10.1.0.7", policed["metadata"]["labels"], namespace)


@pytest.mark.parametrize(
    ("of", "port", "expected"),
    [
        (PROMETHEUS, OPERATORS_OPS, True),
        (PROMETHEUS, 22, False),
        (TEST, OPERATORS_OPS, True),
        (TEST_ELSEWHERE, OPERATORS_OPS, False),
        (TEST_OF_ANOTHER, OPERATORS_OPS, False),
        (NEIGHBOUR, OPERATORS_OPS, False),
        (STRANGER, OPERATORS_OPS, False),
        (ANOTHER_RELEASE, OPERATORS_OPS, False),
        (OUTSIDE, OPERATORS_OPS, False),
    ],
)
def test_monitoring_and_the_releases_own_test_reach_the_operator_and_nobody_else_does(
    of: End, port: int, expected: bool
) -> None:
    assert lets_through(policy(), "ingress", of, port) == expected


@pytest.mark.parametrize(
    ("to", "port", "protocol", "expected"),
    [
        (DNS, 53, "UDP", True),
        (DNS, 53, "TCP", True),
        (API_SERVER, 443, "TCP", True),
        (API_SERVER, 6443, "TCP", True),
        (API_SERVER, 443, "UDP", False),
        (API_SERVER, 2379, "TCP", False),
        (NEIGHBOUR, WORKERS_OPS, "TCP", False),
        (NEIGHBOUR, 9092, "TCP", False),
        (OUTSIDE, 9090, "TCP", False),
        (OUTSIDE, 80, "TCP", False),
        (End("169.254.169.254"), 80, "TCP", False),
    ],
)
def test_the_operator_reaches_dns_the_api_server_and_nothing_else(
    to: End, port: int, protocol: str, expected: bool
) -> None:
    assert lets_through(policy(), "egress", to, port, protocol) == expected


@pytest.mark.parametrize(("scope", "elsewhere"), [("Namespace", False), ("Cluster", True)])
def test_the_operator_reaches_the_ops_port_of_the_workers_that_it_serves(scope: str, elsewhere: bool) -> None:
    its_own, policed = policy(scope=scope), workers(a_pipeline(), scope=scope)

    for namespace, expected in ((rendering.NAMESPACE, True), ("elsewhere", elsewhere)):
        to = worker(policed, namespace)
        assert lets_through(its_own, "egress", to, WORKERS_OPS) == expected
        assert not lets_through(its_own, "egress", to, API)
    for label in ("app.kubernetes.io/managed-by", "app.kubernetes.io/component"):
        labels = {**policed["metadata"]["labels"], label: "another"}
        assert not lets_through(its_own, "egress", End("10.1.0.8", labels, rendering.NAMESPACE), WORKERS_OPS)
    assert lets_through(policed, "ingress", OPERATOR, WORKERS_OPS)
    assert not lets_through(policed, "ingress", ANOTHER_RELEASE, WORKERS_OPS)


def test_no_worker_reaches_the_operator_even_if_it_calls_its_port_its_brokers() -> None:
    policed = workers(a_pipeline(kafka={"bootstrapServers": [f"kafka:{OPERATORS_OPS}"]}))

    assert lets_through(policed, "egress", OPERATOR, OPERATORS_OPS)
    assert not lets_through(policy(), "ingress", worker(policed), OPERATORS_OPS)


def test_an_api_server_that_is_named_is_the_only_one() -> None:
    named = policy(networkPolicy__apiServer={"cidrs": ["10.0.0.1/32"], "ports": [6443]})

    reached = {
        (to.address, port): lets_through(named, "egress", to, port)
        for to in (API_SERVER, OUTSIDE)
        for port in (443, 6443)
    }

    assert [place for place, is_reached in reached.items() if is_reached] == [("10.0.0.1", 6443)]


def test_where_nobody_is_to_scrape_nobody_comes_in() -> None:
    alone = policy(networkPolicy__monitoring=[])

    assert not any(
        lets_through(alone, "ingress", of, OPERATORS_OPS) for of in (PROMETHEUS, NEIGHBOUR, STRANGER, OUTSIDE)
    )


def test_the_policy_selects_the_operators_pods_and_polices_both_ways() -> None:
    made = policy()
    with needed():
        labels = rendering.pod(rendering.objects())["metadata"]["labels"]

    assert made["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert made["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
