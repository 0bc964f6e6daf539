"""Keeps the pages of alerts equal to the chart's files: `python -m tools.alerts [--check]`.

`docs/alerts.md` and `docs/runbooks/README.md` are made of the chart's values and of its `files`.
"""

import re
import sys
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import yaml
from tools.generated import ROOT, keep
from tools.tables import rows

CHART: Final = ROOT / "charts/scoring-operator"
RUNBOOKS: Final = ROOT / "docs/runbooks"
MARKER: Final = (
    "<!-- Written by `make generate`; edit `charts/scoring-operator/files` and `tools/alerts.py` instead. -->"
)
TEMPLATE: Final = re.compile(r"\{\{\s*\$(?:labels\.)?(\w+)(?:\s*\|\s*\w+)?\s*\}\}")
PLACEHOLDER: Final = re.compile(r"\$\{(\w+)\}")
BURNS: Final = (
    ("BurnFast", "page", "14.4 times (1 h and 5 min) or 6 times (6 h and 30 min)"),
    ("BurnSlow", "ticket", "as fast as it may, or faster (3 d and 6 h)"),
)

INTRODUCTION: Final = f"""\
# Alerts

{MARKER}

Switch them on where the cluster knows the Prometheus Operator's PodMonitor and PrometheusRule:

```yaml
# values of the chart
monitoring:
  podMonitor: {{enabled: true, labels: {{release: kube-prometheus-stack}}}}   # labels by which your Prometheus selects
  rules:
    enabled: true
    labels: {{release: kube-prometheus-stack}}
    exclude: [ScoringRebalanceStorm]
    thresholds: {{ScoringLagSecondsHigh: {{seconds: 900, for: 10m}}}}
    runbookUrl: https://github.example/scoring/docs/runbooks   # NAME.md is appended
    dashboardUrl: https://grafana.example/d/scoring-pipeline   # absent: no dashboard_url
```

Every alert has `severity`: **page** where scores are late, lost or about to be, or nobody would notice if they were;
**ticket** for working hours. `runbook_url` leads to its [runbook](runbooks/README.md). A name in `exclude` or
`thresholds` that means nothing fails the installation, and is named.

- Prometheus must reach the pods: `workers.networkPolicy.monitoring` lets in the namespace `monitoring`, unless you name
  another one.
- The rules speak of the namespaces that this release serves (`scope`), and of no other. They need the target label
  `pipeline` on workers and the job `scoring-worker`, which the PodMonitor gives; with another way of scraping, give
  them yourself.
- With `rules.enabled` the operator exports the conditions of each single pipeline, and its pods are replaced for it.
- A suspended pipeline, or one of zero replicas, is neither Available nor Ready, and no alert fires for it. One that is
  suspended *and* Stalled, such as a paused one, cannot be told from one that should score.
- Rules of two releases that serve one namespace, one of them the whole cluster, alert twice: switch them on in one.
- A lag that is not known has no series. It is never taken for zero: what it hides is told by ScoringScorerDown and
  ScoringPipelineNotAvailable.
"""
SLO_WORDS: Final = """\
## Objectives

Over 30 days. An alert fires when the error budget burns at a multiple of the rate at which it would last just so long,
over a long window, in which it matters, and a short one, in which it still does; and only if the long window has enough
events to mean anything. `monitoring.rules.slos` has objectives and least events. The ratios are recorded as
`scoring:<objective>_errors:ratio_<window>`.

The control plane counts what it shows: while no process of the operator can be scraped it has no series, and
ScoringOperatorDown fires.
"""
INDEX: Final = f"""\
# Runbooks

{MARKER}

One for each alert, one for both alerts of an objective. In commands the release is `scoring-operator` in the namespace
`scores`, the pipeline `wallet-reputation`, and POD whichever it concerns. Thresholds and how to switch alerts on:
[alerts.md](../alerts.md).
"""


class Alert(NamedTuple):
    """An alert as the pages show it."""

    name: str
    severity: str
    after: str
    thresholds: dict[str, float]
    summary: str
    """With placeholders filled in, and labels as their names in capitals."""
    description: str

    @property
    def runbook(self) -> str:
        """Name of its runbook, without the ending."""
        return re.sub("Burn(Fast|Slow)$", "Burn", self.name)


class Objective(NamedTuple):
    """An objective as the pages show it."""

    name: str
    promise: str
    percent: float
    events: int


def alerts() -> list[Alert]:
    """Return the alerts of `files/alerts.yaml`, in its order."""
    return [_alert(given) for given in _file("files/alerts.yaml")]


def objectives() -> list[Objective]:
    """Return the objectives of `files/slos.yaml` with the values' numbers."""
    numbers = _file("values.yaml")["monitoring"]["rules"]["slos"]
    return [
        Objective(
            slo["name"], slo["promise"], numbers[slo["value"]]["objective"], numbers[slo["value"]]["minimumEvents"]
        )
        for slo in _file("files/slos.yaml")
    ]


def burns() -> list[Alert]:
    """Return the alerts of the objectives."""
    return [
        Alert(f"Scoring{slo.name}{name}", severity, "", {}, f"The budget burns {rate}.", slo.promise)
        for slo in objectives()
        for name, severity, rate in BURNS
    ]


def page() -> str:
    """Return the page of alerts."""
    columns = ("alert", "severity", "after", "thresholds", "what it says")
    listed = rows(columns, (_cells(alert) for alert in alerts()))
    burning = rows(("alert", "severity", "fires when"), ((_link(one), one.severity, one.summary) for one in burns()))
    promised = rows(
        ("objective", "what is promised", "percent", "least events"), (_objective(slo) for slo in objectives())
    )
    return "\n".join([INTRODUCTION, "## What there is", "", listed, SLO_WORDS, promised, burning])


def index() -> str:
    """Return the index of the runbooks."""
    first: dict[str, Alert] = {}
    for alert in [*alerts(), *burns()]:
        first.setdefault(alert.runbook, alert)
    cells = ([f"[{name}]({name}.md)", alert.severity, _told(alert)] for name, alert in first.items())
    return f"{INDEX}\n{rows(('runbook', 'severity', 'what it is about'), cells)}"


def _told(alert: Alert) -> str:
    return alert.summary if alert.after else f"The error budget of an objective: {alert.description}"


def _alert(given: dict[str, Any]) -> Alert:
    thresholds = given.get("thresholds", {})
    summary, description = (_readable(given[text], thresholds) for text in ("summary", "description"))
    return Alert(given["name"], given["severity"], given["for"], thresholds, summary, description)


def _readable(text: str, thresholds: dict[str, float]) -> str:
    filled = PLACEHOLDER.sub(lambda found: str(thresholds[found[1]]), text)
    return TEMPLATE.sub(lambda found: "N" if found[1] == "value" else found[1].upper(), filled)


def _cells(alert: Alert) -> Iterator[str]:
    yield _link(alert)
    yield alert.severity
    yield alert.after
    yield ", ".join(f"`{name}` {value}" for name, value in alert.thresholds.items())
    yield f"{alert.summary} {alert.description}"


def _link(alert: Alert) -> str:
    return f"[{alert.name}](runbooks/{alert.runbook}.md)"


def _objective(slo: Objective) -> tuple[str, str, str, str]:
    return slo.name, slo.promise, str(slo.percent), str(slo.events)


def _file(name: str) -> Any:
    return yaml.safe_load((CHART / name).read_text("utf-8"))


def main(arguments: list[str]) -> int:
    """Write the pages; with `--check` write nothing and return 1 if that would have changed one."""
    return keep({ROOT / "docs/alerts.md": page(), RUNBOOKS / "README.md": index()}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
