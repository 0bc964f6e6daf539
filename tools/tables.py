"""Tables of Markdown."""

from collections.abc import Iterable, Sequence

LINE_LENGTH = 120


def rows(columns: Sequence[str], cells: Iterable[Iterable[str]]) -> str:
    """Return a table."""
    lines = [columns, ["---"] * len(columns), *cells]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
