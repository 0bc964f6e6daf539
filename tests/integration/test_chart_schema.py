"""What the chart does not know, or cannot use, is refused before anything is made, and named."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from harness import rendering
from harness.chart import CHART
from harness.prerequisites import needed

pytestmark = pytest.mark.apiserver

SCHEMA = json.loads((CHART / "values.schema.json").read_text())
ONE_OF_THREE = "value must be one of 'Always', 'IfNotPresent', 'Never'"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"replica": 2}, "at '': additional properties 'replica' not allowed"),
        ({"image__tags": "1"}, "at '/image': additional properties 'tags' not allowed"),
        ({"monitoring__podMonitor__enable": True}, "at '/monitoring/podMonitor': additional properties 'enable' not"),
        ({"replicas": -1}, "at '/replicas': minimum: got -1, want 0"),
        ({"replicas": "2"}, "at '/replicas': got string, want integer"),
        ({"replicas": 1.5}, "at '/replicas': got number, want integer"),
        ({"scope": "All"}, "at '/scope': value must be one of 'Namespace', 'Cluster'"),
        ({"image__digest": "sha256:12"}, "at '/image/digest': 'sha256:12' does not match pattern"),
        ({"image__pullPolicy": "Sometimes"}, f"at '/image/pullPolicy': {ONE_OF_THREE}"),
        ({"imagePullSecrets": ["mirror"]}, "at '/imagePullSecrets/0': got string, want object"),
        ({"imagePullSecrets": [{}]}, "at '/imagePullSecrets/0': missing property 'name'"),
        ({"workers__upgradePolicy": "Never"}, "at '/workers/upgradePolicy': value must be one of 'Manual', 'Auto"),
        ({"workers__pullPolicy": ""}, f"at '/workers/pullPolicy': {ONE_OF_THREE}"),
        ({"workers__allowedImages": [""]}, "at '/workers/allowedImages/0': minLength: got 0, want 1"),
        ({"workers__networkPolicy__enabled": "yes"}, "at '/workers/networkPolicy/enabled': got string, want boolean"),
        ({"tenants": {"Shop": {"topics": []}}}, "at '/tenants': additional properties 'Shop' not allowed"),
        ({"tenants": {"shop": {}}}, "at '/tenants/shop': minProperties: got 0, want 1"),
        ({"tenants": {"shop": {"topic": []}}}, "at '/tenants/shop': additional properties 'topic' not allowed"),
        ({"tenants": {"shop": {"topics": "shop.*"}}}, "at '/tenants/shop/topics': got string, want array"),
        ({"fullnameOverride": "s" * 51}, "at '/fullnameOverride': maxLength: got 51, want 50"),
        ({"fullnameOverride": "Scores"}, "at '/fullnameOverride': 'Scores' does not match pattern"),
        ({"namespaceOverride": "a.b"}, "at '/namespaceOverride': 'a.b' does not match pattern"),
        ({"commonLabels": {"a": 1}}, "at '/commonLabels/a': got number, want string"),
        ({"networkPolicy__apiServer__ports": [0]}, "at '/networkPolicy/apiServer/ports/0': minimum: got 0, want 1"),
        ({"networkPolicy__apiServer__ports": []}, "at '/networkPolicy/apiServer/ports': minItems: got 0, want 1"),
        ({"networkPolicy__apiServer__cidrs": ["10.0.0.1"]}, "at '/networkPolicy/apiServer/cidrs/0': '10.0.0.1' does"),
        ({"podSecurityContext__runAsUser": 0}, "at '/podSecurityContext/runAsUser': minimum: got 0, want 1"),
        ({"podSecurityContext__privileged": True}, "at '/podSecurityContext': additional properties 'privileged' not"),
        ({"hostUsers": "no"}, "at '/hostUsers': got string, want null or boolean"),
        ({"dnsPolicy": "Cluster"}, "at '/dnsPolicy': value must be one of '', 'ClusterFirst'"),
        ({"extraVolumes": [{"emptyDir": {}}]}, "at '/extraVolumes/0': missing property 'name'"),
        ({"extraVolumeMounts": [{"name": "a"}]}, "at '/extraVolumeMounts/0': missing property 'mountPath'"),
        (
            {"extraObjects": [{"kind": "ConfigMap"}]},
            "at '/extraObjects/0': missing properties 'apiVersion', 'metadata'",
        ),
        ({"monitoring__podMonitor__interval": "often"}, "at '/monitoring/podMonitor/interval': 'often' does not match"),
        ({"monitoring__rules__thresholds": {"A": 1}}, "at '/monitoring/rules/thresholds/A': got number, want object"),
        ({"monitoring__rules__slos__freshness__objective": 0}, "freshness/objective': exclusiveMinimum: got 0, want 0"),
        ({"resources__requests": {"cpu": []}}, "at '/resources/requests/cpu': got array, want number or string"),
        ({"resources__claims": []}, "at '/resources': additional properties 'claims' not allowed"),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(values: dict[str, Any], words: str) -> None:
    with needed():
        assert words in rendering.complaint(**values)


def test_members_of_global_are_other_charts_as_well() -> None:
    others: dict[str, Any] = {"global": {"postgresql": {"auth": "x"}}}

    with needed():
        assert rendering.text(**others) == rendering.text()


def closed(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, bool]]:
    """Yield each object that has members, and whether it has no others."""
    if "properties" in schema:
        yield path, schema.get("additionalProperties") is False
    for name, inner in schema.get("properties", {}).items():
        yield from closed(inner, f"{path}.{name}".lstrip("."))


def test_every_object_with_members_is_closed_but_global() -> None:
    found = dict(closed(SCHEMA))

    assert len(found) > 20
    assert [path for path, is_closed in found.items() if not is_closed] == ["global"]
