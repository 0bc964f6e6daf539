"""A load over time, from a CSV file: `time,rate` and perhaps `lag`; the header may say so, in any order.

time  seconds of any origin, or a moment such as 2026-03-01T12:00:00Z
rate  records a second that arrive from then on, until the next line
lag   records that waited then: what the simulation begins with, and is drawn beside
"""

import csv
import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

COLUMNS: Final = ("time", "rate", "lag")
POINTS_AT_MOST: Final = 1_000_000
SECONDS_AT_MOST: Final = 31 * 86_400


class UnreadableTrace(Exception):
    """A file is no trace; the message names the line, what was expected and what came."""


class Point(NamedTuple):
    """One line."""

    at: float
    """Seconds since the first line."""
    rate: float
    lag: float | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """A load, at least two points of it."""

    points: Sequence[Point]

    @property
    def seconds(self) -> float:
        """From the first point to the last: the last one's rate is not used."""
        return self.points[-1].at

    def rate(self, at: float) -> float:
        """Return the records a second that arrive `at` seconds after the first point."""
        return self.points[max(0, bisect_right(self.points, at, key=lambda point: point.at) - 1)].rate

    @property
    def begins_with(self) -> float:
        """Records that wait at first."""
        return self.points[0].lag or 0.0


def read(lines: Iterable[str]) -> Trace:
    """Return the trace that the lines of a CSV file tell.

    Raises:
        UnreadableTrace: They tell none.
    """
    rows = csv.DictReader(lines)
    names = [name.strip() for name in rows.fieldnames or ()]
    if not {"time", "rate"} <= set(names) <= set(COLUMNS):
        raise UnreadableTrace(
            f"line 1: expected the columns time, rate and perhaps lag, got {', '.join(names) or 'none'}"
        )
    rows.fieldnames = names
    points: list[Point] = []
    for row in rows:
        point = _point(row, rows.line_num)
        if points and point.at <= points[-1].at:
            raise UnreadableTrace(f"line {rows.line_num}: time: expected a later one than before, got {row['time']!r}")
        points.append(point)
        if len(points) > POINTS_AT_MOST or point.at - points[0].at > SECONDS_AT_MOST:
            raise UnreadableTrace(f"line {rows.line_num}: expected at most {POINTS_AT_MOST:,} lines and 31 days")
    if len(points) < 2:
        raise UnreadableTrace(f"expected at least two lines below the header, got {len(points)}")
    return Trace([point._replace(at=point.at - points[0].at) for point in points])


def _point(row: dict[str, str], line: int) -> Point:
    lag = row.get("lag")
    return Point(
        at=_moment(row["time"], line),
        rate=_number(row["rate"], "rate", line),
        lag=_number(lag, "lag", line) if lag else None,
    )


def _moment(text: str | None, line: int) -> float:
    """Return seconds; eight digits are so many of them, not a date."""
    refused = UnreadableTrace(f"line {line}: time: expected seconds or a moment, got {text!r}")
    try:
        seconds = float(text or "")
    except ValueError:
        pass
    else:
        if math.isfinite(seconds):
            return seconds
        raise refused
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        raise refused from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _number(text: str | None, column: str, line: int) -> float:
    try:
        number = float(text or "")
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise UnreadableTrace(f"line {line}: {column}: expected a number of at least 0, got {text!r}")
    return number
