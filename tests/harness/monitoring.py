"""The chart's objects for Prometheus: how they are rendered, and which fields of their definitions they may use."""

import functools
import subprocess
from typing import Any, Final

from harness import chart

NAMESPACE: Final = "shop"
GROUP: Final = "monitoring.coreos.com/v1"
RULES: Final = "PrometheusRule"
MONITOR: Final = "PodMonitor"
SERVICE_MONITOR: Final = "ServiceMonitor"
NAME: Final = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$"}
DURATION: Final = {
    "type": "string",
    "pattern": r"^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$",
}
TEXTS: Final = {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}}


def _closed(*, required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


def _object(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = _closed(required=("name", "namespace"), name=NAME, namespace=NAME, labels=TEXTS)
    constants = {"apiVersion": {"const": GROUP}, "kind": {"const": kind}}
    return _closed(required=("apiVersion", "kind", "metadata", "spec"), **constants, metadata=metadata, spec=spec)


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": of}


EXPRESSION: Final = _closed(
    required=("key", "operator"),
    key={"type": "string"},
    operator={"enum": ["In", "NotIn", "Exists", "DoesNotExist"]},
)
RELABELING: Final = _closed(
    required=("action", "targetLabel"),
    action={"enum": ["replace"]},
    targetLabel={"type": "string"},
    sourceLabels=_list({"type": "string", "pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$"}),
    replacement={"type": "string"},
)
ENDPOINT: Final = _closed(
    required=("port", "path", "interval"),
    port={"type": "string", "maxLength": 15},
    path={"type": "string", "pattern": "^/"},
    interval=DURATION,
    honorLabels={"type": "boolean"},
    relabelings=_list(RELABELING),
)
ALERT: Final = _closed(
    required=("alert", "expr", "labels", "annotations"),
    alert={"type": "string", "pattern": "^Scoring[A-Za-z]+$"},
    expr={"type": "string", "minLength": 1},
    **{"for": DURATION},
    labels={**TEXTS, "required": ["severity"]},
    annotations=TEXTS,
)
RECORDING: Final = _closed(
    required=("record", "expr"),
    record={"type": "string", "pattern": "^scoring:[a-z_]+:[a-z0-9_]+$"},
    expr={"type": "string", "minLength": 1},
)


def _monitor(kind: str, endpoints: str) -> dict[str, Any]:
    spec = _closed(
        required=("selector", endpoints),
        namespaceSelector=_closed(required=(), matchNames=_list(NAME), any={"type": "boolean"}),
        selector=_closed(required=(), matchLabels=TEXTS, matchExpressions=_list(EXPRESSION)),
        sampleLimit={"type": "integer", "minimum": 0},
        **{endpoints: _list(ENDPOINT)},
    )
    return _object(kind, spec)


SCHEMAS: Final = {
    MONITOR: _monitor(MONITOR, "podMetricsEndpoints"),
    SERVICE_MONITOR: _monitor(SERVICE_MONITOR, "endpoints"),
    RULES: _object(
        RULES,
        _closed(
            required=("groups",),
            groups=_list(
                _closed(
                    required=("name", "rules"),
                    name={"type": "string", "minLength": 1},
                    interval=DURATION,
                    rules=_list({"anyOf": [ALERT, RECORDING]}),
                )
            ),
        ),
    ),
}
"""Of what the Prometheus Operator defines the fields that the chart uses, and no others, by kind."""


def objects(**values: Any) -> list[dict[str, Any]]:
    """Return the objects for Prometheus that the chart makes with these values, dots as `__`.

    Raises:
        Missing: There is no Helm.
        subprocess.CalledProcessError: The chart does not render.
    """
    return [made for made in chart.rendered(NAMESPACE, **values) if made["apiVersion"] == GROUP]


def groups(**values: Any) -> dict[str, Any]:
    """Return the rules that the chart makes with these values, as Prometheus reads them; raises as `objects` does."""
    (rule,) = (made for made in objects(monitoring__rules__enabled=True, **values) if made["kind"] == RULES)
    spec: dict[str, Any] = rule["spec"]
    return spec


@functools.cache
def default() -> dict[str, Any]:
    """Return the rules of the chart's own values; raises as `objects` does."""
    return groups()


def rules(of: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all rules of all groups."""
    return [rule for group in of["groups"] for rule in group["rules"]]


def alerts(of: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the alerts of all groups by name."""
    return {rule["alert"]: rule for rule in rules(of) if "alert" in rule}


def complaint(**values: Any) -> str:
    """Return why the chart does not render with these values.

    Raises:
        Missing: There is no Helm.
        AssertionError: It does.
    """
    try:
        groups(**values)
    except subprocess.CalledProcessError as error:
        return str(error.stderr)
    raise AssertionError(f"rendered with {values}")
