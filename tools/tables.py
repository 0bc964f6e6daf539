"""Tables of Markdown."""

from collections.abc import Iterable, Sequence

LINE_LENGTH = 120


def rows(columns: Sequence[str], cells: Iterable[Iterable[str]]) -> str:
    """Return a table; cells may hold any text of one line."""
    lines = [columns, ["---"] * len(columns), *cells]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
