"""The labelled addresses: a table of Ethereum accounts as aggregates, labels, and groups of rows that are one."""

import csv
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scoring_service.scorers.address_risk.features import AGGREGATES

LABEL = "FLAG"
IDENTITY = 3
"""Columns in front that name a row: its number, its address, its label."""
FEWEST = 50
"""Rows of a kind that a training needs."""


class NoExamples(ValueError):
    """The table is none that teaches; the message says what was expected."""


class Examples(NamedTuple):
    """The rows of a table, in its order."""

    aggregates: npt.NDArray[np.float64]
    """Shape (rows, 22), as `features.AGGREGATES`."""
    frauds: npt.NDArray[np.bool_]
    groups: npt.NDArray[np.int64]
    """Equal for rows that are equal in all columns but those that name them: they may not teach and judge at once."""


def examples(lines: Iterable[str]) -> Examples:
    """Return the rows of a CSV with a heading.

    Raises:
        NoExamples: A column is missing, a value is no number, or there are too few rows of a kind.
    """
    table = csv.reader(lines)
    heading = [name.strip() for name in next(table, [])]
    wanted = [LABEL, *(aggregate.column for aggregate in AGGREGATES)]
    if missing := [name for name in wanted if name not in heading]:
        raise NoExamples(f"expected the column {missing[0]!r}, found {len(heading)} others")
    label, *places = [heading.index(name) for name in wanted]
    rows = list(table)
    try:
        found = np.array([[float(row[place]) for place in places] for row in rows])
        frauds = np.array([int(row[label]) for row in rows], dtype=bool)
    except (ValueError, IndexError) as error:
        raise NoExamples(f"expected numbers in all columns: {error}") from None
    if min(frauds.sum(), (~frauds).sum()) < FEWEST:
        raise NoExamples(f"expected {FEWEST} rows of both kinds, got {frauds.sum()} frauds of {len(rows)}")
    return Examples(found, frauds, _groups(rows))


def _groups(rows: list[list[str]]) -> npt.NDArray[np.int64]:
    known: dict[tuple[str, ...], int] = {}
    return np.array([known.setdefault(tuple(cell.strip() for cell in row[IDENTITY:]), len(known)) for row in rows])
