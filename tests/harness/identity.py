"""The operator's own identity on an API server: a ServiceAccount with exactly the Role that the chart ships."""

import json
from pathlib import Path
from typing import Any

import yaml

from harness.apiserver import Apiserver
from harness.state import REPOSITORY

ROLE = REPOSITORY / "charts/scoring-operator/templates/role.yaml"
GROUP = "rbac.authorization.k8s.io"
NAME = "scoring-operator"


def rules() -> list[dict[str, Any]]:
    """Return all rules with the chart's own values: lines of the template language only leave some out.

    Among these are the names to which rights are limited: here any Lease may be read.
    """
    found: list[dict[str, Any]] = []
    for document in ROLE.read_text().split("\n---\n"):
        _, _, text = document.partition("\nrules:\n")
        found += yaml.safe_load("\n".join(line for line in text.splitlines() if "{{" not in line)) or []
    return found


def operator_kubeconfig(apiserver: Apiserver, namespace: str, folder: Path) -> str:
    """Return the path of a kubeconfig that logs in as the operator of `namespace`, with its Role and no more."""
    objects: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "ServiceAccount"},
        {"apiVersion": f"{GROUP}/v1", "kind": "Role", "rules": rules()},
        {
            "apiVersion": f"{GROUP}/v1",
            "kind": "RoleBinding",
            "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": NAME},
            "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": namespace}],
        },
    ]
    items = [{**item, "metadata": {"name": NAME, "namespace": namespace}} for item in objects]
    wanted = folder / "identity.json"
    wanted.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    apiserver.kubectl("apply", "-f", str(wanted))
    return kubeconfig_of(apiserver, namespace, NAME, folder)


def kubeconfig_of(apiserver: Apiserver, namespace: str, account: str, folder: Path) -> str:
    """Return the path of a kubeconfig that logs in as a ServiceAccount."""
    token = apiserver.kubectl("-n", namespace, "create", "token", account).strip()
    admin = json.loads(apiserver.kubectl("config", "view", "--raw", "--minify", "--flatten", "-o", "json"))
    config = {**admin, "users": [{"name": admin["users"][0]["name"], "user": {"token": token}}]}
    path = folder / f"{account}.kubeconfig"
    path.write_text(json.dumps(config))
    return str(path)
