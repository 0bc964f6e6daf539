"""Every value of the chart does something, and nothing but that: two renderings are compared member by member."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from tools import values as tool

from harness import rendering
from harness.chart import CHART
from harness.differences import below, differences
from harness.prerequisites import needed
from harness.rendering import NAMESPACE, RELEASE, Objects

pytestmark = pytest.mark.apiserver

POD = "Deployment.spec.template"
CONTAINER = f"{POD}.spec.containers.operator"
ENV = f"{CONTAINER}.env"
POLICY = "NetworkPolicy.spec"
DIGEST = f"sha256:{'0' * 64}"
CRD = "CustomResourceDefinition/scoringpipelines.scoring.dev"
PODS = f"{NAMESPACE}.{RELEASE}.pods"
IMAGES = f"{NAMESPACE}.{RELEASE}.images"
TENANTS = f"{NAMESPACE}.{RELEASE}.tenants"
ELSEWHERE = [{"namespaceSelector": {"matchLabels": {"team.example/name": "watch"}}}]


def _policy(name: str) -> set[str]:
    return {f"ValidatingAdmissionPolicy/{name}", f"ValidatingAdmissionPolicyBinding/{name}"}


@dataclass(frozen=True)
class Case:
    """A value, and the members that it makes, takes or changes."""

    path: str
    value: Any
    changes: set[str]
    beside: dict[str, Any] = field(default_factory=dict)
    """Other values, without which this one would mean nothing."""


CASES = (
    Case("replicas", 3, {"Deployment.spec.replicas"}),
    Case("replicas", 1, {"Deployment.spec.replicas", "PodDisruptionBudget"}),
    Case(
        "scope",
        "Cluster",
        {
            "Role",
            "RoleBinding",
            f"ClusterRole/{NAMESPACE}.{RELEASE}",
            f"ClusterRoleBinding/{NAMESPACE}.{RELEASE}",
            f"{ENV}.SCORING_NAMESPACE.value",
            f"{POLICY}.egress.2.to.0.namespaceSelector",
        },
    ),
    Case("global.imageRegistry", "r.example", {f"{CONTAINER}.image", f"{ENV}.SCORING_WORKER_IMAGE.value"}),
    Case("image.registry", "r.example", {f"{CONTAINER}.image"}),
    Case("image.repository", "r.example/operator", {f"{CONTAINER}.image"}),
    Case("image.tag", "9", {f"{CONTAINER}.image"}),
    Case("image.digest", DIGEST, {f"{CONTAINER}.image"}),
    Case("image.pullPolicy", "Always", {f"{CONTAINER}.imagePullPolicy"}),
    Case("imagePullSecrets", [{"name": "mirror"}], {f"{POD}.spec.imagePullSecrets"}),
    Case("workers.image", "r.example/service:9", {f"{ENV}.SCORING_WORKER_IMAGE.value"}),
    Case("workers.upgradePolicy", "Automatic", {f"{ENV}.SCORING_WORKER_UPGRADE_POLICY.value"}),
    Case("workers.pullPolicy", "Always", {f"{ENV}.SCORING_WORKER_PULL_POLICY.value"}),
    Case("workers.allowedImages", ["r.example/*"], _policy(IMAGES)),
    Case("workers.networkPolicy.enabled", False, {f"{ENV}.SCORING_NETWORK_POLICY.value"}),
    Case("workers.networkPolicy.monitoring", ELSEWHERE, {f"{ENV}.SCORING_OPS_PEERS.value"}),
    Case("tenants", {"shop": {"topics": ["shop.*"]}}, _policy(TENANTS)),
    Case("clusterId", "east", {f"{ENV}.SCORING_CLUSTER_ID.value"}),
    Case("liveRefresh", False, {f"{ENV}.SCORING_LIVE_REFRESH.value", "Role.rules.10", *_policy(PODS)}),
    Case("admissionPolicy.enabled", False, _policy(PODS)),
    Case(
        "rbac.aggregate",
        True,
        {f"ClusterRole/{NAMESPACE}.{RELEASE}.view", f"ClusterRole/{NAMESPACE}.{RELEASE}.edit"},
    ),
    Case("serviceAccount.create", False, {"ServiceAccount/scoring"}, {"serviceAccount__name": "scoring"}),
    Case(
        "serviceAccount.name",
        "scoring",
        {
            "ServiceAccount",
            "ServiceAccount/scoring",
            f"{POD}.spec.serviceAccountName",
            f"RoleBinding.subjects.{RELEASE}",
            "RoleBinding.subjects.scoring",
            f"RoleBinding/lease.subjects.{RELEASE}",
            "RoleBinding/lease.subjects.scoring",
            f"ValidatingAdmissionPolicy/{PODS}.spec.matchConditions.operator.expression",
        },
    ),
    Case("serviceAccount.annotations", {"team.example/name": "a"}, {"ServiceAccount.metadata.annotations"}),
    Case("automountServiceAccountToken", False, {f"{POD}.spec.automountServiceAccountToken"}),
    Case("crds.enabled", False, {CRD}),
    Case("crds.keep", False, {f"{CRD}.metadata.annotations"}),
    Case("resources.requests", {"cpu": "1", "memory": "128Mi"}, {f"{CONTAINER}.resources.requests.cpu"}),
    Case("resources.limits", {"memory": "1Gi"}, {f"{CONTAINER}.resources.limits.memory"}),
    Case("networkPolicy.enabled", False, {"NetworkPolicy"}),
    Case("networkPolicy.monitoring", ELSEWHERE, {f"{POLICY}.ingress.0.from.1"}),
    Case("networkPolicy.apiServer.cidrs", ["10.0.0.1/32"], {f"{POLICY}.egress.1.to"}),
    Case("networkPolicy.apiServer.ports", [443, 16443], {f"{POLICY}.egress.1.ports.1.port"}),
    Case("podSecurityContext.runAsUser", None, {f"{POD}.spec.securityContext.runAsUser"}),
    Case("podSecurityContext.runAsGroup", 7, {f"{POD}.spec.securityContext.runAsGroup"}),
    Case("podSecurityContext.fsGroup", None, {f"{POD}.spec.securityContext.fsGroup"}),
    Case("podLabels", {"team": "a"}, {f"{POD}.metadata.labels.team"}),
    Case("podAnnotations", {"team": "a"}, {f"{POD}.metadata.annotations"}),
    Case("nodeSelector", {"disk": "fast"}, {f"{POD}.spec.nodeSelector"}),
    Case("tolerations", [{"operator": "Exists"}], {f"{POD}.spec.tolerations"}),
    Case(
        "affinity",
        {"nodeAffinity": {}},
        {f"{POD}.spec.affinity.nodeAffinity", f"{POD}.spec.affinity.podAntiAffinity"},
    ),
    Case("topologySpreadConstraints", [{"maxSkew": 1}], {f"{POD}.spec.topologySpreadConstraints"}),
    Case("priorityClassName", "high", {f"{POD}.spec.priorityClassName"}),
    Case("runtimeClassName", "gvisor", {f"{POD}.spec.runtimeClassName"}),
    Case("hostUsers", False, {f"{POD}.spec.hostUsers"}),
    Case("hostUsers", True, {f"{POD}.spec.hostUsers"}),
    Case("dnsPolicy", "Default", {f"{POD}.spec.dnsPolicy"}),
    Case("dnsConfig", {"nameservers": ["10.0.0.2"]}, {f"{POD}.spec.dnsConfig"}),
    Case("revisionHistoryLimit", 0, {"Deployment.spec.revisionHistoryLimit"}),
    Case("extraEnv", [{"name": "TZ", "value": "UTC"}], {f"{ENV}.TZ"}),
    Case("extraVolumes", [{"name": "scratch", "emptyDir": {}}], {f"{POD}.spec.volumes"}),
    Case("extraVolumeMounts", [{"name": "scratch", "mountPath": "/tmp"}], {f"{CONTAINER}.volumeMounts"}),  # noqa: S108
    Case(
        "extraObjects",
        [
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "notes"},
                "data": {"of": "{{ .Release.Name }}"},
            }
        ],
        {"ConfigMap/notes"},
    ),
    Case("monitoring.dashboards.enabled", True, {"ConfigMap/fleet", "ConfigMap/pipeline"}),
    *(
        Case(
            f"monitoring.dashboards.{member}",
            {"a": "b"},
            {f"ConfigMap/{name}.metadata.{member}{end}" for name in ("fleet", "pipeline")},
            {"monitoring__dashboards__enabled": True},
        )
        for member, end in (("labels", ".a"), ("annotations", ""))
    ),
    Case("monitoring.podMonitor.enabled", True, {"PodMonitor", "PodMonitor/workers"}),
    Case("monitoring.serviceMonitor.enabled", True, {"Service", "ServiceMonitor", "ServiceMonitor/workers"}),
    *(
        case
        for name, kind in (("podMonitor", "PodMonitor"), ("serviceMonitor", "ServiceMonitor"))
        for prefix, on in [(f"monitoring.{name}", {f"monitoring__{name}__enabled": True})]
        for endpoints in ["podMetricsEndpoints" if name == "podMonitor" else "endpoints"]
        for case in (
            Case(
                f"{prefix}.labels", {"a": "b"}, {f"{kind}.metadata.labels.a", f"{kind}/workers.metadata.labels.a"}, on
            ),
            Case(
                f"{prefix}.interval",
                "5s",
                {f"{kind}.spec.{endpoints}.0.interval", f"{kind}/workers.spec.{endpoints}.0.interval"},
                on,
            ),
            Case(f"{prefix}.workerSampleLimit", 1, {f"{kind}/workers.spec.sampleLimit"}, on),
            Case(f"{prefix}.operatorSampleLimit", 1, {f"{kind}.spec.sampleLimit"}, on),
        )
    ),
    Case("monitoring.rules.enabled", True, {"PrometheusRule", f"{ENV}.SCORING_RESOURCE_METRICS.value"}),
)
OF_ALL_OBJECTS = {"nameOverride", "fullnameOverride", "namespaceOverride", "commonLabels", "test.bootstrapServers"}
OF_RULES = "monitoring.rules."
"""What has tests of its own: below, and in `test_chart_alerts.py`."""


def made(**values: Any) -> Objects:
    with needed():
        return rendering.objects(**values)


def leaves(of: tuple[tool.Value, ...]) -> set[str]:
    return {path for one in of for path in (leaves(one.members) if one.members else {one.path})}


def test_every_value_has_its_case_and_no_case_is_of_a_value_that_is_none() -> None:
    known = leaves(tool.values((CHART / "values.yaml").read_text()))
    here = {path for path in known if not path.startswith(OF_RULES)} - OF_ALL_OBJECTS

    assert {case.path for case in CASES} - {f"{OF_RULES}enabled"} == here


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.path}={case.value!r:.20}")
def test_a_value_changes_what_it_is_for_and_nothing_else(case: Case) -> None:
    changed = differences(made(**case.beside), made(**case.beside, **{case.path.replace(".", "__"): case.value}))

    assert below(changed, case.changes), sorted(changed)


def test_what_differs_is_told_exactly() -> None:
    before = {("Deployment", RELEASE): {"a": [{"name": "x", "v": 1}], "b": [1, 2]}}
    after = {("Deployment", RELEASE): {"a": [{"name": "y"}, {"name": "x", "v": 2}], "b": [1]}}

    changed = differences(before, after)

    assert changed == {"Deployment.a.x.v", "Deployment.a.y.name", "Deployment.b.1"}
    assert below(changed, {"Deployment.a", "Deployment.b.1"})
    assert not below(changed, {"Deployment.a"})
    assert not below(changed, {"Deployment.a", "Deployment.b", "Deployment.c"})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "scoring-operator/operator:0.1.0"),
        ({"image__tag": "9"}, "scoring-operator/operator:9"),
        ({"image__registry": "r.example/"}, "r.example/scoring-operator/operator:0.1.0"),
        ({"image__registry": "r.example", "global__imageRegistry": "m.io"}, "m.io/scoring-operator/operator:0.1.0"),
        ({"image__digest": DIGEST}, f"scoring-operator/operator:0.1.0@{DIGEST}"),
    ],
)  # fmt: skip
def test_the_operators_image_is_put_together_of_its_parts(values: dict[str, Any], expected: str) -> None:
    (container,) = rendering.pod(made(**values))["spec"]["containers"]

    assert container["image"] == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "scoring-operator/service:0.1.0"),
        ({"global__imageRegistry": "m.example"}, "m.example/scoring-operator/service:0.1.0"),
        ({"global__imageRegistry": "m.example", "workers__image": "r.example/own:1"}, "r.example/own:1"),
    ],
)
def test_the_workers_image_is_the_given_one_or_the_registrys(values: dict[str, Any], expected: str) -> None:
    (container,) = rendering.pod(made(**values))["spec"]["containers"]

    assert {one["name"]: one.get("value") for one in container["env"]}["SCORING_WORKER_IMAGE"] == expected


def test_a_text_of_a_further_object_is_filled_in() -> None:
    further = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "n"},
        "data": {"of": "{{ .Release.Name }}"},
    }

    assert made(extraObjects=[further])[("ConfigMap", "n")]["data"] == {"of": RELEASE}


def test_a_constraint_counts_the_operators_pods_unless_it_says_which() -> None:
    given = [{"maxSkew": 1}, {"maxSkew": 1, "labelSelector": {"matchLabels": {"a": "b"}}}]

    own, told = rendering.pod(made(topologySpreadConstraints=given))["spec"]["topologySpreadConstraints"]

    assert own["labelSelector"] == made()[("Deployment", RELEASE)]["spec"]["selector"]
    assert told["labelSelector"] == {"matchLabels": {"a": "b"}}


class TestAllObjects:
    """Values that every object has something of."""

    def test_labels_are_on_all_and_in_no_selector_and_replace_none_of_the_charts(self) -> None:
        ours = {"team": "a", "app.kubernetes.io/name": "mine"}

        changed = differences(made(), made(commonLabels=ours))

        assert {path for path in changed if not path.endswith(".metadata.labels.team")} == set()
        assert len(changed) == len(made())  # the pods' template is one more, the definition one less

    def test_a_name_of_ones_own_is_that_of_all_objects(self) -> None:
        own = made(fullnameOverride="scores", scope="Cluster", monitoring__serviceMonitor__enabled=True)

        assert not [name for _, name in own if RELEASE in name and not name.startswith("scoringpipelines")]
        assert {name for kind, name in own if kind == "Deployment"} == {"scores"}

    def test_another_applications_name_is_in_labels_and_selectors_alike(self) -> None:
        own = made(nameOverride="scores", monitoring__serviceMonitor__enabled=True)

        label = {"app.kubernetes.io/name": "scores"}
        deployment = own[("Deployment", RELEASE)]["spec"]
        selectors = [
            deployment["selector"]["matchLabels"],
            own[("Service", RELEASE)]["spec"]["selector"],
            own[("NetworkPolicy", RELEASE)]["spec"]["podSelector"]["matchLabels"],
            own[("PodDisruptionBudget", RELEASE)]["spec"]["selector"]["matchLabels"],
        ]
        for selector in selectors:
            assert selector.items() >= label.items()
            assert selector.items() <= deployment["template"]["metadata"]["labels"].items()

    @pytest.mark.parametrize("scope", ["Namespace", "Cluster"])
    def test_another_namespace_is_everybodys(self, scope: str) -> None:
        with needed():
            there = rendering.text(namespace="scoring", scope=scope)
            moved = rendering.text(namespaceOverride="scoring", scope=scope)

        assert there == moved


def test_an_account_that_is_neither_made_nor_named_is_asked_for() -> None:
    with needed():
        assert "serviceAccount.name: name the account" in rendering.complaint(serviceAccount__create=False)


def test_both_kinds_of_monitors_at_once_are_refused() -> None:
    both = {"monitoring__podMonitor__enabled": True, "monitoring__serviceMonitor__enabled": True}

    with needed():
        assert "podMonitor or serviceMonitor, not both" in rendering.complaint(**both)
