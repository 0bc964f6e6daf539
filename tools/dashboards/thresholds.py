"""Where the chart's alerts begin by default: the red lines of the panels."""

from typing import Final

import yaml
from tools.generated import ROOT

ALERTS: Final = ROOT / "charts/scoring-operator/files/alerts.yaml"


def threshold(alert: str, name: str) -> float:
    """Return a threshold of an alert.

    Raises:
        KeyError: There is no such alert, or it has no such threshold.
    """
    known = {one["name"]: one.get("thresholds", {}) for one in yaml.safe_load(ALERTS.read_text("utf-8"))}
    return float(known[alert][name])
