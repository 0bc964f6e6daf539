"""`python -m tools.dashboards [--check]`: keeps the chart's dashboards equal to the code."""

import sys
from pathlib import Path
from typing import Final

from tools.dashboards import fleet, pipeline
from tools.generated import ROOT, keep

FOLDER: Final = ROOT / "charts/scoring-operator/files/dashboards"
DASHBOARDS: Final = (fleet.DASHBOARD, pipeline.DASHBOARD)


def files() -> dict[Path, str]:
    """Return the text of each file."""
    return {FOLDER / f"{dashboard.uid}.json": dashboard.text() for dashboard in DASHBOARDS}


if __name__ == "__main__":
    sys.exit(keep(files(), sys.argv[1:]))
