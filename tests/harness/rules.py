"""Prometheus' own judgement of alerting rules: which alerts fire when, over series that a test draws up."""

import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from harness.promql import named

Labels = dict[str, str]


class Expected(NamedTuple):
    """Which alerts of a name fire at a moment."""

    minute: int
    alert: str
    labels: Sequence[Labels]
    """Of each that fires; empty: none does."""


class Story(NamedTuple):
    """Series over time, and what is expected of them."""

    series: dict[str, str]
    """Values in promtool's notation, by selector."""
    expected: Sequence[Expected]


def gauge(*runs: tuple[float | None, int], step: int = 1) -> str:
    """Return the values of a gauge that has each value for so many minutes; None: there is no series."""
    return " ".join(_value(value) for value, minutes in runs for _ in range(minutes // step))


def counter(*runs: tuple[float | None, int], step: int = 1, start: float = 0) -> str:
    """Return the values of what grows by so much a minute for so many minutes; None: there is no series."""
    total, values = start, []
    for rate, minutes in runs:
        for _ in range(minutes // step):
            values.append(_value(None if rate is None else total))
            total += (rate or 0) * step
    return " ".join(values)


def selector(metric: str, /, **labels: str) -> str:
    """Return a series by its metric and labels."""
    return metric + "{" + ", ".join(f'{label}="{value}"' for label, value in labels.items()) + "}"


def _value(value: float | None) -> str:
    return "stale" if value is None else f"{value:.12g}"


def refused(promtool: Path, groups: dict[str, Any]) -> str:
    """Return what `promtool check rules` says against rules; empty if nothing."""
    with tempfile.TemporaryDirectory() as folder:
        return _complaint(promtool, "check", _written(folder, "rules.yaml", groups))


def alone(groups: dict[str, Any], alert: str) -> dict[str, Any]:
    """Return of these rules the alert and what it is made of, in their order: the rest would only take time."""
    wanted, found = {alert}, []
    for rule in reversed([rule for group in groups["groups"] for rule in group["rules"]]):
        if (rule.get("alert") or rule["record"]) in wanted:
            found.insert(0, rule)
            wanted.update(named(rule["expr"]).metrics)
    return {"groups": [{"name": alert, "rules": found}]}


def failures(promtool: Path, groups: dict[str, Any], stories: Iterable[Story], *, step: int = 1) -> str:
    """Return what `promtool test rules` says against expectations; empty if they hold.

    `step` is the minutes between two values, and between two evaluations. Annotations are left out: the labels of an
    alert say which it is.
    """
    with tempfile.TemporaryDirectory() as folder:
        _written(folder, "rules.yaml", _silent(groups))
        tests = {
            "rule_files": ["rules.yaml"],
            "evaluation_interval": f"{step}m",
            "tests": [_test(story, step) for story in stories],
        }
        return _complaint(promtool, "test", _written(folder, "tests.yaml", tests))


def _silent(groups: dict[str, Any]) -> dict[str, Any]:
    def bare(rule: dict[str, Any]) -> dict[str, Any]:
        return {field: value for field, value in rule.items() if field != "annotations"}

    return {"groups": [{**group, "rules": [bare(rule) for rule in group["rules"]]} for group in groups["groups"]]}


def _test(told: Story, step: int) -> dict[str, Any]:
    return {
        "interval": f"{step}m",
        "input_series": [{"series": name, "values": values} for name, values in told.series.items()],
        "alert_rule_test": [
            {
                "eval_time": f"{expected.minute}m",
                "alertname": expected.alert,
                "exp_alerts": [{"exp_labels": labels} for labels in expected.labels],
            }
            for expected in told.expected
        ],
    }


def _written(folder: str, name: str, content: Any) -> Path:
    path = Path(folder, name)
    path.write_text(yaml.safe_dump(content), "utf-8")
    return path


def _complaint(promtool: Path, verb: str, file: Path) -> str:
    done = subprocess.run([promtool, verb, "rules", file.name], cwd=file.parent, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr
