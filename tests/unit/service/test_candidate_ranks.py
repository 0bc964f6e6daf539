"""Spearman's rank correlation, held against its definition."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring_service.candidate.ranks import Floats, rank_correlation, ranks

Pair = tuple[float, float]
few_values = st.integers(-3, 3).map(float)
pairs = st.lists(st.tuples(few_values | st.floats(-1e6, 1e6), few_values | st.floats(-1e6, 1e6)), max_size=30)


def sides(found: Sequence[Pair]) -> tuple[Floats, Floats]:
    return np.array([a for a, _ in found], float), np.array([b for _, b in found], float)


def rank_by_counting(values: Sequence[float], value: float) -> float:
    """The definition: how many are smaller, and half of the equal ones."""
    smaller, equal = sum(other < value for other in values), sum(other == value for other in values)
    return smaller + (equal + 1) / 2


def spearman_by_definition(found: Sequence[Pair]) -> float:
    """Pearson's formula on counted ranks, in plain sums."""
    one = [rank_by_counting([a for a, _ in found], a) for a, _ in found]
    other = [rank_by_counting([b for _, b in found], b) for _, b in found]
    middle = (len(found) + 1) / 2
    shared = sum((a - middle) * (b - middle) for a, b in zip(one, other, strict=True))
    own = sum((a - middle) ** 2 for a in one) * sum((b - middle) ** 2 for b in other)
    return shared / own**0.5


@given(pairs)
def test_the_rank_correlation_is_that_of_the_definition_ties_included(found: list[Pair]) -> None:
    correlation = rank_correlation(*sides(found))

    if len({a for a, _ in found}) < 2 or len({b for _, b in found}) < 2:
        assert correlation is None
    else:
        assert correlation == pytest.approx(spearman_by_definition(found), abs=1e-12)
        assert -1 <= correlation <= 1


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([(1, 10), (2, 20), (3, 30)], 1.0),
        ([(1, 3), (2, 2), (3, 1)], -1.0),
        ([(1, 1), (1, 1), (2, 2), (3, 3)], 1.0),
        ([(1, 2), (2, 2), (3, 1), (4, 4)], 0.31622776601683794),
        ([(1, 1), (2, 1), (3, 1)], None),
        ([(1, 1)], None),
        ([], None),
    ],
)
def test_rank_correlations_with_ties_are_spearmans(found: list[Pair], expected: float | None) -> None:
    """The numbers are those of the textbook's formula with mean ranks."""
    assert rank_correlation(*sides(found)) == (expected if expected is None else pytest.approx(expected))


@given(pairs)
def test_a_rank_correlation_is_symmetric_and_blind_to_scale(found: list[Pair]) -> None:
    before, after = sides(found)

    correlation = rank_correlation(before, after)

    assert rank_correlation(after, before) == pytest.approx(correlation)
    assert rank_correlation(4 * before, after) == pytest.approx(correlation)


def test_ranks_of_a_textbook() -> None:
    assert ranks(np.array([30.0, 10.0, 20.0, 20.0])).tolist() == [4.0, 1.0, 2.5, 2.5]


def test_without_ties_the_short_formula_gives_the_same() -> None:
    """1 - 6 · Σd² / (n · (n² - 1)): places 1 2 3 4 5 against 2 1 4 3 5 differ by 1 four times."""
    found = rank_correlation(np.array([1.0, 2, 3, 4, 5]), np.array([20.0, 10, 40, 30, 50]))

    assert found == pytest.approx(1 - 6 * 4 / (5 * 24))
