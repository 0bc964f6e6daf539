"""After an installation a person reads what to do next, and what to mind of what is off."""

from pathlib import Path
from typing import Any

import pytest

from harness import rendering
from harness.chart import CHART
from harness.prerequisites import needed

pytestmark = pytest.mark.apiserver

MINDED: dict[str, tuple[dict[str, Any], bool]] = {
    "image.digest is empty": ({"image__digest": f"sha256:{'0' * 64}"}, False),
    "replicas is less than 2": ({"replicas": 1}, True),
    "monitoring is off": ({"monitoring__podMonitor__enabled": True}, False),
    "monitoring.rules is off": ({"monitoring__rules__enabled": True}, False),
    "\n- networkPolicy is off": ({"networkPolicy__enabled": False}, True),
    "workers.networkPolicy is off": ({"workers__networkPolicy__enabled": False}, True),
    "admissionPolicy is off": ({"admissionPolicy__enabled": False}, True),
    "crds.keep is off": ({"crds__keep": False}, True),
    "automountServiceAccountToken is off": ({"automountServiceAccountToken": False}, True),
}
"""By the beginning of a warning what makes it come or go."""


def notes(*files: Path, **values: Any) -> str:
    with needed():
        return rendering.notes(*files, **values)


@pytest.mark.parametrize("words", MINDED)
def test_a_warning_comes_with_what_it_warns_of_and_goes_with_it(words: str) -> None:
    values, comes = MINDED[words]

    assert (words in notes(), words in notes(**values)) == (not comes, comes)


def test_where_nothing_is_off_there_is_nothing_to_mind() -> None:
    assert "Mind:" not in notes(CHART / "ci/all-on-values.yaml")


def test_commands_name_the_namespace_and_the_operator_of_this_release() -> None:
    said = notes(namespace="bank", release="scores")

    assert "kubectl -n bank rollout status deployment/scores --timeout=90s" in said
    assert "kubectl -n bank apply -f manifests/wallet-reputation.yaml" in said
    assert "shop" not in said


@pytest.mark.parametrize(("scope", "words"), [("Namespace", "namespace shop."), ("Cluster", "all namespaces.")])
def test_the_first_line_says_whose_pipelines_are_served(scope: str, words: str) -> None:
    assert notes(scope=scope).splitlines()[0] == f"The operator serves ScoringPipelines of {words}"


@pytest.mark.parametrize(
    ("enabled", "keep", "expected"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_how_to_remove_the_definition_is_said_where_it_stays(enabled: bool, keep: bool, expected: bool) -> None:
    assert ("kubectl delete crd" in notes(crds__enabled=enabled, crds__keep=keep)) == expected
