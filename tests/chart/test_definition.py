"""The definition of ScoringPipeline lives with the release, and outlives it unless somebody has said otherwise."""

import json

import pytest

from chart.conftest import Another
from harness.releases import Release

pytestmark = pytest.mark.apiserver


def test_after_uninstalling_the_definition_and_all_pipelines_are_there(release: Release) -> None:
    release.install()
    uid = release.apply_pipeline()

    release.uninstall()

    assert release.pipelines() == {"wallets": uid}
    assert not [name for name in _left(release) if "scoring-operator" in name]


def test_without_keep_uninstalling_deletes_the_definition_and_all_pipelines_of_the_cluster(
    release: Release, another: Another
) -> None:
    elsewhere = another()
    release.install("--set=crds.keep=false")
    release.apply_pipeline()
    elsewhere.apply_pipeline()

    release.uninstall()

    release.until_no_definition()
    with pytest.raises(RuntimeError, match=r"doesn't have a resource type|could not find the requested resource"):
        elsewhere.pipelines()


def test_a_release_that_gives_the_definition_up_leaves_it_there(release: Release) -> None:
    release.install()
    uid = release.apply_pipeline()

    release.upgrade("--set=crds.enabled=false")

    assert release.pipelines() == {"wallets": uid}


def test_a_release_that_gives_the_definition_up_without_keep_deletes_it(release: Release) -> None:
    release.install("--set=crds.keep=false")
    release.apply_pipeline()

    release.upgrade("--set=crds.enabled=false")

    release.until_no_definition()


def test_keep_can_be_said_later(release: Release) -> None:
    release.install("--set=crds.keep=false")
    uid = release.apply_pipeline()

    release.upgrade("--set=crds.keep=true")
    release.uninstall()

    assert release.pipelines() == {"wallets": uid}


def test_the_same_release_finds_its_definition_again(release: Release) -> None:
    release.install()
    uid = release.apply_pipeline()
    release.uninstall()

    release.install()

    assert release.pipelines() == {"wallets": uid}


def test_another_release_takes_a_definition_that_was_left(release: Release, another: Another) -> None:
    release.install()
    uid = release.apply_pipeline()
    release.uninstall()
    heir = another("heir")

    with pytest.raises(RuntimeError, match="invalid ownership metadata"):
        heir.install()
    heir.install("--take-ownership")

    assert release.pipelines() == {"wallets": uid}
    heir.uninstall()
    assert release.pipelines() == {"wallets": uid}


def test_a_second_release_works_without_the_definition_and_not_with_it(release: Release, another: Another) -> None:
    release.install()
    uid = release.apply_pipeline()
    second = another()

    with pytest.raises(RuntimeError, match=rf'must equal "{second.namespace}": current value is "{release.namespace}"'):
        second.install()
    second.install("--set=crds.enabled=false")
    second.apply_pipeline()
    second.uninstall()

    assert release.pipelines() == {"wallets": uid}
    assert second.pipelines().keys() == {"wallets"}


def test_two_releases_of_the_whole_cluster_share_no_object(release: Release, another: Another) -> None:
    second = another()
    release.install("--set=scope=Cluster")

    second.install("--set=scope=Cluster", "--set=crds.enabled=false")

    uids = [{made["metadata"]["uid"] for made in one.objects().values()} for one in (release, second)]
    assert uids[0].isdisjoint(uids[1])
    assert len(uids[1]) > 5


def _left(release: Release) -> list[str]:
    """Return the release's objects that are still there, Helm's records of it included."""
    kinds = "deployments,roles,rolebindings,serviceaccounts,poddisruptionbudgets,secrets"
    clusterwide = "clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings"
    found = [
        item["metadata"]
        for of in (kinds, clusterwide)
        for item in json.loads(release.kubectl("get", of, "-o", "json"))["items"]
    ]
    return [f"{meta.get('namespace', '')} {meta['name']}" for meta in found if release.namespace in str(meta)]
