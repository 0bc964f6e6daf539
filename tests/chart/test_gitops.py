"""The definition comes from a file of the chart, without Helm: first it, then the operator."""

from pathlib import Path

import pytest

from chart.conftest import Another
from harness.chart import CHART
from harness.releases import DEFINITION, Release

pytestmark = pytest.mark.apiserver

FILE = str(CHART / "files/scoringpipelines.yaml")
ESTABLISHED = ("--for=condition=Established", "--timeout=30s")


NEWER = "jsonpath={.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.note.type}"
"""Of the later chart's definition alone."""
KUBECTLS = pytest.mark.parametrize("options", [(), ("--server-side",)], ids=["client", "server"])


@pytest.fixture
def applied(release: Release) -> Release:
    """A release without the definition, which kubectl has applied."""
    release.kubectl("apply", "-f", FILE)
    release.kubectl("wait", *ESTABLISHED, DEFINITION)
    return release


def test_it_is_applied_from_a_file_and_helm_leaves_it_alone(applied: Release) -> None:
    applied.install("--set=crds.enabled=false")
    uid = applied.apply_pipeline()

    assert "CustomResourceDefinition" not in str(list(applied.objects()))
    applied.uninstall()
    assert applied.pipelines() == {"wallets": uid}


@KUBECTLS
def test_to_apply_it_again_changes_nothing(applied: Release, options: tuple[str, ...]) -> None:
    generation = ("get", DEFINITION, "-o", "jsonpath={.metadata.generation}")
    before = applied.kubectl(*generation)

    applied.kubectl("apply", *options, "-f", FILE)

    assert applied.kubectl(*generation) == before


def test_a_release_takes_it_over_from_kubectl(applied: Release) -> None:
    applied.apply_pipeline()

    with pytest.raises(RuntimeError, match="invalid ownership metadata"):
        applied.install()
    applied.install("--take-ownership")

    assert "CustomResourceDefinition/scoringpipelines.scoring.dev" in applied.objects()


@KUBECTLS
def test_a_release_takes_an_older_one_over_from_kubectl(
    release: Release, later: Path, options: tuple[str, ...]
) -> None:
    """Helm 4 is refused by the server until it is told to force it; Helm 3 replaces it."""
    release.kubectl("apply", *options, "-f", FILE)

    if release.helm.major == 4:
        with pytest.raises(RuntimeError, match=r'conflict with "kubectl.*\.spec\.versions'):
            release.install("--take-ownership", chart=later)
        release.upgrade("--take-ownership", "--force-conflicts", chart=later)
    else:
        release.install("--take-ownership", chart=later)

    assert release.kubectl("get", DEFINITION, "-o", NEWER) == "string"


def test_a_release_gives_it_to_kubectl(release: Release, another: Another) -> None:
    release.install()
    uid = release.apply_pipeline()

    release.upgrade("--set=crds.enabled=false")
    release.kubectl("apply", "--server-side", "--force-conflicts", "-f", FILE)
    release.uninstall()

    assert release.pipelines() == {"wallets": uid}
