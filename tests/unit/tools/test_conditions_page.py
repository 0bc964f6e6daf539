"""The page of conditions is made of the docstrings of what the operator can say."""

from enum import StrEnum

import pytest
from tools import conditions

from scoring_operator.conditions import Condition, Reason
from scoring_operator.events import Told


class Undocumented(StrEnum):
    ONE = "One"
    """The first."""
    TWO = "Two"


def test_every_condition_reason_and_event_stands_on_the_page_once():
    rows = [line.split("`")[1] for line in conditions.page().splitlines() if line.startswith("| `")]

    assert sorted(rows) == sorted([*Condition, *Reason, *Told])


def test_no_cell_is_empty_and_none_breaks_the_table():
    rows = [line.strip("| ").split(" | ") for line in conditions.page().splitlines() if line.startswith("| `")]

    assert all(cell and "|" not in cell for row in rows for cell in row)
    assert {len(row) for row in rows} == {2, 3}


def test_a_member_without_a_docstring_is_refused_by_name():
    with pytest.raises(ValueError, match="Undocumented: no docstring for TWO"):
        conditions.members(Undocumented)


def test_the_page_is_fresh():
    assert conditions.main(["--check"]) == 0
