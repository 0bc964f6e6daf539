"""No role that the chart renders has what others' advisories began with, whoever holds it and whatever values say."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import rendering
from harness.permissions import Right, granted
from harness.prerequisites import needed
from harness.rendering import CASES

pytestmark = pytest.mark.apiserver

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem.removesuffix("-values"))
READ = {"get", "list", "watch"}
WRITE = {"create", "update", "patch", "delete", "deletecollection"}


def rendered(*files: Path, **values: Any) -> list[dict[str, Any]]:
    with needed():
        return rendering.rendered(*files, **values)


def rules(made: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in made:
        yield from one.get("rules") or () if one["kind"] in ("Role", "ClusterRole") else ()


def forbidden(right: Right) -> bool:
    """Tell whether a right is one that no role here may give."""
    return (
        "*" in right
        or right.resource.startswith("secrets")
        or right.verb in ("escalate", "bind", "impersonate")
        or right.group in ("rbac.authorization.k8s.io", "admissionregistration.k8s.io", "apiextensions.k8s.io")
        or (right.resource.startswith(("pods/", "nodes", "serviceaccounts/")))
    )


@every_case
def test_no_role_gives_secrets_wildcards_shells_or_further_rights(case: Path) -> None:
    rights = granted({"rules": [rule]} for rule in rules(rendered(case)))

    assert rights
    assert {right for right in rights if forbidden(right)} == set()


@pytest.mark.parametrize(
    ("group", "resource", "verb"),
    [
        ("", "secrets", "get"),
        ("*", "pods", "list"),
        ("", "*", "list"),
        ("apps", "deployments", "*"),
        ("", "pods/exec", "create"),
        ("", "serviceaccounts/token", "create"),
        ("rbac.authorization.k8s.io", "roles", "bind"),
        ("", "users", "impersonate"),
    ],
)
def test_a_right_of_that_kind_would_be_seen(group: str, resource: str, verb: str) -> None:
    rule = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}

    assert all(forbidden(right) for right in granted([{"rules": [rule]}]))


@every_case
def test_rights_go_to_the_operators_account_alone(case: Path) -> None:
    made = rendered(case)
    (account,) = {one["spec"]["template"]["spec"]["serviceAccountName"] for one in made if one["kind"] == "Deployment"}
    bindings = [one for one in made if one["kind"] in ("RoleBinding", "ClusterRoleBinding")]

    assert bindings
    roles = {(one["kind"], one["metadata"]["name"]) for one in made if "rules" in one}
    for binding in bindings:
        assert [(one["kind"], one["name"]) for one in binding["subjects"]] == [("ServiceAccount", account)]
        assert (binding["roleRef"]["kind"], binding["roleRef"]["name"]) in roles


def test_in_its_own_namespace_the_operator_has_no_right_anywhere_else() -> None:
    kinds = {one["kind"] for one in rendered() if one["kind"].startswith("ClusterRole")}

    assert kinds == set()


def test_an_account_of_the_operator_is_no_pods_by_default() -> None:
    (account,) = (one for one in rendered() if one["kind"] == "ServiceAccount")

    assert account["automountServiceAccountToken"] is False


class TestPeople:
    """Roles for people, which Kubernetes adds to its own."""

    @staticmethod
    def roles(**values: Any) -> dict[str, dict[str, Any]]:
        made = rendered(**values)
        prefix = "rbac.authorization.k8s.io/aggregate-to-"
        return {
            label.removeprefix(prefix): one
            for one in made
            for label in one["metadata"].get("labels", {})
            if label.startswith(prefix)
        }

    @staticmethod
    def of(people: str, **values: Any) -> dict[str, set[str]]:
        """Return the verbs that people of a role have, by resource."""
        label = f"rbac.authorization.k8s.io/aggregate-to-{people}"
        made = [one for one in rendered(rbac__aggregate=True, **values) if label in one["metadata"].get("labels", {})]
        found: dict[str, set[str]] = {}
        for right in granted(made):
            found.setdefault(right.resource, set()).add(right.verb)
        return found

    def test_nobody_gets_any_unasked(self) -> None:
        assert self.roles() == {}

    def test_viewers_look_and_change_nothing(self) -> None:
        assert self.of("view") == {
            "scoringpipelines": READ,
            "scoringpipelines/status": READ,
            "scoringpipelines/scale": READ,
        }

    @pytest.mark.parametrize("people", ["edit", "admin"])
    def test_editors_write_pipelines_and_scale_them_but_no_status(self, people: str) -> None:
        assert self.of(people) == {
            "scoringpipelines": READ | WRITE,
            "scoringpipelines/status": READ,
            "scoringpipelines/scale": READ | {"update", "patch"},
        }

    def test_they_are_bound_to_nobody(self) -> None:
        bound = {one["roleRef"]["name"] for one in rendered(rbac__aggregate=True) if "roleRef" in one}

        assert not {one["metadata"]["name"] for one in self.roles(rbac__aggregate=True).values()} & bound
