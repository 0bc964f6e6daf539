"""Prometheus itself reads every query of the dashboards, and what an alert looks at is on one of them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from harness import monitoring, promtool, rules
from harness.dashboards import asked
from harness.prerequisites import needed
from harness.promql import named
from harness.state import REPOSITORY

FOLDER: Final = REPOSITORY / "charts/scoring-operator/files/dashboards"
FILLED: Final = {"__rate_interval": "2m", "namespace": "one", "operator": "one", "pipeline": "one"}
BY_ANOTHER: Final = {"ScoringScorerDown": "scorer_build_info"}
"""Metrics that show the same, by alert: pods that cannot be scraped are missing among those that are counted."""


def sources(expression: str, recorded: Mapping[str, str]) -> set[str]:
    """Return the metrics of an expression, those of recorded ones in their place."""
    found = set(named(expression).metrics)
    return (found - set(recorded)).union(*(sources(recorded[name], recorded) for name in found & set(recorded)))


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


def test_what_an_alert_looks_at_is_on_a_dashboard() -> None:
    with needed():
        of = monitoring.default()
    recorded = {rule["record"]: rule["expr"] for rule in monitoring.rules(of) if "record" in rule}
    drawn = [one for path in FOLDER.glob("*.json") for one in asked(json.loads(path.read_text("utf-8")), FILLED)]
    shown = {metric for one in drawn for metric in named(one.expression).metrics}

    looked_at = {name: sources(alert["expr"], recorded) for name, alert in monitoring.alerts(of).items()}
    unseen = {name for name, metrics in looked_at.items() if not metrics & shown}

    assert unseen == set(BY_ANOTHER)
    assert set(BY_ANOTHER.values()) <= shown
