"""What a panel and a dashboard are, as Grafana reads them, and where panels stand."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

Json = dict[str, Any]

WIDTH: Final = 24
HEIGHT: Final = 8
SCHEMA_VERSION: Final = 39
"""Of Grafana 10 and newer; newer ones read it."""
SOURCE: Final[Json] = {"type": "prometheus", "uid": "${datasource}"}
RATE: Final = "$__rate_interval"


class Query(NamedTuple):
    """An expression, and how its series are called."""

    expression: str
    legend: str = "__auto"


@dataclass(frozen=True)
class Panel:
    """One panel."""

    title: str
    queries: Sequence[Query]
    unit: str
    """By Grafana's own names: `s`, `short`, `ops`, `percentunit`, `bytes`."""
    description: str
    kind: str = "timeseries"
    """Or `stat`: the latest value as a number."""
    threshold: float | None = None
    """Where an alert begins."""
    width: int = 8
    fills_gaps: bool = False
    """Whether no series means zero: an event that has not happened yet."""

    def rendered(self, number: int, x: int, y: int) -> Json:
        """Return the panel at a place of the grid."""
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "datasource": SOURCE,
            "gridPos": {"h": HEIGHT, "w": self.width, "x": x, "y": y},
            "targets": [
                {
                    "refId": chr(ord("A") + at),
                    "datasource": SOURCE,
                    "expr": query.expression,
                    "legendFormat": query.legend,
                }
                for at, query in enumerate(self.queries)
            ],
            "fieldConfig": {"defaults": self._field(), "overrides": []},
            "options": self._options(),
        }

    def _field(self) -> Json:
        steps: list[Json] = [{"color": "green", "value": None}]
        custom: Json = {"fillOpacity": 10, "showPoints": "never"}
        if self.threshold is not None:
            steps.append({"color": "red", "value": self.threshold})
            custom["thresholdsStyle"] = {"mode": "line"}
        return {
            "unit": self.unit,
            "min": 0,
            "thresholds": {"mode": "absolute", "steps": steps},
            **({"noValue": "0"} if self.fills_gaps else {}),
            **({"custom": custom} if self.kind == "timeseries" else {}),
        }

    def _options(self) -> Json:
        if self.kind == "stat":
            return {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "colorMode": "value"}
        return {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}


@dataclass(frozen=True)
class Section:
    """Panels below one heading."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True)
class Dashboard:
    """One dashboard."""

    uid: str
    """Fixed: links lead to it."""
    title: str
    description: str
    variables: Sequence[Json]
    sections: Sequence[Section]
    links: Sequence[Json] = field(default=())

    def text(self) -> str:
        """Return the file that Grafana imports."""
        dashboard = {
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": ["scoring-operator"],
            "editable": False,
            "graphTooltip": 1,
            "refresh": "30s",
            "schemaVersion": SCHEMA_VERSION,
            "time": {"from": "now-3h", "to": "now"},
            "templating": {"list": [_datasource(), *self.variables]},
            "links": list(self.links),
            "panels": self._placed(),
        }
        return json.dumps(dashboard, indent=1, ensure_ascii=False) + "\n"

    def _placed(self) -> list[Json]:
        placed: list[Json] = []
        y = 0
        for section in self.sections:
            heading = {"h": 1, "w": WIDTH, "x": 0, "y": y}
            placed.append(
                {"id": len(placed) + 1, "type": "row", "title": section.title, "gridPos": heading, "panels": []}
            )
            x, y = 0, y + 1
            for panel in section.panels:
                if x + panel.width > WIDTH:
                    x, y = 0, y + HEIGHT
                placed.append(panel.rendered(len(placed) + 1, x, y))
                x += panel.width
            y += HEIGHT
        return placed


def variable(name: str, label: str, query: str, *, many: bool) -> Json:
    """Return a variable whose values a query of label values gives."""
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "sort": 1,
        "multi": many,
        "includeAll": many,
        **({"allValue": ".+", "current": {"text": ["All"], "value": ["$__all"]}} if many else {}),
    }


def _datasource() -> Json:
    return {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}


def quantiles(metric: str, selected: str) -> list[Query]:
    """Return the queries of the median and the 99th percentile of a classic histogram."""
    return [
        Query(f"histogram_quantile({share}, sum by (le) (rate({metric}_bucket{{{selected}}}[{RATE}])))", word)
        for share, word in ((0.5, "p50"), (0.99, "p99"))
    ]


def processes(selected: str) -> tuple[Panel, Panel]:
    """Return what the selected processes take, by pod: cores and resident memory."""
    cores = Query(f"sum by (pod) (rate(process_cpu_seconds_total{{{selected}}}[{RATE}]))", "{{pod}}")
    memory = Query(f"sum by (pod) (process_resident_memory_bytes{{{selected}}})", "{{pod}}")
    return (
        Panel("Processors", [cores], "short", "Cores in use."),
        Panel("Memory", [memory], "bytes", "Resident."),
    )
