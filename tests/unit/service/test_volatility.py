"""Windows of ticks: the requirement's features, to the last digit, in event time, within bounds."""

import math
import random
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import ticks
from oracle import volatility as by_hand
from scoring_service.scorers.base import Absorbed, Output
from scoring_service.scorers.reasons import AbsorbedReason

SIX = [100, 101, 102, 101.5, 103, 104]
W50 = 50


def found(of, moved, *cuts):
    return ticks.said(ticks.folded(of, ticks.rows(moved, of), *cuts))


def near(one, other):
    """Tell whether both are the same: words to the letter, numbers to 1e-12 of themselves."""
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return all(math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-30) for a, b in zip(one, other, strict=True))


def test_the_published_windows_of_five_prices_are_met():
    said = found(ticks.scorer(windowSize=5), ticks.one_symbol(SIX))

    assert said[:4] == ["warming"] * 4
    assert near(said[4], (0.007444338609462221, 0.007395691458341279, 4))
    assert near(said[5], (0.007371523075481639, 0.00737156528529034, 4))


def test_the_first_window_of_the_recorded_day_is_the_published_one(scoring_data):
    said = ticks.said(ticks.folded(ticks.scorer(), ticks.recorded_rows(scoring_data / ticks.CALM)))

    assert said[:49] == ["warming"] * 49
    assert said[49][0] == pytest.approx(1.6995692982e-06, rel=1e-10)
    assert said[49][1] == pytest.approx(2.26131512584e-05, rel=1e-11)
    assert said[49][2] == 49
    assert len(said) == 4337


def test_every_window_of_the_recorded_day_is_what_one_works_out_by_hand(scoring_data):
    moved = ticks.recorded(scoring_data / ticks.CALM)

    said = found(ticks.scorer(), moved, *range(0, len(moved), 7))

    expected = by_hand.features(moved, W50, 300.0)
    assert all(near(one, other) for one, other in zip(said, expected, strict=True))


@given(st.lists(ticks.moved, max_size=60), st.integers(3, 6), st.lists(st.integers(0, 60), max_size=5))
def test_features_and_absences_are_those_of_a_list_of_all_prices(moved, size, cuts):
    """Whatever the order of moments, and however the ticks are cut into batches."""
    said = found(ticks.scorer(windowSize=size), moved, *(cut for cut in cuts if cut <= len(moved)))

    expected = by_hand.features(moved, size, 300.0)
    assert all(near(one, other) for one, other in zip(said, expected, strict=True))


@given(ticks.in_order, st.integers(3, 9))
def test_features_do_not_depend_on_what_the_window_has_forgotten(steps, size):
    """No sum drifts: a window that has seen a million-fold price says the same as one that begins here, to the bit."""
    before = ticks.one_symbol([1e-6, 1e6, 1e-6])
    at = before[-1][2]
    moved = [("BTC-USD", price, at := at + step) for price, step in steps]
    of = ticks.scorer(windowSize=size)

    long, short = found(of, before + moved), found(of, moved)

    assert long[len(before) + size :] == short[size:]


def test_equal_prices_have_the_least_deviation_of_the_requirement_and_a_score():
    *_, last = ticks.folded(ticks.scorer(windowSize=3), ticks.rows(ticks.one_symbol([100.0] * 3)))

    assert (last.features.ret_mean, last.features.ret_std) == (0.0, 1e-8)
    assert 0 < last.score < 1e-6


# Event time


def test_a_tick_older_than_the_newest_is_late_and_leaves_no_trace():
    of = ticks.scorer(windowSize=3)
    moved = [("A", 100.0, 1000.0), ("A", 101.0, 1010.0), ("A", 500.0, 1005.0), ("A", 102.0, 1010.0)]

    said = found(of, moved)

    assert said[:3] == ["warming", "warming", "late"]
    assert near(said[3], by_hand.of_prices([100.0, 101.0, 102.0]))


def test_equal_moments_keep_the_order_of_arrival():
    of = ticks.scorer(windowSize=3)

    there = found(of, [("A", 100.0, 1000.0), ("A", 110.0, 1000.0), ("A", 121.0, 1000.0)])
    back = found(of, [("A", 121.0, 1000.0), ("A", 110.0, 1000.0), ("A", 100.0, 1000.0)])

    assert there[2][0] == pytest.approx(0.1)
    assert back[2][0] < 0


@pytest.mark.parametrize(("pause", "says"), [(300.0, "a score"), (300.5, "warming")])
def test_a_longer_pause_begins_a_new_window(pause, says):
    of = ticks.scorer(windowSize=3)

    *_, last = found(of, [("A", 100.0, 1000.0), ("A", 101.0, 1001.0), ("A", 102.0, 1001.0 + pause)])

    assert last == says if says == "warming" else last[2] == 2


def test_one_tick_from_the_future_does_not_silence_its_symbol():
    """As many ticks in a row as a window has prices say that it is the newest one which is wrong."""
    of = ticks.scorer(windowSize=3)
    live = [("A", 100.0 + number, 2000.0 + number) for number in range(6)]

    said = found(of, [("A", 100.0, 9e9), *live])

    assert said[:5] == ["warming", "out_of_window", "out_of_window", "warming", "warming"]
    assert near(said[5], by_hand.of_prices([102.0, 103.0, 104.0]))


def test_old_ticks_among_new_ones_never_begin_a_window():
    of = ticks.scorer(windowSize=3)
    moved = [("A", 100.0 + number, 5000.0 + number) for number in range(8)]
    mixed = [tick for one in moved for tick in (one, ("A", 7.0, 10.0), ("A", 7.0, 10.0))]

    said = found(of, mixed)

    assert said[::3] == found(of, moved)
    assert {*said[1::3], *said[2::3]} == {"out_of_window"}


def test_symbols_have_windows_of_their_own():
    of = ticks.scorer(windowSize=3)
    one, other = ticks.one_symbol([100.0, 101.0, 103.0]), ticks.one_symbol([7.0, 8.0, 6.5])
    mixed = [tick for pair in zip(one, [("ETH-USD", *tick[1:]) for tick in other], strict=True) for tick in pair]

    said = found(of, mixed)

    assert (said[0::2], said[1::2]) == (found(of, one), found(of, other))


# Bounds


def test_the_symbol_seen_least_recently_is_forgotten_and_counted():
    of = ticks.scorer(maxSymbols=2, windowSize=3)
    moved = [("A", 1.0, 1000.0), ("B", 1.0, 1000.0), ("A", 1.0, 1001.0), ("C", 1.0, 1002.0)]

    _, state = of.score(ticks.rows(moved), of.start())

    assert (of.keys(state), state.forgotten) == ([b"A", b"C"], 1)


@given(st.lists(st.sampled_from("ABCDE"), max_size=40), st.lists(st.integers(0, 40), max_size=4))
def test_what_is_forgotten_does_not_depend_on_batches(names, cuts):
    of = ticks.scorer(maxSymbols=3, windowSize=3)
    moved = [(name, 100.0 + number, 1000.0 + number) for number, name in enumerate(names)]

    assert found(of, moved, *(cut for cut in cuts if cut <= len(moved))) == found(of, moved)


def test_a_state_holds_one_return_less_than_a_window_has_prices_however_long_it_runs():
    of = ticks.scorer(windowSize=7)

    _, state = of.score(ticks.rows(ticks.one_symbol([100.0 + number % 13 for number in range(500)])), of.start())

    assert [len(window.returns) for window in state.by_symbol.values()] == [6]


def test_a_return_takes_less_than_64_bytes():
    """So the largest state that the parameters allow stays below 64 MB."""
    chance, of = random.Random(1), ticks.scorer(windowSize=1000)
    moved = [("BTC-USD", 100 * (1 + chance.gauss(0, 1e-4)), ticks.BEGAN + number) for number in range(3000)]
    rows = ticks.rows(moved, of)

    tracemalloc.start()
    state = of.score(rows, of.start())[1]
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert taken / len(state.by_symbol["BTC-USD"].returns) < 64


def test_a_symbol_is_warm_when_its_next_tick_has_a_score():
    of = ticks.scorer(windowSize=4)
    rows = ticks.rows(ticks.one_symbol([100.0, 101.0, 102.0, 103.0]))

    states = [of.score(rows[:count], of.start())[1] for count in range(4)]

    assert [of.warm(state) for state in states] == [[], [], [], [b"BTC-USD"]]
    assert isinstance(of.score(rows[3:], states[3])[0][0], Output)


# The baseline


def test_a_more_volatile_window_has_a_higher_score():
    of = ticks.scorer(windowSize=3)
    swings = [0.01 * 2**power for power in range(8)]

    scores = [ticks.folded(of, ticks.rows(ticks.one_symbol([100.0, 100.0 + by, 100.0])))[-1].score for by in swings]

    assert all(one < other for one, other in pairwise(scores))


@given(st.floats(1e-8, 1), st.floats(1e-8, 1))
def test_a_higher_deviation_never_has_a_lower_score(one, other):
    baseline = ticks.scorer().of_deviation

    low, high = sorted((one, other))
    assert 0 <= baseline(low) <= baseline(high) <= 1
    if high > low * (1 + 1e-9) and low > 1e-7 and high < 1e-3:
        assert baseline(low) < baseline(high)


def test_the_reference_scores_what_its_quantiles_say():
    baseline = ticks.scorer(reference={"median": 0.002, "p90": 0.003}).of_deviation

    assert (baseline(0.002), baseline(0.003)) == (pytest.approx(0.5), pytest.approx(0.9))


def test_quantiles_so_near_that_they_are_a_step_still_score():
    baseline = ticks.scorer(reference={"median": 0.5, "p90": math.nextafter(0.5, 1)}).of_deviation

    assert (baseline(1e-8), baseline(1.0)) == (0.0, 1.0)


def test_the_default_reference_is_that_of_the_recorded_day(scoring_data):
    """The named command of the two defaults: this test, on the windows of all ticks."""
    outcomes = ticks.folded(ticks.scorer(), ticks.recorded_rows(scoring_data / ticks.CALM))
    deviations = sorted(outcome.features.ret_std for outcome in outcomes if isinstance(outcome, Output))

    median, p90 = (deviations[int(share * len(deviations))] for share in (0.5, 0.9))

    reference = ticks.scorer().parameters.reference
    assert (reference.median, reference.p90) == (pytest.approx(median, rel=0.005), pytest.approx(p90, rel=0.005))


def test_every_reason_of_an_absence_is_listed():
    assert [reason.value for reason in AbsorbedReason] == ["late", "out_of_window", "warming"]
    assert isinstance(Absorbed(AbsorbedReason.LATE).reason, str)
