"""Rights on an API server: those that a chart's roles grant, and those that an account has used, as the server logged.

Creating by server-side apply is a patch to the log and needs the right to create as well: the answer's code tells.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from harness.apiserver import Apiserver

KINDS: Final = ("ServiceAccount", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
CREATED: Final = 201
FORBIDDEN: Final = 403


class Right(NamedTuple):
    """What RBAC knows: one verb on one resource."""

    group: str
    resource: str
    """Plural, with the subresource: `pods`, `scoringpipelines/status`."""
    verb: str


class Asked(NamedTuple):
    """One answered request; a watch is answered when it is open."""

    right: Right
    namespace: str
    """Empty: all, or the resource has none."""
    name: str
    """Empty: several, or one that is made."""
    code: int


def granted(objects: Iterable[Mapping[str, Any]]) -> set[Right]:
    """Return all that the roles among a chart's objects allow, wherever and on whatever names."""
    rules = [rule for made in objects for rule in made.get("rules") or ()]
    return {
        Right(group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def asked(log: Path, account: str) -> list[Asked]:
    """Return what an account (`namespace:name`) has asked about resources, refused or not."""
    return [_asked(event) for event in _answered(log, account) if "objectRef" in event]


def refused(log: Path, account: str) -> list[str]:
    """Return the URIs that were refused to an account, those of no resource as well."""
    return [event["requestURI"] for event in _answered(log, account) if event["responseStatus"]["code"] == FORBIDDEN]


def used(requests: Iterable[Asked]) -> set[Right]:
    """Return the rights without which these requests would have been refused."""
    return {right for request in requests for right in _needed(request)}


def install(server: Apiserver, objects: Iterable[Mapping[str, Any]]) -> None:
    """Make account, roles and bindings as the chart renders them, and nothing else of it."""
    items = [made for made in objects if made["kind"] in KINDS]
    server.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def remove(server: Apiserver, objects: Iterable[Mapping[str, Any]]) -> None:
    """Delete of the same what belongs to no namespace."""
    items = [made for made in objects if made["kind"] in KINDS and "namespace" not in made["metadata"]]
    if items:
        server.kubectl("delete", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def _answered(log: Path, account: str) -> Iterator[dict[str, Any]]:
    for line in log.read_bytes().splitlines():
        event = json.loads(line)
        if event["user"]["username"] == f"system:serviceaccount:{account}" and "responseStatus" in event:
            yield event


def _asked(event: Mapping[str, Any]) -> Asked:
    about = event["objectRef"]
    resource = "/".join(filter(None, (about["resource"], about.get("subresource", ""))))
    right = Right(about.get("apiGroup", ""), resource, event["verb"])
    return Asked(right, about.get("namespace", ""), about.get("name", ""), event["responseStatus"]["code"])


def _needed(request: Asked) -> Iterator[Right]:
    yield request.right
    if request.right.verb == "patch" and request.code == CREATED:
        yield request.right._replace(verb="create")
