"""Pure: a simulation → a table of its changes and its figures, or data for programs."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from scoring_operator.cli.answer import UNKNOWN
from scoring_operator.simulation.outcome import Simulation
from scoring_operator.simulation.run import Frame


def as_table(done: Simulation) -> str:
    """Return the changes of replicas, one a line, and the figures below."""
    rows = [("TIME", "REPLICAS", "RATE", "LAG", "DRAIN", "REASON"), *map(_row, done.changes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join([*lines, "", *_figures(done)])


def as_data(done: Simulation) -> dict[str, Any]:
    """Return changes and figures."""
    return {
        "seconds": int(done.trace.seconds),
        "changes": [_member(frame) for frame in done.changes],
        "changesInAnHourAtMost": done.changes_in_an_hour,
        "replicas": {"least": _least(done), "most": _most(done)},
        "podHours": round(done.pod_hours, 3),
        "podHoursAtMost": round(done.pod_hours_at_most, 3),
        "lagAtMost": round(_most_lag(done)),
        "lateSeconds": done.late_s,
    }


def _figures(done: Simulation) -> Iterator[str]:
    changes = len(done.changes)
    yield f"{_clock(done.trace.seconds)} simulated, {changes} changes, at most {done.changes_in_an_hour} within an hour"
    spared = f"{done.pod_hours:,.1f} pod-hours; {_most(done)} pods all the time: {done.pod_hours_at_most:,.1f}"
    yield f"{_least(done)} to {_most(done)} replicas, {spared}"
    target = done.asked.target_drain_time
    yield f"at most {_most_lag(done):,.0f} records waited; for {done.late_s:,} s longer than {target} to drain"


def _row(frame: Frame) -> tuple[str, ...]:
    drain_s = _drain_s(frame)
    return (
        _clock(frame.at),
        f"{frame.changed_from} → {frame.replicas}",
        f"{frame.rate:,.0f}/s",
        f"{frame.lag:,.0f}",
        UNKNOWN if drain_s is None else f"{drain_s:,.0f} s",
        str(frame.decision.reason),
    )


def _member(frame: Frame) -> dict[str, Any]:
    return {
        "at": frame.at,
        "from": frame.changed_from,
        "to": frame.replicas,
        "reason": str(frame.decision.reason),
        "limitedBy": [str(limit) for limit in frame.decision.limits],
        "rate": frame.rate,
        "lag": round(frame.lag),
        "drainSeconds": _drain_s(frame),
    }


def _drain_s(frame: Frame) -> float | None:
    inputs = frame.decision.inputs
    return None if inputs is None or inputs.drain_s is None else round(inputs.drain_s, 1)


def _least(done: Simulation) -> int:
    return min(frame.replicas for frame in done.frames)


def _most(done: Simulation) -> int:
    return max(frame.replicas for frame in done.frames)


def _most_lag(done: Simulation) -> float:
    return max(frame.lag for frame in done.frames)


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=int(seconds)))
