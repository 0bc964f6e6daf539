"""The pure parts of a plan: which records, which bins."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring_service.planning.histogram import MOST_BINS, edges
from scoring_service.planning.selection import begins
from scoring_service.stream.ports import Bounds

partitions = st.dictionaries(
    st.integers(0, 30), st.tuples(st.integers(0, 10**6), st.integers(0, 5000)).map(lambda at: Bounds(at[0], sum(at)))
)


@given(partitions, st.integers(1, 20_000))
def test_the_last_records_are_as_many_as_asked_for_or_as_there_are(bounds: dict[int, Bounds], count: int) -> None:
    begun = begins(bounds, count)

    held = {partition: of.last_stable - of.log_start for partition, of in bounds.items()}
    taken = {partition: of.last_stable - begun[partition] for partition, of in bounds.items()}
    assert sum(taken.values()) == min(count, sum(held.values()))
    assert all(0 <= taken[partition] <= held[partition] for partition in bounds)


@given(partitions, st.integers(1, 20_000))
def test_each_partition_gives_in_proportion_to_what_it_holds(bounds: dict[int, Bounds], count: int) -> None:
    begun = begins(bounds, count)

    held = {partition: of.last_stable - of.log_start for partition, of in bounds.items()}
    share = min(1.0, count / max(1, sum(held.values())))
    for partition, of in bounds.items():
        assert abs(of.last_stable - begun[partition] - share * held[partition]) < 1


def test_the_remainder_goes_to_those_that_were_cut_most() -> None:
    """Ten of 3 + 3 + 9 offsets are 2, 2 and 6; the last one is no share of anybody's."""
    bounds = {0: Bounds(0, 3), 1: Bounds(100, 103), 2: Bounds(7, 16)}

    assert begins(bounds, 10) == {0: 1, 1: 101, 2: 10}
    assert begins(bounds, 11) == {0: 1, 1: 101, 2: 9}


def test_an_empty_topic_has_no_last_records() -> None:
    assert begins({0: Bounds(5, 5), 1: Bounds(0, 0)}, 10) == {0: 5, 1: 0}


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_bins_hold_everything_are_equal_and_not_too_many(one: float, other: float) -> None:
    low, high = sorted((one, other))

    found = edges(low, high)

    widths = [b - a for a, b in pairwise(found)]
    assert found[0] <= low + 1e-6
    assert high <= found[-1] + 1e-6
    assert 1 <= len(widths) <= MOST_BINS + 1
    assert widths == pytest.approx([widths[0]] * len(widths), rel=1e-3)


@pytest.mark.parametrize(
    ("low", "high", "first", "width", "last"),
    [(26.6, 402.0, 20.0, 20.0, 420.0), (0.0, 1.0, 0.0, 0.1, 1.0), (188.0, 188.0, 188.0, 1.0, 189.0)],
)
def test_bins_have_edges_that_people_can_read(low: float, high: float, first: float, width: float, last: float) -> None:
    found = edges(low, high)

    assert (found[0], found[1] - found[0], found[-1]) == pytest.approx((first, width, last))
