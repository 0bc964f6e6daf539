"""How a command answers: text for people, as kubectl shows it, or JSON or YAML for programs."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final

import yaml
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from scoring_operator.cli.options import Format

UNKNOWN: Final = "–"
COLOURS: Final = {"True": "green", "False": "red", "Unknown": "yellow"}
WIDE: Final = 10_000
"""Columns where nobody looks: what goes into a pipe or a file is neither cut nor wrapped."""


def answer(output: Format, data: Any, text: Callable[[], RenderableType]) -> None:
    """Print `data` for a program, or `text` for a person."""
    if output is Format.TABLE:
        show(text())
    else:
        sys.stdout.write(encoded(output, data))


def encoded(output: Format, data: Any) -> str:
    """Return data as JSON in one line, or as YAML."""
    if output is Format.JSON:
        return json.dumps(data) + "\n"
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def document(output: Format, data: Any) -> str:
    """Return data as one document of several: a line of JSON, or YAML that begins with its mark."""
    return encoded(output, data) if output is Format.JSON else f"---\n{encoded(output, data)}"


_console = partial(Console, markup=False, emoji=False, highlight=False)
"""Brackets and colons in what others say are no commands."""


def show(text: RenderableType) -> None:
    """Print for a person: with colours and in the width of the terminal, if there is one."""
    console = _console()
    if console.is_terminal:
        console.print(text)
    else:
        sys.stdout.write(plain(text))


def plain(text: RenderableType) -> str:
    """Return what a pipe or a file gets."""
    console = _console(width=WIDE, color_system=None)
    with console.capture() as captured:
        console.print(text)
    return "".join(line.rstrip() + "\n" for line in captured.get().splitlines())


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[str] = ()) -> Table:
    """Return a table as kubectl shows it, the columns of numbers in `right` flush right."""
    made = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell, style=COLOURS.get(cell, "")) for cell in row))
    return made


def number(value: float | None) -> str:
    """Return a number as people read it; unknown is not zero."""
    return UNKNOWN if value is None else f"{value:,.0f}"


def age(seconds: float) -> str:
    """Return how long ago something was, in its largest unit, as kubectl says it."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= 2 * length:
            return f"{int(seconds // length)}{unit}"
    return f"{int(max(0, seconds))}s"
