"""A simulation as a picture, drawn by matplotlib (the extra `plots`). Equal simulations give equal bytes."""

import io
from dataclasses import replace
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scoring_operator.simulation.outcome import Simulation

LOAD, BEARS, LAG, LATE, PODS = "#1f6feb", "#9aa4b2", "#8250df", "#cf222e", "#1a7f37"
STYLE: Final[dict[Any, Any]] = {"svg.fonttype": "none", "font.size": 9, "svg.hashsalt": "simulation"}
HOUR_S: Final = 3600
POINTS: Final = 1500
"""Looks that are drawn, at least and less than twice as many: a picture is not wide enough for more."""


def drawn(done: Simulation, kind: str) -> bytes:
    """Return the picture as `svg` or `png`."""
    done = replace(done, frames=done.frames[:: max(1, len(done.frames) // POINTS)])
    with mpl.rc_context(STYLE):
        picture = Figure(figsize=(9, 6), layout="constrained")
        load, waits, pods = picture.subplots(3, sharex=True)
        _load(done, load)
        _waits(done, waits)
        _pods(done, pods)
        for axes in (load, waits, pods):
            axes.spines[["top", "right"]].set_visible(False)
            axes.legend(frameon=False, loc="upper right", fontsize=8)
        written = io.BytesIO()
        picture.savefig(written, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return written.getvalue()


def _hours(done: Simulation) -> list[float]:
    return [frame.at / HOUR_S for frame in done.frames]


def _load(done: Simulation, axes: Axes) -> None:
    bears = [frame.members * done.model.per_pod for frame in done.frames]
    axes.fill_between(
        _hours(done), bears, step="post", color=BEARS, alpha=0.3, linewidth=0, label="what the pods can do"
    )
    axes.plot(_hours(done), [frame.rate for frame in done.frames], color=LOAD, linewidth=0.9, label="arrivals")
    axes.set_ylabel("records/s")
    axes.set_ylim(bottom=0)


def _waits(done: Simulation, axes: Axes) -> None:
    lag, late = [frame.lag for frame in done.frames], [done.is_late(frame) for frame in done.frames]
    says = f"takes longer than {done.asked.target_drain_time}"
    axes.fill_between(_hours(done), lag, where=late, color=LATE, alpha=0.3, linewidth=0, label=says)
    axes.plot(_hours(done), lag, color=LAG, linewidth=0.9, label="lag")
    recorded = [(point.at / HOUR_S, point.lag) for point in done.trace.points if point.lag is not None]
    if len(recorded) > 1:
        axes.plot(*zip(*recorded, strict=True), color=BEARS, linewidth=0.8, label="lag as recorded")
    axes.set_ylabel("records")
    axes.set_ylim(bottom=0)


def _pods(done: Simulation, axes: Axes) -> None:
    replicas = [frame.replicas for frame in done.frames]
    axes.step(_hours(done), replicas, where="post", color=PODS, linewidth=1.4, label="replicas")
    members = [frame.members for frame in done.frames]
    axes.step(_hours(done), members, where="post", color=BEARS, linewidth=0.9, label="pods that take part")
    axes.set_ylabel("pods")
    axes.set_ylim(0, max(*replicas, 2) * 1.15)
    axes.set_xlabel("hours")
