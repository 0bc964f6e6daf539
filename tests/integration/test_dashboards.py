"""Prometheus itself reads every query of the dashboards, with their variables filled in."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from harness import promtool, rules
from harness.prerequisites import needed
from harness.state import REPOSITORY

FOLDER: Final = REPOSITORY / "charts/scoring-operator/files/dashboards"
FILLED: Final = {"__rate_interval": "2m"}


def expressions(dashboard: dict[str, Any]) -> list[str]:
    """Return the queries as Grafana sends them."""
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    return [re.sub(r"\$(\w+)", lambda found: FILLED.get(found[1], "one"), expression) for expression in asked]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_prometheus_reads_every_query(path: Path) -> None:
    asked = expressions(json.loads(path.read_text("utf-8")))
    with needed():
        judge = promtool.obtain()

    recorded = [{"record": f"query:{number}", "expr": expression} for number, expression in enumerate(asked)]
    broken = [*recorded, {"record": "query:broken", "expr": f"{asked[0]} )"}]

    assert asked
    assert rules.refused(judge, {"groups": [{"name": "queries", "rules": recorded}]}) == ""
    assert rules.refused(judge, {"groups": [{"name": "queries", "rules": broken}]}) != ""
