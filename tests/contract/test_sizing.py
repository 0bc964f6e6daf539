"""The guide to sizing invents nothing: its figures are those of the measured tables."""

import re

import pytest
from tools.generated import ROOT

PAGE = (ROOT / "docs/sizing.md").read_text("utf-8")
TABLES = "".join((ROOT / f"docs/{page}.md").read_text("utf-8") for page in ("performance", "operator-performance"))
ROWS = re.findall(r"^\| (.+?) \| (\d[\d.]*k?(?: \w+)?) \|", PAGE, re.MULTILINE)
MEASURED = re.findall(r"\d[\d.]*(?:k\b| MiB| MB| s\b)", PAGE)


def holds(figure: str) -> bool:
    """Tell whether the measured tables have a figure, as a number of its own."""
    return re.search(rf"(?<![\d.]){re.escape(figure)}(?![\d])", TABLES) is not None


def test_every_figure_of_its_tables_and_every_figure_with_a_unit_was_measured() -> None:
    assert len(ROWS) == 9
    assert len(MEASURED) > 10
    assert [figure for figure in [*(value for _, value in ROWS), *MEASURED] if not holds(figure)] == []


@pytest.mark.parametrize("invented", ["40.7k", "253 MiB", "0.157"])
def test_a_figure_that_was_not_measured_is_found(invented: str) -> None:
    assert not holds(invented)


def test_cores_are_a_thousand_divided_by_what_a_second_is_enough_for() -> None:
    rows = re.findall(r"^\|.*KB \| ([\d.]+)k \| ([\d.]+) \|$", PAGE, re.MULTILINE)

    assert len(rows) == 3
    assert [cores for _, cores in rows] == [f"{1 / float(thousands):.2f}" for thousands, _ in rows]
