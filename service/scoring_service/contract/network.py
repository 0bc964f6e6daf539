"""Whom the workers' pods may connect to, and who may connect to them, as far as a person says so."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from scoring_service.contract.wire import Closed

MAX_PORTS: Final = 16
MAX_PEERS: Final = 16
MAX_LABELS: Final = 8
MAX_VALUE: Final = 63
MAX_RANGE: Final = 49
PORTS: Final = "write numbers from 1 to 65535"
RANGES: Final = "write each range as address/length, such as 10.0.0.0/8"
RANGE: Final = "write a range as address/length, such as 10.0.0.0/8"
EITHER: Final = "set either cidr or selectors of each peer"

_is_range = re.compile(r"([0-9]{1,3}([.][0-9]{1,3}){3}|[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7})/[0-9]{1,3}").fullmatch


class Selector(Closed, frozen=True):
    """Selects by labels, which all must match; empty selects all."""

    match_labels: dict[str, str] = {}


class Egress(Closed, frozen=True):
    """Where the pods may connect to, besides DNS and the ports of the brokers' addresses."""

    ports: tuple[int, ...] = ()
    cidrs: tuple[str, ...] = ()
    pod_selector: Selector | None = None
    namespace_selector: Selector | None = None


class Peer(Closed, frozen=True):
    """Who may connect: a range of addresses, or pods."""

    cidr: str | None = None
    pod_selector: Selector | None = None
    namespace_selector: Selector | None = None


def broken_egress(egress: Egress) -> Iterator[tuple[str, str | None]]:
    """Yield every rule that an egress keeps to, behind its path within it; None for one that it keeps.

    Whether labels and ranges mean something is left to the API server.
    """
    yield ".ports", _at_most(MAX_PORTS, "ports", egress.ports)
    yield ".ports", None if all(1 <= port <= 65535 for port in egress.ports) else PORTS
    yield ".cidrs", _at_most(MAX_PEERS, "ranges", egress.cidrs)
    yield ".cidrs", None if all(map(_is_cidr, egress.cidrs)) else RANGES
    yield from _selectors(egress)


def broken_peers(peers: Sequence[Peer]) -> Iterator[tuple[str, str | None]]:
    """Yield the same of those who may connect."""
    yield "", _at_most(MAX_PEERS, "peers", peers)
    for peer in peers:
        has_selectors = peer.pod_selector is not None or peer.namespace_selector is not None
        yield "", None if (peer.cidr is not None) != has_selectors else EITHER
        yield ".cidr", None if peer.cidr is None or _is_cidr(peer.cidr) else RANGE
        yield from _selectors(peer)


def _selectors(holder: Egress | Peer) -> Iterator[tuple[str, str | None]]:
    given = {".podSelector": holder.pod_selector, ".namespaceSelector": holder.namespace_selector}
    for path, selector in given.items():
        labels = selector.match_labels if selector else {}
        yield f"{path}.matchLabels", _at_most(MAX_LABELS, "labels", labels)
        is_long = any(len(value) > MAX_VALUE for value in labels.values())
        yield f"{path}.matchLabels", f"write values of at most {MAX_VALUE} characters" if is_long else None


def _is_cidr(text: str) -> bool:
    return len(text) <= MAX_RANGE and bool(_is_range(text))


def _at_most(most: int, what: str, given: Sequence[Any] | dict[str, str]) -> str | None:
    return None if len(given) <= most else f"write at most {most} {what}"
