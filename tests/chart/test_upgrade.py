"""A release is upgraded, rolled back, handed to another Helm, and written to by others in between."""

import json
from pathlib import Path

import pytest

from harness import former
from harness.helm import Helm
from harness.pipelines import a_manifest
from harness.releases import Release

pytestmark = pytest.mark.apiserver

DEPLOYMENT = "deployment/scoring-operator"


def test_an_upgrade_to_the_same_writes_nothing(release: Release) -> None:
    release.install()
    before = release.versions()

    release.upgrade()

    assert release.versions() == before
    assert len(before) > 8


def test_an_upgrade_from_the_former_chart_keeps_definition_pipelines_and_selector(release: Release) -> None:
    with former.sources() as before:
        print(f"\nfrom {before.revision}")
        release.install(chart=before.repository / "charts/scoring-operator")
    uid, uids = release.apply_pipeline(), {name: uid for name, (uid, _) in release.versions().items()}

    release.upgrade()

    assert release.pipelines() == {"wallets": uid}
    after = {name: uid for name, (uid, _) in release.versions().items()}
    assert {name: after.get(name) for name in uids} == uids


def test_an_upgrade_brings_a_field_and_a_rollback_takes_it_away_and_keeps_what_was_written(
    release: Release, later: Path
) -> None:
    release.install()
    before, uid = release.specs(), release.apply_pipeline()
    release.upgrade(chart=later)
    note(release, "a newer field")

    release.rollback(1)

    assert release.specs() == before
    assert release.pipelines() == {"wallets": uid}
    with pytest.raises(RuntimeError, match=r'unknown field "spec\.note"'):
        note(release, "not any more")
    release.kubectl("patch", "scoringpipeline/wallets", "--type=merge", "-p", '{"spec":{"replicas":3}}')


def test_a_release_is_handed_from_one_helm_to_the_other_and_back(
    release: Release, later: Path, other_helm: Helm
) -> None:
    release.install()
    uid, before = release.apply_pipeline(), release.specs()
    other = Release(other_helm, release.server, release.namespace)

    other.upgrade(chart=later)
    note(release, "a newer field")
    release.upgrade()

    assert release.specs() == before
    assert release.pipelines() == {"wallets": uid}


def test_replicas_that_somebody_else_has_written_are_put_back_or_told(release: Release) -> None:
    """Helm 4 applies, and a field of another manager is a conflict; Helm 3 compares three ways, and says nothing."""
    release.install()
    release.kubectl("scale", DEPLOYMENT, "--replicas=1")

    if release.helm.major == 4:
        with pytest.raises(RuntimeError, match=r'conflict with "kubectl" .*: \.spec\.replicas'):
            release.upgrade()
        with pytest.raises(RuntimeError, match=r'conflict with "kubectl" .*: \.spec\.replicas'):
            release.rollback(1)
        release.upgrade("--set=replicas=1")
        release.upgrade("--reset-values", "--force-conflicts")
    else:
        release.upgrade()

    assert replicas(release) == 2


def test_a_rollback_puts_back_what_somebody_else_has_written(release: Release) -> None:
    release.install()
    release.upgrade("--set=liveRefresh=false")
    release.kubectl("scale", DEPLOYMENT, "--replicas=1")

    release.rollback(1, *(["--force-conflicts"] if release.helm.major == 4 else []))

    assert replicas(release) == 2


def test_a_label_of_somebody_else_survives_an_upgrade(release: Release, later: Path) -> None:
    release.install()
    release.kubectl("label", DEPLOYMENT, "team=shop")

    release.upgrade(chart=later)

    assert release.objects()["Deployment/scoring-operator"]["metadata"]["labels"]["team"] == "shop"


def test_what_is_switched_off_is_deleted_and_comes_back(release: Release) -> None:
    release.install()
    before = set(release.objects())

    release.upgrade("--set=replicas=1", "--set=admissionPolicy.enabled=false")
    without = set(release.objects())
    release.upgrade("--reset-values")

    assert {name.partition("/")[0] for name in before - without} == {
        "PodDisruptionBudget",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    }
    assert set(release.objects()) == before


def test_without_values_an_upgrade_goes_on_with_the_former_ones_and_with_any_it_forgets_them(release: Release) -> None:
    release.install("--set=replicas=1")

    release.upgrade()
    kept = replicas(release)
    release.upgrade("--set=liveRefresh=false")
    forgotten = replicas(release)
    release.upgrade("--set=replicas=1")
    release.upgrade("--reset-then-reuse-values", "--set=liveRefresh=false")

    assert (kept, forgotten, replicas(release)) == (1, 2, 1)


def note(release: Release, text: str) -> None:
    """Use the field of the later definition."""
    manifest = a_manifest(replicas=2, note=text)
    manifest["metadata"] = {"name": "wallets"}
    release.kubectl("apply", "--validate=strict", "-f", "-", stdin=json.dumps(manifest))


def replicas(release: Release) -> int:
    """Return how many processes of the operator are wanted."""
    return int(release.kubectl("get", DEPLOYMENT, "-o", "jsonpath={.spec.replicas}"))
