"""One version: the package's, the chart's and the changelog's newest entry."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
CHARTS = sorted((ROOT / "charts").glob("*/Chart.yaml"))
CHANGELOG = ROOT / "CHANGELOG.md"


def test_the_version_is_semantic():
    assert re.fullmatch(r"\d+\.\d+\.\d+([ab]\d+|rc\d+)?", VERSION)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.parent.name)
def test_the_chart_carries_the_packages_version(chart):
    described = yaml.safe_load(chart.read_text())

    assert str(described["version"]) == VERSION
    assert str(described["appVersion"]) == VERSION


@pytest.mark.skipif(not CHANGELOG.exists(), reason="no changelog yet")
def test_the_changelogs_newest_release_is_this_version_or_still_to_come():
    headings = re.findall(r"^## \[?([^\]\s]+)", CHANGELOG.read_text(), re.MULTILINE)
    releases = [heading for heading in headings if heading.lower() != "unreleased"]

    assert headings
    assert not releases or releases[0] == VERSION
