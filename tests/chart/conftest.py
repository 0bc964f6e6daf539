"""A Helm of each major version, and an API server whose definition a test may delete."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import apiserver as apiserver_
from harness import helm as helm_
from harness.apiserver import Apiserver
from harness.chart import CHART
from harness.helm import Helm
from harness.prerequisites import needed
from harness.releases import DEFINITION, NAME, Release
from harness.topics import unique

Another = Callable[..., Release]
"""Makes a release in a namespace of its own; options are those of `Release`."""


@pytest.fixture(scope="session")
def server() -> Iterator[Apiserver]:
    """An API server of these tests alone, without the definition."""
    with needed(), apiserver_.obtain("chart") as server:
        server.kubectl("delete", DEFINITION, "--ignore-not-found")
        yield server


@pytest.fixture(params=[4, 3], ids=lambda major: f"helm{major}")
def helm(request: pytest.FixtureRequest, server: Apiserver) -> Helm:
    """Each Helm in turn."""
    with needed():
        return helm_.obtain(request.param, server.kubeconfig)


@pytest.fixture
def other_helm(helm: Helm) -> Helm:
    """The one of the other major version."""
    with needed():
        return helm_.obtain(7 - helm.major, helm.kubeconfig)


@pytest.fixture
def another(helm: Helm, server: Apiserver) -> Iterator[Another]:
    """Make releases, not installed yet. What they leave has names of their own, and goes with the server."""
    made: list[str] = []

    def make(name: str = NAME) -> Release:
        made.append(unique("chart"))
        server.kubectl("create", "namespace", made[-1])
        return Release(helm, server, made[-1], name)

    yield make
    server.kubectl("delete", DEFINITION, "--ignore-not-found")
    server.kubectl("delete", "namespace", "--wait=false", *made)


@pytest.fixture
def release(another: Another) -> Release:
    """A release that is not installed yet, on an API server without the definition."""
    return another()


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """A chart of a later version: its definition knows one field more."""
    chart = tmp_path / "later"
    shutil.copytree(CHART, chart)
    _rewrite(chart / "Chart.yaml", _of_version("0.2.0"))
    _rewrite(chart / "files/scoringpipelines.yaml", _with_a_field)
    return chart


def _rewrite(file: Path, change: Callable[[dict[str, Any]], None]) -> None:
    content = yaml.safe_load(file.read_text())
    change(content)
    file.write_text(yaml.safe_dump(content, allow_unicode=True))


def _of_version(version: str) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        content.update(version=version, appVersion=version)

    return change


def _with_a_field(content: dict[str, Any]) -> None:
    schema = content["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"]["spec"]["properties"]["note"] = {"type": "string"}
