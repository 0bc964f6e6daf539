"""What the pages of `docs/` say of metrics: their names and labels, as people read them."""

import re
from collections.abc import Iterator
from typing import Final

from harness.state import REPOSITORY

PAGES: Final = ("docs/metrics.md", "docs/operator-metrics.md")
SUFFIXES: Final = {"_bucket": {"le"}, "_count": set(), "_sum": set()}


def documented() -> dict[str, set[str]]:
    """Return the labels of every series of both pages, by its name."""
    return {name: labels for page in PAGES for name, labels in _series((REPOSITORY / page).read_text("utf-8"))}


def _series(page: str) -> Iterator[tuple[str, set[str]]]:
    columns: list[str] = []
    histograms = False
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("## "):
            histograms = line == "## Histograms"
        elif line.startswith("| metric |"):
            columns = cells
        elif line.startswith("| `"):
            row = dict(zip(columns, cells, strict=False))
            labels = set(re.findall(r"`(\w+)`", row.get("labels", "")))
            is_histogram = histograms or row.get("type") == "histogram" or "Edges:" in line
            for suffix, more in SUFFIXES.items() if is_histogram else [("", set[str]())]:
                yield row["metric"].strip("`") + suffix, labels | more
