"""Whether a NetworkPolicy lets a connection through, by the rules of Kubernetes: an oracle, and no cluster needed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any, Literal

Manifest = Mapping[str, Any]
Labels = Mapping[str, str]


@dataclass(frozen=True)
class End:
    """The other end of a connection: a pod, or an address outside of the cluster."""

    address: str
    labels: Labels = field(default_factory=dict)
    namespace: str = ""
    """Empty: no pod."""

    @property
    def namespace_labels(self) -> Labels:
        return {"kubernetes.io/metadata.name": self.namespace}


def lets_through(
    policy: Manifest, direction: Literal["ingress", "egress"], other: End, port: int, protocol: str = "TCP"
) -> bool:
    """Return whether a pod that the policy selects may be reached by, or reach, another end at a port."""
    assert direction.capitalize() in policy["spec"]["policyTypes"], "what is not policed is let through"
    peers = "from" if direction == "ingress" else "to"
    return any(
        _is_port(rule, port, protocol) and _is_peer(rule.get(peers), other, policy["metadata"]["namespace"])
        for rule in policy["spec"].get(direction, ())
    )


def _is_port(rule: Manifest, port: int, protocol: str) -> bool:
    return not rule.get("ports") or any((p["port"], p["protocol"]) == (port, protocol) for p in rule["ports"])


def _is_peer(peers: list[Manifest] | None, other: End, home: str) -> bool:
    if not peers:
        return True
    return any(_in_range(peer, other) if "ipBlock" in peer else _is_selected(peer, other, home) for peer in peers)


def _in_range(peer: Manifest, other: End) -> bool:
    return ip_address(other.address) in ip_network(peer["ipBlock"]["cidr"])


def _is_selected(peer: Manifest, other: End, home: str) -> bool:
    if not other.namespace:
        return False
    if "namespaceSelector" not in peer:
        if other.namespace != home:
            return False
    elif not _has(other.namespace_labels, peer["namespaceSelector"]):
        return False
    return _has(other.labels, peer.get("podSelector", {}))


def _has(labels: Labels, selector: Manifest) -> bool:
    return selector.get("matchLabels", {}).items() <= labels.items()
