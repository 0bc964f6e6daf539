"""The pure parts of a candidate: which keys it gets, and how two revisions compare."""

from collections import Counter
from hashlib import blake2b
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring_service.candidate.buckets import BUCKETS, Share
from scoring_service.candidate.comparison import EDGES, WINDOW, Comparison, Crossing, Pair, Tally
from scoring_service.scorers.base import ScoreRange

RANGE = ScoreRange(0, 1000, "better")
percents = st.floats(0, 100)
scores = st.floats(0, 1000)
pairs = st.lists(st.tuples(scores, scores), max_size=60)


@pytest.mark.parametrize(
    ("pipeline", "key", "bucket"), [("shop/wallets", b"w1", 1380), ("shop/wallets", b"", 8606), ("a/b", b"\xff", 6552)]
)
def test_a_bucket_is_the_same_for_ever(pipeline: str, key: bytes, bucket: int) -> None:
    """A changed number would move running canaries to other keys."""
    whole = int.from_bytes(blake2b(pipeline.encode() + key, digest_size=8).digest(), "big")

    assert Share(pipeline, 50).bucket(key) == bucket == whole % BUCKETS


@given(st.binary(max_size=20), percents, percents)
def test_a_key_that_is_in_stays_in_while_the_share_grows(key: bytes, one: float, other: float) -> None:
    less, more = sorted((one, other))

    assert Share("a/b", more).has(key) or not Share("a/b", less).has(key)


@given(st.binary(max_size=20))
def test_nobody_is_in_0_percent_and_everybody_in_100(key: bytes) -> None:
    assert (Share("a/b", 0).has(key), Share("a/b", 100).has(key)) == (False, True)


@pytest.mark.parametrize("percent", [0.07, 1, 12.34, 50, 99])
def test_a_share_has_so_many_of_the_keys_in_every_partition(percent: float) -> None:
    """Within five standard deviations, of the keys of each of four partitions by CRC-like numbering and of all."""
    share, count = Share("shop/wallets", percent), 80_000
    found = Counter(n % 4 for n in range(count) if share.has(b"wallet-%d" % n))

    for part, total in ((found.total(), count), *((found[n], count / 4) for n in range(4))):
        expected = total * percent / 100
        assert abs(part - expected) <= 5 * sqrt(expected * (1 - percent / 100))


def test_two_pipelines_try_their_candidates_on_different_keys() -> None:
    keys = [b"%d" % n for n in range(1000)]
    one, other = ({key for key in keys if Share(name, 10).has(key)} for name in ("a/b", "a/c"))

    assert 0 < len(one & other) < 40


def a_comparison(found: list[Pair]) -> Comparison:
    comparison = Comparison(RANGE)
    Tally(comparison, pairs=found).settle()
    return comparison


@given(pairs)
def test_differences_are_counted_by_edges_as_shares_of_the_range(found: list[Pair]) -> None:
    comparison = a_comparison(found)

    deltas = [(second - first) / 1000 for first, second in found]
    assert dict(comparison.deltas()) == {edge: sum(delta <= edge for delta in deltas) for edge in EDGES}
    assert comparison.compared == len(found)


@given(pairs, pairs)
def test_tallies_add_up_in_whatever_batches_they_come(first: list[Pair], second: list[Pair]) -> None:
    apart = a_comparison(first)
    Tally(apart, pairs=second).settle()

    together = a_comparison(first + second)

    assert dict(apart.deltas()) == dict(together.deltas())
    assert apart.rank_correlation() == together.rank_correlation()


def test_the_window_holds_the_latest_and_no_more() -> None:
    comparison = a_comparison([(float(n), -float(n)) for n in range(5 * WINDOW)])

    Tally(comparison, pairs=[(float(n), float(n)) for n in range(WINDOW)]).settle()

    assert comparison.rank_correlation() == pytest.approx(1.0)
    assert comparison.compared == 6 * WINDOW


def test_there_is_no_order_to_compare_before_two_records_differ() -> None:
    assert a_comparison([]).rank_correlation() is None
    assert a_comparison([(1, 2), (1, 3)]).rank_correlation() is None
    assert a_comparison([(1, 2), (2, 3)]).rank_correlation() == pytest.approx(1.0)


def test_crossings_are_told_by_direction_and_the_threshold_itself_is_above() -> None:
    comparison = a_comparison([(499, 500), (500, 499), (100, 700), (500, 900), (1, 2)])

    assert comparison.crossing(500) == Crossing(up=2 / 5, down=1 / 5)
    assert comparison.crossing(1000) == Crossing(up=0, down=0)
    assert a_comparison([]).crossing(500) is None
