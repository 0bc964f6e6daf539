"""The pictures of a plan as SVG, drawn by matplotlib (the extra `plots`). Equal findings give equal bytes."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scoring_service.planning.findings import Findings

BEFORE, AFTER = "#9aa4b2", "#1f6feb"
THRESHOLD = "#cf222e"
MOVERS_DRAWN: Final = 10
MUTED: Final = "#57606a"
STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "font.size": 9,
    "font.family": "sans-serif",
    "text.parse_math": False,  # an entity may have two dollar signs
}


def distribution(findings: Findings) -> str:
    """Return both histograms, one behind the other."""

    def draw(axes: Axes) -> None:
        axes.stairs(findings.before.counts, findings.edges, fill=True, color=BEFORE, alpha=0.6, label="before")
        axes.stairs(findings.after.counts, findings.edges, color=AFTER, linewidth=1.8, label="after")
        _threshold(findings, axes.axvline)
        axes.set_xlabel("score")
        axes.set_ylabel("records")
        axes.legend(frameon=False)

    return drawn("distribution", (7, 3), draw)


def scatter(findings: Findings, points: Sequence[tuple[float, float]]) -> str:
    """Return the score after over the score before; whoever stays is on the diagonal."""

    def draw(axes: Axes) -> None:
        low, high = findings.edges[0], findings.edges[-1]
        axes.plot([low, high], [low, high], color=MUTED, linewidth=0.8)
        axes.scatter([old for old, _ in points], [new for _, new in points], s=6, color=AFTER, alpha=0.35, linewidths=0)
        _threshold(findings, axes.axvline)
        _threshold(findings, axes.axhline)
        axes.set_xlabel("score before")
        axes.set_ylabel("score after")

    return drawn("scatter", (5, 4.5), draw)


def movers(findings: Findings) -> str:
    """Return what each feature adds to the movement of those that move most: gains to the right, losses to the left."""
    shown = findings.movers[:MOVERS_DRAWN]
    changes = [{each.feature: each.after - each.before for each in mover.reasons} for mover in shown]
    features = list(dict.fromkeys(name for change in changes for name, by in change.items() if by))

    def draw(axes: Axes) -> None:
        for number, feature in enumerate(features):
            lefts, widths = _stacked(changes, features[:number], feature)
            colour = mpl.colormaps["tab10"](number % 10)
            axes.barh(range(len(shown)), widths, left=lefts, color=colour, label=feature, height=0.7)
        axes.plot([mover.delta for mover in shown], range(len(shown)), "D", markersize=4, color="black")
        axes.axvline(0, color=MUTED, linewidth=0.8)
        axes.use_sticky_edges = False
        axes.set_yticks(range(len(shown)), [_short(mover.entity) for mover in shown])
        axes.yaxis.set_inverted(True)
        axes.set_xlabel("change of the score, by feature (diamond: together)")
        axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))

    return drawn("movers", (9, 1.2 + 0.32 * len(shown)), draw)


def _stacked(
    changes: Sequence[Mapping[str, float]], below: Sequence[str], feature: str
) -> tuple[list[float], list[float]]:
    """Return where the bars of a feature begin and how long they are: behind those of `below` in their direction."""
    widths = [change.get(feature, 0.0) for change in changes]
    lefts = [
        sum(by for name in below if (by := change.get(name, 0.0)) * width > 0)
        for change, width in zip(changes, widths, strict=True)
    ]
    return lefts, widths


def _threshold(findings: Findings, line: Callable[..., object]) -> None:
    if findings.crossing is not None:
        line(findings.crossing.threshold, color=THRESHOLD, linewidth=0.8, linestyle="--")


def drawn(name: str, inches: tuple[float, float], *draws: Callable[[Axes], None]) -> str:
    """Return one picture as an `svg` element to stand in a page, with a panel for each of `draws`, side by side.

    `name` keeps its ids apart from those of other pictures.
    """
    with mpl.rc_context({**STYLE, "svg.hashsalt": name}):
        picture = Figure(figsize=inches, layout="constrained")
        for axes, draw in zip(picture.subplots(1, len(draws), squeeze=False)[0], draws, strict=True):
            draw(axes)
            axes.spines[["top", "right"]].set_visible(False)
        written = io.StringIO()
        picture.savefig(written, format="svg", metadata={"Date": None})
    return written.getvalue()[written.getvalue().index("<svg") :]


def _short(entity: str) -> str:
    return entity if len(entity) <= 16 else f"{entity[:8]}…{entity[-6:]}"
