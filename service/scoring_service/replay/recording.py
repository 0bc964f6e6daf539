"""A recording of ticks, line by line: JSON documents as they are, rows of a CSV file as documents.

A line that is no tick is sent like its neighbours, at the moment of the one before: whoever reads the topic has to cope
with it, and a replay that mends it would hide that.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from scoring_service.scorers.base import Rejection
from scoring_service.scorers.volatility.decoding import decoded

NEEDED: Final = ("timestamp", "price")
"""Columns without which a CSV file has no ticks."""

_is_number: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?").fullmatch


class Recorded(NamedTuple):
    """One record to send."""

    number: int
    """Of the file, counted from 1; a heading does not count, an empty line neither."""
    key: bytes | None
    """The symbol; None if it cannot be read."""
    value: bytes
    moment: float | None
    """Unix seconds; None if no line so far says one."""


class NoTicks(ValueError):
    """The file cannot hold ticks; the message says what was expected."""


def recorded(lines: Iterable[bytes], *, is_csv: bool, symbol: str = "") -> Iterator[Recorded]:
    """Yield the records of a file.

    Args:
        lines: With or without their ends.
        is_csv: Whether they are rows below a heading, instead of one JSON document each.
        symbol: Of the rows of a CSV file without a column `symbol`; empty: left out.

    Raises:
        NoTicks: The heading does not have the columns of ticks.
    """
    moment: float | None = None
    for number, value in enumerate(_rows(lines, symbol) if is_csv else _documents(lines), 1):
        tick = decoded(value)
        if isinstance(tick, Rejection):
            yield Recorded(number, tick.entity.encode() if tick.entity else None, value, moment)
            continue
        moment = moment if tick.timestamp is None else tick.timestamp
        yield Recorded(number, tick.symbol.encode(), value, moment)


def _documents(lines: Iterable[bytes]) -> Iterator[bytes]:
    return (line for line in map(bytes.strip, lines) if line)


def _rows(lines: Iterable[bytes], symbol: str) -> Iterator[bytes]:
    reader = csv.reader(line.decode(errors="replace") for line in lines)
    heading = [name.strip().lstrip("\ufeff") for name in next(reader, [])]
    if missing := [name for name in NEEDED if name not in heading]:
        raise NoTicks(f"expected a heading with timestamp and price, it has no {' and no '.join(missing)}")
    added = {} if not symbol or "symbol" in heading else {"symbol": symbol}
    for row in reader:
        if row:
            yield _document(dict(zip(heading, row, strict=False)) | added)


def _document(cells: dict[str, str]) -> bytes:
    """Return the JSON of a row; numbers keep their digits."""
    members = (f"{json.dumps(name)}:{_written(cell)}" for name, cell in cells.items() if cell)
    return f"{{{','.join(members)}}}".encode()


def _written(cell: str) -> str:
    return cell if _is_number(cell) else json.dumps(cell)
