"""The chart as Helm renders it, without a cluster."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

from harness.state import HERE, REPOSITORY, Missing, state

CHART = REPOSITORY / "charts/scoring-operator"


def helm() -> Path:
    """Return the Helm that the harness has built.

    Raises:
        Missing: It has not.
    """
    (version,) = re.findall(r"^HELM=(.+)$", (HERE / "lib.sh").read_text(), re.M)
    path = state() / f"helm-{version}" / "helm"
    if not path.exists():
        raise Missing("no Helm: build it with tests/harness/build.sh helm (Linux and Go)")
    return path


def rendered(namespace: str, **values: Any) -> list[dict[str, Any]]:
    """Return the objects of a release `scoring-operator` in a namespace; `values` are the chart's, dots as `__`.

    Raises:
        Missing: There is no Helm.
        subprocess.CalledProcessError: The chart does not render.
    """
    return [made for made in _templated(namespace, values) if not _is_hook(made)]


def tests(namespace: str, **values: Any) -> list[dict[str, Any]]:
    """Return what `helm test` makes of the same release, and deletes; raises as `rendered` does."""
    return [made for made in _templated(namespace, values) if _is_hook(made)]


def _templated(namespace: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    options = [f"--set-json={name.replace('__', '.')}={json.dumps(value)}" for name, value in values.items()]
    command = [str(helm()), "template", "scoring-operator", str(CHART), "--namespace", namespace, *options]
    text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    return [found for found in yaml.safe_load_all(text) if found is not None]


def _is_hook(made: dict[str, Any]) -> bool:
    return "helm.sh/hook" in (made["metadata"].get("annotations") or {})
