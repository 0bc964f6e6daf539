"""Who may talk to the workers, and to whom they may talk: a table of connections, judged by the rules of Kubernetes."""

from typing import Any

import pytest
from kubernetes_validate import validate  # type: ignore[import-untyped]  # it has no annotations

from harness.connections import End, lets_through
from harness.pipelines import KEY, Workers, a_manifest, a_pipeline
from scoring_operator.cluster.memory import MemoryCluster
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired.network import network_policy
from scoring_operator.facts import Manifest
from scoring_operator.reconcile import Reconciler

OPERATOR = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "operators"}},
    "podSelector": {"matchLabels": {"app": "operator"}},
}
MONITORING = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
WORKERS = WorkerDefaults(image="i", ops_peers=(OPERATOR, MONITORING))

BROKER = End("10.1.0.1", {"app": "kafka"}, "kafka")
OUTSIDE = End("203.0.113.9")
DNS = End("10.96.0.10", {"k8s-app": "kube-dns"}, "kube-system")
THE_OPERATOR = End("10.1.0.2", {"app": "operator"}, "operators")
ANOTHER_THERE = End("10.1.0.3", {"app": "other"}, "operators")
PROMETHEUS = End("10.1.0.4", {"app": "prometheus"}, "monitoring")
NEIGHBOUR = End("10.1.0.5", {"app": "web"}, KEY.namespace)
STRANGER = End("10.1.0.6", {"app": "web"}, "elsewhere")
KEYS = {"keysSecret": {"name": "score-keys"}}


def policy(egress: Manifest | None = None, api: Manifest | None = None, brokers: list[str] | None = None) -> Manifest:
    kafka: dict[str, Any] = {"bootstrapServers": brokers or ["kafka-0:9092", "[fd00::1]:9094"]}
    kafka |= {} if egress is None else {"egress": egress}
    built = network_policy(a_pipeline(kafka=kafka, **({} if api is None else {"api": api})), WORKERS)
    assert built is not None
    return built


def goes_out(built: Manifest, to: End, port: int, protocol: str = "TCP") -> bool:
    return lets_through(built, "egress", to, port, protocol)


def comes_in(built: Manifest, of: End, port: int) -> bool:
    return lets_through(built, "ingress", of, port)


@pytest.mark.parametrize(
    ("to", "port", "protocol", "expected"),
    [
        (DNS, 53, "UDP", True),
        (DNS, 53, "TCP", True),
        (BROKER, 9092, "TCP", True),
        (OUTSIDE, 9094, "TCP", True),
        (BROKER, 9093, "TCP", False),
        (BROKER, 9092, "UDP", False),
        (OUTSIDE, 443, "TCP", False),
        (NEIGHBOUR, 8080, "TCP", False),
    ],
)
def test_workers_reach_dns_and_the_ports_of_the_brokers_and_nothing_else(
    to: End, port: int, protocol: str, expected: bool
) -> None:
    assert goes_out(policy(), to, port, protocol) == expected


def test_ports_that_brokers_advertise_are_added() -> None:
    built = policy({"ports": [31000, 9092]})

    assert [goes_out(built, OUTSIDE, port) for port in (9092, 9094, 31000, 31001)] == [True, True, True, False]


@pytest.mark.parametrize(
    ("egress", "broker", "outside", "neighbour"),
    [
        ({"cidrs": ["203.0.113.0/24"]}, False, True, False),
        ({"podSelector": {"matchLabels": {"app": "kafka"}}}, False, False, False),
        ({"podSelector": {"matchLabels": {"app": "web"}}}, False, False, True),
        ({"podSelector": {}}, False, False, True),
        ({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kafka"}}}, True, False, False),
        ({"namespaceSelector": {}}, True, False, True),
        ({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "kafka"}}}, True, False, False),
        ({"namespaceSelector": {}, "cidrs": ["203.0.113.9/32"]}, True, True, True),
    ],
)
def test_hosts_are_limited_once_they_are_named(egress: Manifest, broker: bool, outside: bool, neighbour: bool) -> None:
    built = policy(egress)

    assert [goes_out(built, to, 9092) for to in (BROKER, OUTSIDE, NEIGHBOUR)] == [broker, outside, neighbour]
    assert goes_out(built, DNS, 53, "UDP")


@pytest.mark.parametrize(
    ("of", "expected"),
    [(THE_OPERATOR, True), (PROMETHEUS, True), (ANOTHER_THERE, False), (NEIGHBOUR, False), (OUTSIDE, False)],
)
def test_operator_and_monitoring_reach_the_ops_port_and_nobody_else_does(of: End, expected: bool) -> None:
    assert comes_in(policy(), of, 9090) == expected


def test_without_an_api_nobody_reaches_its_port() -> None:
    assert not any(comes_in(policy(), of, 8080) for of in (THE_OPERATOR, PROMETHEUS, NEIGHBOUR, OUTSIDE))


@pytest.mark.parametrize(
    ("peers", "neighbour", "stranger", "outside"),
    [
        ([], True, True, True),
        ([{"podSelector": {"matchLabels": {"app": "web"}}}], True, False, False),
        ([{"namespaceSelector": {}}], True, True, False),
        ([{"cidr": "203.0.113.0/24"}, {"podSelector": {}}], True, False, True),
    ],
)
def test_clients_reach_the_api_as_it_says(
    peers: list[Manifest], neighbour: bool, stranger: bool, outside: bool
) -> None:
    built = policy(api=KEYS | {"from": peers})

    assert [comes_in(built, of, 8080) for of in (NEIGHBOUR, STRANGER, OUTSIDE)] == [neighbour, stranger, outside]
    assert not comes_in(built, NEIGHBOUR, 9090)


@pytest.mark.parametrize(
    "built",
    [
        policy(),
        policy({"ports": [1], "cidrs": ["10.0.0.0/8"], "podSelector": {}, "namespaceSelector": {}}),
        policy(api=KEYS | {"from": [{"cidr": "fd00::/8"}]}),
    ],
)
def test_a_policy_is_valid_and_selects_the_pods_of_its_pipeline_alone(built: Manifest) -> None:
    validate(built, "1.35", strict=True)

    assert built["spec"]["podSelector"] == {"matchLabels": {"scoring.dev/pipeline": "wallets"}}
    assert built["metadata"]["ownerReferences"][0]["name"] == "wallets"


async def test_a_change_of_the_network_rolls_no_pod() -> None:
    cluster = MemoryCluster()
    cluster.create(a_manifest(api=KEYS))
    reconcile = Reconciler(cluster, Workers(cluster), WORKERS)
    await reconcile(KEY)
    before = cluster.objects[("Deployment", *KEY)]

    kafka = {"bootstrapServers": ["kafka:9092"], "egress": {"ports": [9093]}}
    cluster.create(a_manifest(kafka=kafka, api=KEYS | {"from": [{"podSelector": {}}]}))
    await reconcile(KEY)

    assert cluster.objects[("Deployment", *KEY)]["spec"] == before["spec"]
    _, brokers = cluster.objects[("NetworkPolicy", *KEY)]["spec"]["egress"]
    assert [port["port"] for port in brokers["ports"]] == [9092, 9093]


async def test_without_network_policies_a_former_one_goes() -> None:
    cluster = MemoryCluster()
    workers = Workers(cluster)
    cluster.create(a_manifest())
    reconcile = Reconciler(cluster, workers, WORKERS)
    for _ in range(4):
        await reconcile(KEY)
        workers.run_pods()
        workers.refresh(everyone=True)
    assert ("NetworkPolicy", *KEY) in cluster.objects

    await Reconciler(cluster, workers, WorkerDefaults(image="i", network_policy=False))(KEY)

    assert ("NetworkPolicy", *KEY) not in cluster.objects
