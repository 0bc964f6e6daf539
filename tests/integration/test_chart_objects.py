"""What every file of `ci/` renders to is what an API server takes, old or new, in a namespace of restricted pods."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from kubernetes_validate import validate  # type: ignore[import-untyped]  # it has no annotations

from harness import monitoring, rendering
from harness.apiserver import Apiserver
from harness.chart import CHART
from harness.prerequisites import needed
from harness.rendering import CASES

pytestmark = pytest.mark.apiserver

VERSIONS = [f"1.{minor}" for minor in range(30, 38)]
OLDEST, NEWEST = VERSIONS[0], VERSIONS[-1]
OWN_LABELS = {"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/managed-by", "helm.sh/chart"}
LONG = {"release": "r" * 53, "namespace": "n" * 63}
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem.removesuffix("-values"))


def rendered(*files: Path, **options: Any) -> list[dict[str, Any]]:
    with needed():
        return rendering.rendered(*files, **options)


def kinds_of_kubernetes(made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the objects that every cluster knows."""
    return [one for one in made if one["apiVersion"] != monitoring.GROUP]


def test_the_oldest_kubernetes_that_is_let_in_is_the_oldest_that_is_tried() -> None:
    described = yaml.safe_load((CHART / "Chart.yaml").read_text())

    assert described["kubeVersion"] == f">={OLDEST}.0-0"
    with needed():
        assert rendering.text(kubernetes=OLDEST) == rendering.text(kubernetes=NEWEST)
        assert "requires kubeVersion: >=1.30.0-0" in rendering.complaint(kubernetes="1.29")


def test_there_is_a_case_for_each_kind_of_cluster() -> None:
    names = {case.stem.removesuffix("-values") for case in CASES}

    assert names >= {"default", "namespaced", "cluster", "openshift", "all-off", "all-on", "ha", "airgapped"}


@every_case
def test_a_case_renders_twice_to_the_same_bytes(case: Path) -> None:
    with needed():
        first, second = rendering.text(case), rendering.text(case)

    assert first == second


def test_no_template_looks_into_the_cluster_at_the_clock_or_for_chance() -> None:
    impure = re.compile(r"\b(lookup|now|date\w*|rand\w*|uuidv4|gen\w*(?:Cert|CA|PrivateKey)\w*|getHostByName|ago)\b")
    templates = [path for path in (CHART / "templates").rglob("*") if path.is_file()]
    actions = {path.name: re.findall(r"\{\{.*?\}\}", path.read_text(), re.S) for path in templates}

    found = {name: impure.findall(re.sub(r'"[^"]*"', "", " ".join(action))) for name, action in actions.items()}

    assert sum(map(len, actions.values())) > 100
    assert {name: words for name, words in found.items() if words} == {}


@every_case
def test_no_two_objects_of_a_case_have_the_same_name(case: Path) -> None:
    seen = Counter((one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]) for one in rendered(case))

    assert [name for name, times in seen.items() if times > 1] == []


@every_case
def test_no_name_is_longer_than_63_characters_and_two_long_releases_share_none(case: Path) -> None:
    names, others = (
        {
            (one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"])
            for one in rendered(case, namespace=LONG["namespace"], release=release)
            if one["kind"] != "CustomResourceDefinition" and one["metadata"]["name"] != "notes"
        }
        for release in (LONG["release"], LONG["release"][:-1] + "s")
    )

    assert {name for *_, name in names if len(name) > 63} == set()
    clusterwide = {name for name in names if name[1] is None}
    assert clusterwide & others == (clusterwide if case.stem == "all-on-values" else set())  # its name is given


@every_case
def test_a_release_and_a_namespace_may_be_called_by_a_number(case: Path) -> None:
    for one in kinds_of_kubernetes(rendered(case, release="7", namespace="8")):
        validate(one, NEWEST, strict=True)


@every_case
def test_every_object_has_only_fields_that_every_supported_kubernetes_knows(case: Path) -> None:
    made = kinds_of_kubernetes(rendered(case))

    for version, one in product(VERSIONS, made):
        validate(one, version, strict=True)


@every_case
def test_every_object_for_prometheus_has_only_fields_that_its_operator_knows(case: Path) -> None:
    for one in rendered(case):
        if one["apiVersion"] == monitoring.GROUP:
            jsonschema.validate(one, monitoring.SCHEMAS[one["kind"]])


@every_case
def test_helm_has_nothing_to_complain_of(case: Path) -> None:
    with needed():
        said = rendering.linted(case)

    assert "0 chart(s) failed" in said
    assert not {"[WARNING]", "[ERROR]"} & set(said.split())


def test_a_field_that_is_none_would_be_seen() -> None:
    (deployment,) = (one for one in rendered() if one["kind"] == "Deployment")
    deployment["spec"]["template"]["spec"]["hostUser"] = False

    with pytest.raises(Exception, match="hostUser"):
        validate(deployment, OLDEST, strict=True)


@every_case
def test_every_object_is_of_the_release(case: Path) -> None:
    for one in rendered(case):
        if one["kind"] == "CustomResourceDefinition" or one["metadata"]["name"] == "notes":
            continue  # the one is the cluster's, the other somebody's own
        assert one["metadata"]["labels"].keys() >= OWN_LABELS, one["kind"]
        where = one["metadata"].get("namespace")
        assert where in (None, "scoring" if case.stem == "all-on-values" else rendering.NAMESPACE)


def test_the_definition_for_those_who_install_it_by_themselves_is_the_charts() -> None:
    alone = yaml.safe_load((CHART / "files/scoringpipelines.yaml").read_text())
    kept, left = (
        next(one for one in rendered(crds__keep=keep) if one["kind"] == "CustomResourceDefinition")
        for keep in (True, False)
    )

    assert left == alone
    assert kept["metadata"].pop("annotations") == {"helm.sh/resource-policy": "keep"}
    assert kept == alone


@pytest.fixture(scope="module")
def restricted(apiserver: Apiserver) -> Iterator[str]:
    """A namespace that takes restricted pods only."""
    names = (rendering.NAMESPACE, "scoring")
    for name in names:
        apiserver.kubectl("create", "namespace", name)
        apiserver.kubectl("label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted")
    for account in ("scoring-operator", "scoring", "scores"):
        for name in names:
            apiserver.kubectl("-n", name, "create", "serviceaccount", account)
    yield rendering.NAMESPACE
    apiserver.kubectl("delete", "namespace", "--wait=false", *names)


@every_case
def test_an_api_server_takes_every_object_strictly(apiserver: Apiserver, restricted: str, case: Path) -> None:
    items = kinds_of_kubernetes(rendered(case))

    said = apiserver.kubectl(
        "apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f", "-",
        stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}),
    )  # fmt: skip

    assert len(said.splitlines()) == len(items)


def admitted(apiserver: Apiserver, template: dict[str, Any]) -> None:
    """Have the API server judge a pod of this template.

    Raises:
        RuntimeError: It refuses it; the text says why.
    """
    namespace = "scoring" if "scores" in template["metadata"]["labels"].values() else rendering.NAMESPACE
    spec = {name: value for name, value in template["spec"].items() if not name.endswith("ClassName")}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {**template["metadata"], "name": "judged"}, "spec": spec}
    apiserver.kubectl(
        "-n", namespace, "create", "--dry-run=server", "--validate=strict", "-f", "-", stdin=json.dumps(pod)
    )


@every_case
def test_every_pod_of_a_case_is_admitted_where_only_restricted_ones_are(
    apiserver: Apiserver, restricted: str, case: Path
) -> None:
    templates = [one["spec"]["template"] for one in rendered(case) if "template" in one.get("spec", {})]

    assert templates
    for template in templates:
        admitted(apiserver, template)
        (container,) = template["spec"]["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert template["spec"]["enableServiceLinks"] is False


def test_a_pod_with_a_folder_of_the_node_would_not_be_admitted(apiserver: Apiserver, restricted: str) -> None:
    made = rendered(extraVolumes=[{"name": "node", "hostPath": {"path": "/"}}])
    (template,) = (one["spec"]["template"] for one in made if one["kind"] == "Deployment")

    with pytest.raises(RuntimeError, match="violates PodSecurity"):
        admitted(apiserver, template)
