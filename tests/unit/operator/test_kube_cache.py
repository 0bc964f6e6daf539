"""The cache never goes back: whatever order watches, lists and our own writes arrive in, the newest version stays."""

import itertools
import random
from typing import cast

import pytest

from harness.pipelines import KEY, a_manifest, a_pipeline
from scoring_operator.cluster.kube.cache import Cache
from scoring_operator.cluster.kube.client import KubeClient
from scoring_operator.cluster.kube.cluster import KubeCluster
from scoring_operator.cluster.kube.pods import mounted_config_maps, pod_of, pods_of
from scoring_operator.desired import naming
from scoring_operator.facts import Manifest
from scoring_operator.scaling.foreign import other_autoscaler

NAME = ("ConfigMap", *KEY)
WRITTEN = [
    {"manager": "scoring/shop/ours", "operation": "Apply", "fieldsV1": {"f:data": {"f:version": {}}}},
    {"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:data": {"f:more": {}}}},
]


def at(version: int, **parts: object) -> Manifest:
    """Return a child at a version; its content names the version."""
    metadata = naming.metadata(a_pipeline(), KEY.name)
    return {
        "kind": "ConfigMap",
        "metadata": {**metadata, "uid": "one", "resourceVersion": str(version), "managedFields": WRITTEN},
        "data": {"version": str(version)},
        **parts,
    }


def a_pipeline_at(version: int, status: Manifest | None = None, generation: int = 1) -> Manifest:
    manifest = a_manifest()
    manifest["metadata"].update(uid="p", resourceVersion=str(version), generation=generation)
    return {**manifest, **({"status": status} if status else {})}


def test_a_newer_version_asks_for_a_reconcile_and_an_equal_or_older_one_does_not() -> None:
    cache = Cache()

    assert cache.saw(at(5)) == KEY
    assert cache.saw(at(5)) is None
    assert cache.saw(at(4)) is None
    assert cache.saw(at(6)) == KEY


def test_of_one_version_an_answer_counts_and_not_what_a_watch_reads_by_a_former_definition() -> None:
    cache, filled_in = Cache(), {**at(5), "data": {"version": "5", "default": "yes"}}
    cache.saw(at(5))

    assert cache.saw(filled_in, is_answer=True) == KEY
    assert cache.saw(at(5)) is None
    assert (cache.get(NAME) or {})["data"] == filled_in["data"]
    assert cache.saw(at(4), is_answer=True) is None
    cache.lost(at(7))
    assert cache.saw(at(7), is_answer=True) is None


def test_a_version_in_which_nothing_that_we_read_changed_asks_for_nothing() -> None:
    cache = Cache()
    cache.saw(at(5))

    assert cache.saw({**at(6), "data": at(5)["data"]}) is None
    found = cache.get(NAME)
    assert found is not None
    assert found["metadata"]["resourceVersion"] == "6"


def test_what_somebody_else_writes_into_the_status_asks_for_a_reconcile() -> None:
    cache = Cache()
    cache.saw(a_pipeline_at(1, {"partitions": 6}))

    assert cache.saw(a_pipeline_at(2, {"partitions": 7})) == KEY


def test_a_resume_asks_for_a_reconcile_and_another_annotation_does_not() -> None:
    cache = Cache()
    cache.saw(a_pipeline_at(1))
    noted, resumed = a_pipeline_at(2), a_pipeline_at(3)
    noted["metadata"]["annotations"] = {"team": "wallets"}
    resumed["metadata"]["annotations"] = {"team": "wallets", "scoring.dev/resume": "now"}

    assert cache.saw(noted) is None
    assert cache.saw(resumed) == KEY


def test_a_child_whose_digest_somebody_took_away_asks_for_a_reconcile() -> None:
    cache = Cache()
    marked, bare = at(1, data={}), at(2, data={})
    marked["metadata"]["annotations"] = {naming.APPLIED_ANNOTATION: "abc"}
    cache.saw(marked)

    assert cache.saw(bare) == KEY


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_any_order_of_sightings_ends_at_the_newest(order: tuple[int, ...]) -> None:
    cache = Cache()
    for version in order:
        cache.saw(at(version))

    found = cache.get(NAME)
    assert found is not None
    assert found["data"] == {"version": "3"}


def test_a_late_sighting_does_not_bring_back_what_is_deleted() -> None:
    cache = Cache()
    cache.saw(at(5))

    assert cache.lost(at(7)) == KEY
    assert cache.saw(at(6)) is None
    assert cache.get(NAME) is None
    assert cache.saw(at(8)) == KEY


def test_a_late_deletion_does_not_take_what_was_made_since() -> None:
    cache = Cache()
    cache.saw(at(9))

    assert cache.lost(at(7)) is None
    assert cache.get(NAME) is not None


def test_a_complete_list_takes_what_it_does_not_name_unless_that_is_newer() -> None:
    cache = Cache()
    cache.saw(at(5))

    assert cache.keep_only("ConfigMap", [], 4) == []
    assert cache.keep_only("ConfigMap", [NAME], 9) == []
    assert cache.keep_only("ConfigMap", [], 9) == [KEY]
    assert list(cache.of(KEY)) == []


def test_a_child_that_loses_its_owner_stays_known_by_its_labels_and_its_former_owner_is_asked() -> None:
    cache = Cache()
    cache.saw(at(5))
    orphan = at(6)
    del orphan["metadata"]["ownerReferences"]

    assert cache.saw(orphan) == KEY
    assert [naming.is_orphan(found, KEY) for found in cache.of(KEY)] == [True]


def test_a_child_that_somebody_else_took_is_gone_and_its_former_owner_is_asked() -> None:
    cache = Cache()
    cache.saw(at(5))
    taken = at(6)
    taken["metadata"]["ownerReferences"] = [{"apiVersion": "v1", "kind": "Other", "uid": "x", "controller": True}]

    assert cache.saw(taken) == KEY
    assert list(cache.of(KEY)) == []


class Restored:
    """An API server that lists what a backup holds: all its versions are low again."""

    async def request(self, _verb: str, path: str, **_: object) -> Manifest:
        items = [at(3)] if path.endswith("/configmaps") else []
        return {"metadata": {"resourceVersion": "4"}, "items": items}


async def test_a_list_of_a_restored_cluster_wins_over_all_that_was_seen_before() -> None:
    cluster = KubeCluster(cast("KubeClient", Restored()))
    cluster.saw(a_pipeline_at(8))
    cluster.saw(at(9))
    cluster.saw(at(12), deleted=True)
    cluster.saw(at(20))

    assert await cluster.resync() == {KEY}

    observed = cluster._cache.get(NAME)
    assert observed is not None
    assert observed["data"] == {"version": "3"}
    assert cluster.observe(KEY).pipeline is None


class Listing:
    """An API server that lists what it is told to."""

    def __init__(self, *items: Manifest, version: int) -> None:
        self.items, self.version = items, version

    async def request(self, _verb: str, path: str, **_: object) -> Manifest:
        items = list(self.items) if path.endswith("/configmaps") else []
        return {"metadata": {"resourceVersion": str(self.version)}, "items": items}


@pytest.mark.parametrize("listed", [(), (at(9),)], ids=["it is gone", "it is another version"])
async def test_a_list_of_one_resource_tells_of_which_pipelines_anything_is_other(listed: tuple[Manifest, ...]) -> None:
    cluster = KubeCluster(cast("KubeClient", Listing(*listed, version=9)))
    cluster.saw(a_pipeline_at(3))
    cluster.saw(at(5))

    assert await cluster.relist("pods") == []
    assert await cluster.relist("leases") == []
    assert await cluster.relist("configmaps") == [KEY]
    assert await cluster.relist("configmaps") == []
    assert cluster.observe(KEY).pipeline is not None


def test_what_nobody_reads_is_not_kept() -> None:
    cache = Cache()
    cache.saw(at(5))

    found = cache.get(NAME)
    assert found is not None
    assert found["metadata"]["managedFields"] == [{"manager": "scoring/shop/ours", "operation": "Apply"}]


def test_who_writes_the_scale_subresource_of_a_pipeline_is_kept() -> None:
    cache, scale = Cache(), {"manager": "keda", "subresource": "scale", "fieldsV1": {"f:spec": {"f:replicas": {}}}}
    pipeline = a_pipeline_at(5)
    pipeline["metadata"]["managedFields"] = [*WRITTEN, scale]

    cache.saw(pipeline)

    found = cache.get(("ScoringPipeline", *KEY))
    assert found is not None
    assert other_autoscaler(found) == "keda"


def test_a_random_history_replayed_in_any_order_gives_the_same_cache() -> None:
    """Sightings of three versions, a deletion and a successor, shuffled: the successor stays."""
    history = [(False, version) for version in range(3)] + [(True, 3), (False, 4)]
    for seed in range(50):
        cache = Cache()
        shuffled = random.Random(seed).sample(history, len(history))
        for deleted, version in shuffled:
            cache.lost(at(version)) if deleted else cache.saw(at(version))
        found = cache.get(NAME)
        assert found is not None
        assert found["data"] == {"version": "4"}


def a_kube_pod(**status: object) -> Manifest:
    return {
        "kind": "Pod",
        "metadata": {"namespace": "shop", "name": "wallets-0", "uid": "u"},
        "spec": {"volumes": [{"name": "a", "configMap": {"name": "one"}}, {"name": "b", "emptyDir": {}}]},
        "status": {"phase": "Running", "podIP": "10.0.0.1", **status},
    }


READY = [{"type": "Ready", "status": "True"}]


def test_a_ready_pod_can_be_asked_at_its_address() -> None:
    pod = pod_of(a_kube_pod(conditions=READY, containerStatuses=[{"restartCount": 2}]))

    assert (pod.address, pod.ready, pod.terminating, pod.restarts) == ("10.0.0.1:9090", True, False, 2)


def test_an_address_of_version_six_is_bracketed_and_an_unknown_one_is_empty() -> None:
    assert pod_of(a_kube_pod(podIP="fd00::1")).address == "[fd00::1]:9090"
    assert pod_of(a_kube_pod(podIP="")).address == ""


PENDING = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes: cpu"}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]}, "ImagePullBackOff"),
        ({"containerStatuses": [{"state": {"waiting": {"reason": "ContainerCreating"}}}]}, ""),
        ({"containerStatuses": [{"state": {"running": {}}}]}, ""),
        ({"phase": "Pending", "conditions": [PENDING]}, "Unschedulable: 0/3 nodes: cpu"),
        ({"conditions": READY, "containerStatuses": [{"state": {"waiting": {"reason": "Odd"}}}]}, ""),
    ],
)
def test_a_pod_that_does_not_run_says_why_unless_it_is_on_its_way(status: Manifest, expected: str) -> None:
    assert pod_of(a_kube_pod(**status)).waiting == expected


@pytest.mark.parametrize("phase", ["Failed", "Succeeded"])
def test_a_pod_that_has_ended_does_not_count(phase: str) -> None:
    pod = pod_of(a_kube_pod(phase=phase, conditions=READY))

    assert (pod.ready, pod.terminating) == (False, True)


def test_config_maps_are_found_in_pods_and_in_the_templates_of_replica_sets() -> None:
    pod = a_kube_pod()

    assert mounted_config_maps(pod) == ["one"]
    assert mounted_config_maps({"kind": "ReplicaSet", "spec": {"template": {"spec": pod["spec"]}}}) == ["one"]


def made(kind: str, uid: str, template: Manifest, *, owner: str = "", controller: str = "ReplicaSet") -> Manifest:
    """Return an object with a template, or a pod that `owner` made."""
    references = [{"kind": controller, "uid": owner, "controller": True}] if owner else []
    meta = {"namespace": "shop", "name": uid, "uid": uid, "ownerReferences": references}
    return {"kind": kind, "metadata": meta, "spec": {"template": template, "replicas": 1}}


def a_template(image: str, **labels: str) -> Manifest:
    return {"metadata": {"labels": {"app": "w", **labels}}, "spec": {"containers": [{"image": image}]}}


def test_a_pod_is_former_if_its_replica_set_has_another_template_than_the_deployment() -> None:
    found = [
        made("Deployment", "d", a_template("two")),
        made("ReplicaSet", "old", a_template("one", **{"pod-template-hash": "1"})),
        made("ReplicaSet", "new", a_template("two", **{"pod-template-hash": "2"})),
        *(made("Pod", name, {}, owner=owner) for name, owner in [("a", "old"), ("b", "new"), ("c", "unheard of")]),
    ]

    assert {pod.name: pod.is_former for pod in pods_of(found)} == {"a": True, "b": False, "c": True}


def test_a_pod_that_no_replica_set_made_is_none_of_ours() -> None:
    """`kubectl debug --copy-to --keep-labels` makes one: it never scores, and would hold up every promotion."""
    copies = [made("Pod", "copy", {}), made("Pod", "theirs", {}, owner="x", controller="Job")]

    assert list(pods_of(copies)) == []
