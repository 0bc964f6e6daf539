"""How a command answers: a table for people or JSON for programs on stdout, what went wrong on stderr."""

import json
import logging
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from scoring_service.errors import GroupInUse, ServiceError

EXIT_FAILED: Final = 1
"""The brokers do not answer, or refuse."""
EXIT_IN_USE: Final = 3
"""Somebody is in the group."""


class Format(StrEnum):
    """How to answer."""

    TABLE = "table"
    JSON = "json"


Output = Annotated[Format, typer.Option("--output", "-o", help="A table for people, or JSON.")]


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Container[int] = ()) -> str:
    """Return aligned columns; those of `right`, counted from 0, stand right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]

    def line(row: Sequence[str]) -> str:
        cells = enumerate(zip(row, widths, strict=True))
        return "  ".join(cell.rjust(width) if place in right else cell.ljust(width) for place, (cell, width) in cells)

    return "\n".join(line(row).rstrip() for row in (head, *rows))


def as_json(value: Any) -> str:
    """Return one line of JSON."""
    return json.dumps(value, separators=(",", ":"))


@contextmanager
def failures_told() -> Iterator[None]:
    """End the process with one line on stderr for an error of the stream: exit code 3 if a group is in use, else 1."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it would say the same, many times
    try:
        yield
    except ServiceError as error:
        typer.echo(f"scorer: {error}", err=True)
        raise typer.Exit(EXIT_IN_USE if isinstance(error, GroupInUse) else EXIT_FAILED) from error
