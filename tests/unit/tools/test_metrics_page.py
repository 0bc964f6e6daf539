"""The page of metrics is made of the table that a scrape is made of."""

from tools import metrics

from scoring_service.metrics.table import FAMILIES


def test_every_family_stands_on_the_page_once_under_its_labels():
    rows = [line.split(" | ") for line in metrics.page().splitlines() if line.startswith("| `scorer_")]

    assert [row[0] for row in rows] == [f"| `{family.name}`" for family in FAMILIES]
    assert [row[1].replace("`", "").split(", ") for row in rows] == [list(f.labels) or [""] for f in FAMILIES]


def test_no_cell_breaks_the_table():
    rows = [line for line in metrics.page().splitlines() if line.startswith("| `scorer_")]

    assert {row.count("|") for row in rows} == {len(metrics.COLUMNS) + 1}


def test_every_family_answers_a_question():
    assert all(family.meaning and "?" in family.answers for family in FAMILIES)
