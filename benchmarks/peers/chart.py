"""One picture of the backlog table: records per CPU-second, a panel per size. Equal figures give equal bytes."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from benchmarks.peers.contestants import Entry
from benchmarks.peers.run import Figures
from benchmarks.peers.tables import median
from benchmarks.report import thousands

_OURS, _PEER = "#1f6feb", "#9aa4b2"
_STYLE = {"svg.hashsalt": "scoring-operator", "svg.fonttype": "none", "font.size": 9, "font.family": "sans-serif"}


def draw(entries: Sequence[Entry], figures: Figures, page: Path) -> None:
    """Write the bar chart as SVG: medians, with the range of all runs as a line."""
    with mpl.rc_context(_STYLE):
        shown = [entry for entry in entries if any(name == entry.name for _, name in figures.drains)]
        picture = Figure(figsize=(11, 0.32 * len(shown) + 1), layout="constrained")
        panels = picture.subplots(1, len(figures.labels), squeeze=False, sharey=True)[0]
        for panel, (size, label) in zip(panels, figures.labels.items(), strict=True):
            _panel(panel, shown, figures, size)
            panel.set_title(label, fontsize=10)
            panel.set_xlabel("records per CPU-second")
        FigureCanvasSVG(picture).print_svg(page, metadata={"Date": None})


def _panel(panel: mpl.axes.Axes, entries: Sequence[Entry], figures: Figures, size: int) -> None:
    runs = [[run.per_cpu_s for run in figures.drains.get((size, entry.name), [])] for entry in entries]
    middles = [median(found, float) if found else 0.0 for found in runs]
    reach = [
        [middle - min(found, default=middle) for middle, found in zip(middles, runs, strict=True)],
        [max(found, default=middle) - middle for middle, found in zip(middles, runs, strict=True)],
    ]
    colours = [_OURS if entry.name.startswith("scorer") else _PEER for entry in entries]
    titles = [entry.title for entry in entries]
    panel.barh(titles, middles, xerr=reach, color=colours, error_kw={"elinewidth": 0.8})
    for place, (middle, found) in enumerate(zip(middles, runs, strict=True)):
        behind = (max(found, default=0.0), place)
        panel.annotate(thousands(middle), behind, xytext=(4, 0), textcoords="offset points", va="center")
    panel.set_xlim(0, max([1.0, *(value for found in runs for value in found)]) * 1.2)
    panel.yaxis.set_inverted(True)
    panel.spines[["top", "right"]].set_visible(False)
    panel.xaxis.set_major_formatter(lambda value, _: thousands(value))
