"""What the operator's ServiceAccount may do to a pod, on a real API server with the chart's Role and policy."""

import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from kubernetes.client.exceptions import ApiException

from harness import chart
from harness.apiserver import Apiserver
from harness.identity import operator_kubeconfig
from harness.permissions import granted
from harness.prerequisites import needed
from harness.stage import Api, until
from scoring_service.contract.names import NUDGE_ANNOTATION

pytestmark = pytest.mark.apiserver

ONLY = "the scoring operator may change only scoring.dev/* annotations of pods"
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "wallets-0", "labels": {"app": "wallets"}, "annotations": {"team.example/note": "keep"}},
    "spec": {"containers": [{"name": "worker", "image": "worker:1"}], "serviceAccountName": "default"},
}
NUDGE = {"metadata": {"annotations": {NUDGE_ANNOTATION: "abc-1"}}}


class Place(NamedTuple):
    """A namespace with a pod, and two who patch it."""

    operator: Api
    person: Api

    async def pod(self) -> dict[str, Any]:
        found = await self.person.get("v1/pods/wallets-0")
        assert found is not None
        return found


async def patched(who: Api, change: dict[str, Any], query: str = "") -> str:
    """Patch the pod; return why that is refused, empty if it is not."""
    try:
        await who.call("PATCH", f"v1/pods/wallets-0{query}", change, "application/strategic-merge-patch+json")
    except ApiException as error:
        return str(json.loads(error.body)["message"])
    return ""


@pytest.fixture
async def place(apiserver: Apiserver, tmp_path: Path) -> AsyncIterator[Place]:
    namespace = f"policy-{uuid.uuid4().hex[:8]}"
    with needed():
        objects = chart.rendered(namespace)
    policies = yaml.safe_dump_all(made for made in objects if "AdmissionPolicy" in made["kind"])
    apiserver.kubectl("create", "namespace", namespace)
    apiserver.kubectl("-n", namespace, "create", "serviceaccount", "default")
    apiserver.kubectl("-n", namespace, "create", "-f", "-", stdin=json.dumps(POD))
    operator = Api(operator_kubeconfig(apiserver, namespace, tmp_path), namespace)
    person = Api(str(apiserver.kubeconfig), namespace)
    apiserver.kubectl("apply", "-f", "-", stdin=policies)

    async def holds() -> bool:
        """The policy, which begins to hold a moment after it was made."""
        return ONLY in await patched(operator, {"metadata": {"labels": {"probe": "x"}}}, "?dryRun=All")

    try:
        await until(holds, within_s=60)
        yield Place(operator, person)
    finally:
        operator.close()
        person.close()
        apiserver.kubectl("delete", "-f", "-", stdin=policies)
        apiserver.kubectl("delete", "namespace", namespace, "--wait=false")


async def test_a_nudge_is_allowed_again_and_again(place: Place) -> None:
    uid = (await place.pod())["metadata"]["uid"]

    first = await patched(place.operator, NUDGE)
    again = await patched(place.operator, {"metadata": {"uid": uid, "annotations": {NUDGE_ANNOTATION: "abc-2"}}})
    taken = await patched(place.operator, {"metadata": {"annotations": {NUDGE_ANNOTATION: None}}})

    assert (first, again, taken) == ("", "", "")
    assert (await place.pod())["metadata"]["annotations"] == {"team.example/note": "keep"}


CHANGES = (
    ({"metadata": {"labels": {"app": "other"}}}, "not their labels"),
    ({"metadata": {"labels": None}}, "not their labels"),
    ({"spec": {"containers": [{"name": "worker", "image": "evil:1"}]}}, "not their spec"),
    ({"spec": {"activeDeadlineSeconds": 1}}, "not their spec"),
    ({**NUDGE, "spec": {"activeDeadlineSeconds": 1}}, "not their spec"),
    ({"metadata": {"annotations": {"team.example/other": "x"}}}, "no other ones"),
    ({"metadata": {"annotations": {"team.example/note": "x"}}}, "no other ones"),
    ({"metadata": {"annotations": {"team.example/note": None}}}, "no other ones"),
    ({"metadata": {"annotations": {"scoring.dev.evil/x": "x"}}}, "no other ones"),
    ({"metadata": {"finalizers": ["scoring.dev/stay"]}}, "neither owners nor finalizers"),
    (
        {"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "Secret", "name": "s", "uid": "u"}]}},
        "neither owners nor finalizers",
    ),
)


async def test_the_operator_is_refused_every_other_change_with_the_policys_words(place: Place) -> None:
    before = await place.pod()

    said = [await patched(place.operator, change) for change, _ in CHANGES]

    for answer, (change, says) in zip(said, CHANGES, strict=True):
        assert f"{ONLY}, {says}" in answer, change
    assert await place.pod() == before


async def test_others_are_untouched(place: Place) -> None:
    said = await patched(place.person, {"metadata": {"labels": {"app": "other"}}})

    assert said == ""
    assert (await place.pod())["metadata"]["labels"] == {"app": "other"}


@pytest.mark.parametrize(
    ("values", "policies", "patches"),
    [
        ({}, 2, True),
        ({"admissionPolicy__enabled": False}, 0, True),
        ({"liveRefresh": False}, 0, False),
    ],
)
def test_values_leave_out_the_policy_or_the_right_itself(
    values: dict[str, Any], policies: int, *, patches: bool
) -> None:
    with needed():
        objects = chart.rendered("shop", **values)

    (deployment,) = [made for made in objects if made["kind"] == "Deployment"]
    verbs = {right.verb for right in granted(objects) if right.resource == "pods"}
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    told = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    assert len([made for made in objects if "AdmissionPolicy" in made["kind"]]) == policies
    assert verbs == {"list", "watch"} | ({"patch"} if patches else set())
    assert told["SCORING_LIVE_REFRESH"] == str(patches).lower()
    assert told["SCORING_WORKER_UPGRADE_POLICY"] == "Manual"
