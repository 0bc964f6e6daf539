"""The NetworkPolicy of the workers: DNS and brokers out; monitoring, the operator and the api's clients in.

It limits ports, not hosts, unless the pipeline names ranges or selectors: what brokers advertise is theirs to say.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from scoring_operator.config import WorkerDefaults
from scoring_operator.desired import naming
from scoring_operator.facts import Manifest
from scoring_service.contract.network import Egress, Peer, Selector
from scoring_service.contract.pipeline import Pipeline

DNS: Final = {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}


def network_policy(pipeline: Pipeline, workers: WorkerDefaults) -> Manifest | None:
    """Return the NetworkPolicy; None if the operator is not to make any."""
    if not workers.network_policy:
        return None
    api = pipeline.spec.api
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": naming.metadata(pipeline, pipeline.name),
        "spec": {
            "podSelector": {"matchLabels": naming.selector(pipeline.name)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                _rule("from", [workers.ops_port], list(workers.ops_peers)),
                *([] if api is None else [_rule("from", [workers.api_port], [_peer(peer) for peer in api.from_])]),
            ],
            "egress": [DNS, _brokers(pipeline)],
        },
    }


def _brokers(pipeline: Pipeline) -> Manifest:
    kafka = pipeline.spec.kafka
    egress = kafka.egress or Egress()
    advertised = {int(address.rpartition(":")[2]) for address in kafka.bootstrap_servers}
    peers = [_peer(Peer(cidr=cidr)) for cidr in egress.cidrs]
    if egress.pod_selector is not None or egress.namespace_selector is not None:
        peers.append(_peer(Peer(pod_selector=egress.pod_selector, namespace_selector=egress.namespace_selector)))
    return _rule("to", sorted(advertised.union(egress.ports)), peers)


def _rule(direction: str, ports: Iterable[int], peers: Sequence[Manifest]) -> Manifest:
    """Return a rule that lets through to the ports; without peers from or to anybody."""
    return {
        "ports": [{"protocol": "TCP", "port": port} for port in ports],
        **({direction: list(peers)} if peers else {}),
    }


def _peer(peer: Peer) -> Manifest:
    if peer.cidr is not None:
        return {"ipBlock": {"cidr": peer.cidr}}
    given = {"podSelector": peer.pod_selector, "namespaceSelector": peer.namespace_selector}
    return {name: _selector(selector) for name, selector in given.items() if selector is not None}


def _selector(selector: Selector) -> dict[str, Any]:
    return {"matchLabels": selector.match_labels} if selector.match_labels else {}
