"""The pages of metrics are made of the tables that scrapes are made of."""

from tools import metrics, operator_metrics

from scoring_operator.metrics import FAMILIES as OF_THE_OPERATOR
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


def test_every_family_of_the_operator_stands_on_its_page_once_under_its_labels():
    rows = [line.split(" | ") for line in operator_metrics.page().splitlines() if line.startswith("| `")]

    assert [row[0] for row in rows] == [f"| `{family.name}`" for family in OF_THE_OPERATOR]
    assert [row[2].replace("`", "").split(", ") for row in rows] == [list(f.labels) or [""] for f in OF_THE_OPERATOR]
    assert {len(row) for row in rows} == {len(operator_metrics.COLUMNS)}
