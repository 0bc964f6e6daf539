"""The page of the variants shows what they say of real wallets, and compares them by known measures."""

from pathlib import Path

import numpy as np
import pytest
from tools import variants_page
from tools.variants import furthest, kendall, tied


def floats(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def test_page_and_pictures_are_what_the_wallets_say_today(scoring_data: Path) -> None:
    assert (scoring_data / variants_page.WALLETS).is_file()
    assert variants_page.main(["--check"]) == 0


@pytest.mark.parametrize(
    ("one", "other", "correlation"),
    [
        (floats(1, 2, 3), floats(10, 20, 30), 1.0),
        (floats(1, 2, 3), floats(3, 2, 1), -1.0),
        (floats(1, 2, 3, 4), floats(1, 3, 2, 4), 4 / 6),  # five pairs of six in the same order, one not
        (
            floats(1, 2, 3),
            floats(5, 5, 6),
            2 / (3 * 2) ** 0.5,
        ),  # two pairs in the same order, one told by one side only
    ],
)
def test_kendalls_correlation_counts_pairs(one: np.ndarray, other: np.ndarray, correlation: float) -> None:
    assert kendall(one, other) == pytest.approx(correlation, abs=1e-12)


def test_who_are_all_equal_have_no_order() -> None:
    assert kendall(floats(1, 1), floats(1, 2)) is None


def test_ties_are_counted_and_the_largest_is_named() -> None:
    assert tied(floats(3, 1, 3, 2, 3, 1)) == (5, 3, 3.0)


def test_those_that_move_furthest_come_first_down_and_then_up() -> None:
    assert furthest(floats(0, -5, 7, -1, 3), 2) == [1, 3, 2, 4]
