"""Prometheus itself reads every query of the dashboards, with their variables filled in."""

import json
from pathlib import Path
from typing import Final

import pytest

from harness import promtool, rules
from harness.dashboards import asked
from harness.prerequisites import needed
from harness.state import REPOSITORY

FOLDER: Final = REPOSITORY / "charts/scoring-operator/files/dashboards"
FILLED: Final = {"__rate_interval": "2m", "namespace": "one", "operator": "one", "pipeline": "one"}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_prometheus_reads_every_query(path: Path) -> None:
    expressions = [one.expression for one in asked(json.loads(path.read_text("utf-8")), FILLED)]
    with needed():
        judge = promtool.obtain()

    recorded = [{"record": f"query:{number}", "expr": expression} for number, expression in enumerate(expressions)]
    broken = [*recorded, {"record": "query:broken", "expr": f"{expressions[0]} )"}]

    assert expressions
    assert rules.refused(judge, {"groups": [{"name": "queries", "rules": recorded}]}) == ""
    assert rules.refused(judge, {"groups": [{"name": "queries", "rules": broken}]}) != ""
