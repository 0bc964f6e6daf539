"""A release of the chart on an API server without nodes, and what it leaves there."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from harness.apiserver import Apiserver
from harness.chart import CHART
from harness.helm import Helm
from harness.pipelines import a_manifest

NAME: Final = "scoring-operator"
DEFINITION: Final = "crd/scoringpipelines.scoring.dev"
Manifest = dict[str, Any]


class Release:
    """One release in one namespace. Nobody waits for pods here: there are none."""

    def __init__(self, helm: Helm, server: Apiserver, namespace: str, name: str = NAME) -> None:
        self.helm, self.server, self.namespace, self.name = helm, server, namespace, name

    def install(self, *options: str, chart: Path = CHART) -> str:
        """Install it; return what Helm says."""
        return self.helm("-n", self.namespace, "install", self.name, chart, *options)

    def upgrade(self, *options: str, chart: Path = CHART) -> str:
        """Upgrade it; return what Helm says."""
        return self.helm("-n", self.namespace, "upgrade", self.name, chart, *options)

    def rollback(self, revision: int, *options: str) -> str:
        """Go back to a revision; return what Helm says."""
        return self.helm("-n", self.namespace, "rollback", self.name, str(revision), *options)

    def uninstall(self) -> str:
        """Uninstall it; return what Helm says."""
        return self.helm("-n", self.namespace, "uninstall", self.name)

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Return the stdout of kubectl in the release's namespace."""
        return self.server.kubectl("-n", self.namespace, *arguments, stdin=stdin)

    def objects(self) -> dict[str, Manifest]:
        """Return what the API server has of the release's objects, by kind and name."""
        manifest = self.helm("-n", self.namespace, "get", "manifest", self.name)
        found = json.loads(self.kubectl("get", "-f", "-", "-o", "json", stdin=manifest))["items"]
        return {f"{made['kind']}/{made['metadata']['name']}": made for made in found}

    def versions(self) -> dict[str, tuple[str, str]]:
        """Return uid and version of the same: another version is another write."""
        meta = {name: made["metadata"] for name, made in self.objects().items()}
        return {name: (one["uid"], one["resourceVersion"]) for name, one in meta.items()}

    def specs(self) -> dict[str, Manifest]:
        """Return what the chart decides on of the same: all but what the server counts and tells."""
        return {name: _decided(made) for name, made in self.objects().items()}

    def apply_pipeline(self, namespace: str = "") -> str:
        """Apply a pipeline, in the release's namespace unless told otherwise; return its uid."""
        manifest = a_manifest(replicas=2)
        manifest["metadata"] = {"name": "wallets", "namespace": namespace or self.namespace}
        apply = ("apply", "--validate=strict", "-f", "-", "-o", "jsonpath={.metadata.uid}")
        return self.server.kubectl(*apply, stdin=json.dumps(manifest))

    def pipelines(self) -> dict[str, str]:
        """Return the uid of each pipeline of the namespace by name."""
        items = json.loads(self.kubectl("get", "scoringpipelines", "-o", "json"))["items"]
        return {one["metadata"]["name"]: one["metadata"]["uid"] for one in items}

    def has_definition(self) -> bool:
        """Tell whether the definition is there."""
        return bool(self.kubectl("get", DEFINITION, "--ignore-not-found", "-o", "name"))

    def until_no_definition(self) -> None:
        """Wait until the definition is gone: the API server deletes it once it has deleted all resources of it."""
        self.kubectl("wait", "--for=delete", f"{DEFINITION}", "--timeout=60s")

    def allowed(self, rights: Iterable[tuple[str, str]], namespace: str) -> list[bool]:
        """Return of each verb and resource whether the operator's account has it in a namespace; empty: in all."""
        account = f"system:serviceaccount:{self.namespace}:{self.name}"
        items = [_review(account, *right, namespace) for right in rights]
        listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
        said = self.kubectl("create", "-f", "-", "-o", 'jsonpath={.status.allowed}{" "}', stdin=listed)
        return [word == "true" for word in said.split()]


def _review(account: str, verb: str, resource: str, namespace: str) -> Manifest:
    plural, _, group = resource.partition(".")
    asked = {"verb": verb, "resource": plural, "group": group, "namespace": namespace}
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": account, "resourceAttributes": asked},
    }


def _decided(made: Manifest) -> Manifest:
    meta = {part: made["metadata"].get(part) for part in ("labels", "annotations")}
    told = ("status", "metadata", "apiVersion", "kind")
    return {"metadata": meta, **{part: value for part, value in made.items() if part not in told}}
