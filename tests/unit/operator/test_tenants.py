"""Two teams in two namespaces of one cluster and one Kafka: what is one's is never the other's, and neither reaches it.

A connection needs both sides: the sender's policy lets it out, the receiver's lets it in. Judged by the oracle of
`harness.connections`; whether a network plug-in heeds policies is another matter.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.connections import End, lets_through
from harness.pipelines import a_manifest
from scoring_operator.api import crd
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired.children import Decisions, children, reference
from scoring_operator.desired.network import network_policy
from scoring_operator.facts import Manifest
from scoring_service.contract.acls import transactional_prefix
from scoring_service.contract.pipeline import InvalidPipeline, Pipeline, parse_pipeline
from scoring_service.contract.scorer_file import ScorerFile

OPS, API, DNS, KAFKA = 9090, 8080, 53, 9092
OPERATOR = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "operators"}},
    "podSelector": {"matchLabels": {"app": "operator"}},
}
WORKERS = WorkerDefaults(image="i", ops_peers=(OPERATOR,))
KEYS = {"keysSecret": {"name": "score-keys"}}
OWN_CLIENTS = KEYS | {"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}
EGRESS_TO_OWN = {"podSelector": {"matchLabels": {"app": "kafka"}}}


def pipeline(namespace: str, name: str = "wallets", **parts: Any) -> Pipeline:
    manifest = a_manifest(**parts)
    manifest["metadata"] = {"namespace": namespace, "name": name, "uid": f"uid-{namespace}-{name}", "generation": 1}
    return parse_pipeline(manifest)


class Tenant(NamedTuple):
    """One team's workers: one of their pods, and the policy that selects them."""

    pod: End
    policy: Manifest

    def reaches(self, other: "Tenant", port: int) -> bool:
        """Tell whether both policies let a connection through."""
        out = lets_through(self.policy, "egress", other.pod, port)
        return out and lets_through(other.policy, "ingress", self.pod, port)


def tenant(namespace: str, address: str, **parts: Any) -> Tenant:
    policy = network_policy(pipeline(namespace, **parts), WORKERS)
    assert policy is not None
    return Tenant(End(address, policy["spec"]["podSelector"]["matchLabels"], namespace), policy)


def kafka(*servers: str, **egress: Any) -> Manifest:
    return {"bootstrapServers": list(servers), **({"egress": egress} if egress else {})}


@pytest.mark.parametrize(
    ("ours", "theirs", "open_ports"),
    [
        ({}, {}, set()),
        ({}, {"api": KEYS}, set()),
        ({}, {"api": OWN_CLIENTS}, set()),
        # it names the other's ports as its brokers': what lets it in decides then
        ({"kafka": kafka("kafka:9090", "kafka:8080")}, {}, set()),
        ({"kafka": kafka("kafka:9090", "kafka:8080")}, {"api": OWN_CLIENTS}, set()),
        ({"kafka": kafka("kafka:9092", ports=[9090, 8080])}, {"api": OWN_CLIENTS}, set()),
        ({"kafka": kafka("kafka:9092", namespaceSelector={}, ports=[9090])}, {"api": OWN_CLIENTS}, set()),
        # an api for everybody is for everybody; it asks for a key
        ({"kafka": kafka("kafka:8080")}, {"api": KEYS}, {API}),
        # brokers that are named as pods of one's own open nothing elsewhere
        ({"kafka": kafka("kafka:8080", **EGRESS_TO_OWN)}, {"api": KEYS}, set()),
    ],
)
def test_workers_of_two_tenants_reach_none_of_each_others_ports(
    ours: Manifest, theirs: Manifest, open_ports: set[int]
) -> None:
    shop, mall = tenant("shop", "10.1.0.1", **ours), tenant("mall", "10.1.0.2", **theirs)

    reached = {port for port in (OPS, API, DNS, KAFKA) if shop.reaches(mall, port)}

    assert reached == open_ports
    assert not any(mall.reaches(shop, port) for port in (OPS, API, DNS, KAFKA))


def test_the_operator_reaches_both_and_a_pod_that_calls_itself_so_elsewhere_reaches_neither() -> None:
    tenants = tenant("shop", "10.1.0.1"), tenant("mall", "10.1.0.2")
    operator, impostor = (End("10.1.0.3", {"app": "operator"}, where) for where in ("operators", "mall"))

    come_in = {
        (of.namespace, to.pod.namespace): lets_through(to.policy, "ingress", of, OPS)
        for of, to in product((operator, impostor), tenants)
    }

    assert come_in == {
        ("operators", "shop"): True,
        ("operators", "mall"): True,
        ("mall", "shop"): False,
        ("mall", "mall"): False,
    }


def test_two_pipelines_of_one_namespace_do_not_reach_each_other_either() -> None:
    first, second = tenant("shop", "10.1.0.1"), tenant("shop", "10.1.0.2", api=OWN_CLIENTS)

    assert not any(first.reaches(second, port) for port in (OPS, API, DNS, KAFKA))


def owned(of: Pipeline) -> set[tuple[str, str, str]]:
    """Return namespace, kind and name of everything that a pipeline owns."""
    decisions = Decisions(file=ScorerFile(serving=of.block), replicas=1, image="i")
    return {(child["metadata"]["namespace"], *reference(child)) for child in children(of, WORKERS, decisions)}


parts = st.sampled_from(("a", "b", "aa", "a-b"))
labels = st.lists(parts, min_size=1, max_size=2).map("-".join)
names = st.lists(parts, min_size=1, max_size=3).flatmap(lambda of: st.sampled_from("-.").map(lambda by: by.join(of)))
topics = names
places = st.tuples(labels, names, topics)


def admitted(namespace: str, name: str, topic: str) -> Pipeline:
    """Return a pipeline that the operator takes; others are not tried."""
    try:
        return pipeline(namespace, name, topic=topic)
    except InvalidPipeline:
        assume(False)
        raise


@given(places, places)
def test_what_one_pipeline_owns_is_never_anothers(ours: tuple[str, str, str], theirs: tuple[str, str, str]) -> None:
    assume(ours[:2] != theirs[:2])
    one, other = admitted(*ours), admitted(*theirs)

    assert owned(one).isdisjoint(owned(other))
    assert one.group("") != other.group("")
    begins, another = (transactional_prefix(of.startup("")) for of in (one, other))
    assert not begins.startswith(another)
    assert not another.startswith(begins)


def test_the_same_name_in_two_namespaces_shares_nothing_but_the_name() -> None:
    shop, mall = pipeline("shop"), pipeline("mall")

    assert ("shop", "Deployment", "wallets") in owned(shop)
    assert ("mall", "Deployment", "wallets") in owned(mall)
    assert owned(shop).isdisjoint(owned(mall))
    assert (shop.group(""), mall.group("")) == ("shop.wallets", "mall.wallets")
    assert transactional_prefix(shop.startup("")) == "shop.wallets.in."
    assert transactional_prefix(mall.startup("")) == "mall.wallets.in."


def test_no_field_of_a_pipeline_names_a_namespace() -> None:
    """What a pipeline refers to is in its own; only brokers and clients, to whom nothing is given, may be elsewhere."""
    places = {".".join(place) for place in _fields(crd.schema())}

    found = {place for place in places if "namespace" in place.lower()}

    peers = ("spec.kafka.egress.namespaceSelector", "spec.api.from.namespaceSelector")
    assert {place for place in found if not place.startswith(peers)} == set()
    assert found >= set(peers)


def _fields(schema: crd.Schema, place: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, inner in schema.get("properties", {}).items():
        yield (*place, name)
        yield from _fields(inner, (*place, name))
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(inner, dict):
            yield from _fields(inner, place)


def test_workers_have_an_account_of_their_own_without_any_right_or_token() -> None:
    of = pipeline("shop", api=KEYS)
    built = children(of, WORKERS, Decisions(file=ScorerFile(serving=of.block), replicas=1, image="i"))

    by_kind = {child["kind"]: child for child in built}
    pod = by_kind["Deployment"]["spec"]["template"]["spec"]
    assert set(by_kind) == {
        "ServiceAccount", "ConfigMap", "Service", "NetworkPolicy", "Deployment", "PodDisruptionBudget",
    }  # fmt: skip
    assert by_kind["ServiceAccount"]["automountServiceAccountToken"] is False
    assert (pod["serviceAccountName"], pod["automountServiceAccountToken"]) == ("wallets", False)
