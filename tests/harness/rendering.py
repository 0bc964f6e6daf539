"""The chart's texts for any release and any files of values: what `harness.chart` renders for one, here for all."""

import functools
import json
import re
import subprocess
from pathlib import Path
from typing import Any, Final

import yaml

from harness.chart import CHART, helm

CASES: Final = sorted((CHART / "ci").glob("*-values.yaml"))
"""Files of values that stand for one cluster each."""
NAMESPACE: Final = "shop"
RELEASE: Final = "scoring-operator"
Objects = dict[tuple[str, str], dict[str, Any]]
"""By kind and name."""


class _Loader(yaml.CSafeLoader):
    """Reads 1e-06 as the number that it is to Helm and kubectl, and to YAML 1.2."""


_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"[-+]?\d+[eE][-+]?\d+$"), list("+-0123456789"))


def text(*files: Path, namespace: str = NAMESPACE, release: str = RELEASE, kubernetes: str = "", **values: Any) -> str:
    """Return what the chart renders; `values` go before those of the files, dots as `__`.

    `kubernetes` is the version of the cluster that it is for; empty: the newest that this Helm knows.

    Raises:
        Missing: There is no Helm.
        subprocess.CalledProcessError: The chart does not render.
    """
    options = [f"--kube-version={kubernetes}"] if kubernetes else []
    return _helm("template", files, namespace, release, values, *options)


def rendered(*files: Path, **options: Any) -> list[dict[str, Any]]:
    """Return the objects of a release, without those that `helm test` makes and deletes; raises as `text` does."""
    said = _remembered(files, json.dumps(options))
    return [made for made in yaml.load_all(said, _Loader) if made is not None and not _is_hook(made)]


def _is_hook(made: dict[str, Any]) -> bool:
    return "helm.sh/hook" in made["metadata"].get("annotations", {})


def objects(*files: Path, **options: Any) -> Objects:
    """Return the same by kind and name; raises as `text` does."""
    return {(made["kind"], made["metadata"]["name"]): made for made in rendered(*files, **options)}


def pod(made: Objects) -> dict[str, Any]:
    """Return the template of the operator's pods."""
    (deployment,) = (one for (kind, _), one in made.items() if kind == "Deployment")
    template: dict[str, Any] = deployment["spec"]["template"]
    return template


def complaint(*files: Path, **options: Any) -> str:
    """Return why the chart does not render.

    Raises:
        Missing: There is no Helm.
        AssertionError: It does.
    """
    try:
        text(*files, **options)
    except subprocess.CalledProcessError as error:
        return str(error.stderr)
    raise AssertionError(f"rendered with {options}")


def notes(*files: Path, namespace: str = NAMESPACE, release: str = RELEASE, **values: Any) -> str:
    """Return what a person reads after an installation; raises as `text` does."""
    said = _helm("install", files, namespace, release, values, "--dry-run=client")
    return said.partition("\nNOTES:\n")[2]


def linted(*files: Path) -> str:
    """Return what `helm lint --strict` says of the chart with these values; raises as `text` does."""
    command = [str(helm()), "lint", "--strict", str(CHART), *(f"--values={file}" for file in files)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@functools.lru_cache(maxsize=64)
def _remembered(files: tuple[Path, ...], options: str) -> str:
    """Return the same text for the same values: the chart has nothing else to render from, which a test sees to."""
    return text(*files, **json.loads(options))


def _helm(
    verb: str, files: tuple[Path, ...], namespace: str, release: str, values: dict[str, Any], *options: str
) -> str:
    given = [f"--set-json={name.replace('__', '.')}={json.dumps(value)}" for name, value in values.items()]
    command = [str(helm()), verb, release, str(CHART), "--namespace", namespace, *options, *given]
    command += [f"--values={file}" for file in files]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
