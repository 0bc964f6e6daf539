"""The definition comes from a file of the chart, without Helm: first it, then the operator."""

import pytest

from chart.conftest import Another
from harness.chart import CHART
from harness.releases import DEFINITION, Release

pytestmark = pytest.mark.apiserver

FILE = str(CHART / "files/scoringpipelines.yaml")
ESTABLISHED = ("--for=condition=Established", "--timeout=30s")


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


@pytest.mark.parametrize("options", [(), ("--server-side",)], ids=["client", "server"])
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


def test_a_release_gives_it_to_kubectl(release: Release, another: Another) -> None:
    release.install()
    uid = release.apply_pipeline()

    release.upgrade("--set=crds.enabled=false")
    release.kubectl("apply", "--server-side", "--force-conflicts", "-f", FILE)
    release.uninstall()

    assert release.pipelines() == {"wallets": uid}
