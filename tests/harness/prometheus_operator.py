"""Its definitions, in a cluster that has none of it: they take anything, other tests judge the chart's objects."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from harness.cluster import Cluster

PLURALS: Final = {"PodMonitor": "podmonitors", "PrometheusRule": "prometheusrules"}


@contextmanager
def defined(cluster: Cluster) -> Iterator[None]:
    """Have the definitions in the cluster."""
    definitions = [_definition(kind, plural) for kind, plural in PLURALS.items()]
    names = [f"crd/{one['metadata']['name']}" for one in definitions]
    cluster.apply("default", *definitions)
    cluster.kubectl("wait", "--for=condition=Established", *names, "--timeout=20s")
    try:
        yield
    finally:
        cluster.kubectl("delete", *names)


def _definition(kind: str, plural: str) -> dict[str, Any]:
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.monitoring.coreos.com"},
        "spec": {
            "group": "monitoring.coreos.com",
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }
