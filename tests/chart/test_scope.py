"""What the installed roles let the operator do, asked of the API server itself."""

import pytest

from chart.conftest import Another
from harness.releases import Release

pytestmark = pytest.mark.apiserver

SERVED = (
    ("list", "scoringpipelines.scoring.dev"),
    ("patch", "deployments.apps"),
    ("create", "configmaps"),
    ("delete", "networkpolicies.networking.k8s.io"),
    ("watch", "pods"),
)


NEVER = (
    ("get", "secrets"),
    ("list", "secrets"),
    ("create", "roles.rbac.authorization.k8s.io"),
    ("patch", "pods/status"),
)


def test_an_operator_of_one_namespace_may_do_nothing_in_another(release: Release, another: Another) -> None:
    release.install()
    elsewhere = another().namespace

    assert all(release.allowed(SERVED, release.namespace))
    assert not any(release.allowed(SERVED, elsewhere))
    assert not any(release.allowed(SERVED, ""))


def test_an_operator_of_the_cluster_may_do_the_same_in_every_namespace(release: Release, another: Another) -> None:
    release.install("--set=scope=Cluster")
    elsewhere = another().namespace

    assert all(release.allowed(SERVED, elsewhere))
    assert all(release.allowed(SERVED, ""))
    assert not any(release.allowed(NEVER, release.namespace))


def test_a_scope_that_is_narrowed_takes_the_rights_elsewhere_away(release: Release, another: Another) -> None:
    release.install("--set=scope=Cluster")
    elsewhere = another().namespace

    release.upgrade("--set=scope=Namespace")

    assert all(release.allowed(SERVED, release.namespace))
    assert not any(release.allowed(SERVED, elsewhere))
