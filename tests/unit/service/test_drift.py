"""Drift: silent within a day, alarmed by another one, and only of windows that do not overlap."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import ticks
from oracle.kolmogorov import ks_probability
from scoring_service.scorers.base import Output
from scoring_service.scorers.drift import AT_LEAST, critical, drift, ks_distance, psi

RETURNS = 49
"""Of a window of 50 prices: from one to the next that has none of them."""
FEATURES = ("ret_mean", "ret_std")
samples = st.lists(st.floats(-1e6, 1e6), min_size=AT_LEAST, max_size=80)


@pytest.fixture(scope="module")
def windows(scoring_data):
    def features(name):
        outcomes = ticks.folded(ticks.scorer(), ticks.recorded_rows(scoring_data / name))
        found = [outcome.features for outcome in outcomes if isinstance(outcome, Output)]
        return {feature: np.array([getattr(window, feature) for window in found]) for feature in FEATURES}

    return features


def halves(values):
    return values[: len(values) // 2], values[len(values) // 2 :]


# Recorded trades


@pytest.mark.parametrize(("feature", "chance"), [("ret_mean", 0.81), ("ret_std", 0.076)])
def test_the_halves_of_one_day_are_silent(windows, feature, chance):
    first, second = (half[::RETURNS] for half in halves(windows(ticks.CALM)[feature]))

    found = drift(first, second)

    assert found is not None
    assert found.ks < 1
    likely = ks_probability(ks_distance(first, second), len(first), len(second))
    assert likely == pytest.approx(chance, abs=0.04), "the published one is exact, this one of large samples"


@pytest.mark.parametrize(("feature", "chance"), [("ret_mean", 5e-3), ("ret_std", 5e-23)])
def test_another_day_is_as_unlikely_as_published(windows, feature, chance):
    reference, other = windows(ticks.CALM)[feature][::RETURNS], windows(ticks.OTHER_DAY)[feature][::RETURNS]

    likely = ks_probability(ks_distance(reference, other), len(reference), len(other))

    assert math.log10(likely) == pytest.approx(math.log10(chance), abs=1.5)


def test_another_day_is_an_alarm(windows):
    reference, other = windows(ticks.CALM)["ret_std"][::RETURNS], windows(ticks.OTHER_DAY)["ret_std"][::RETURNS]

    found = drift(reference, other)

    assert found is not None
    assert found.ks > 2
    assert found.psi > 1


@pytest.mark.parametrize(("feature", "chance"), [("ret_mean", 1e-19), ("ret_std", 8e-39)])
def test_windows_that_overlap_cry_wolf_within_one_day(windows, feature, chance):
    first, second = halves(windows(ticks.CALM)[feature])

    found = drift(first, second)

    assert found is not None
    assert found.ks > 2
    likely = ks_probability(ks_distance(first, second), len(first), len(second))
    assert math.log10(likely) == pytest.approx(math.log10(chance), abs=0.5)


# Laws


@given(samples, samples)
def test_the_distance_is_the_largest_gap_of_two_step_functions(one, other):
    by_hand = max(
        abs(sum(value <= place for value in one) / len(one) - sum(value <= place for value in other) / len(other))
        for place in one + other
    )

    assert ks_distance(one, other) == pytest.approx(by_hand)


@given(samples, samples, st.randoms())
def test_neither_measure_depends_on_the_order_of_values(one, other, chance):
    mixed = chance.sample(other, len(other))

    assert (psi(one, mixed), ks_distance(one, mixed)) == pytest.approx((psi(one, other), ks_distance(one, other)))


@given(samples)
def test_a_sample_has_not_drifted_from_itself(values):
    found = drift(values, values)

    assert found is not None
    assert found == (pytest.approx(0), 0)


@given(samples, samples)
def test_both_measures_are_finite_and_not_negative(one, other):
    found = drift(one, other)

    assert found is not None
    assert 0 <= found.ks < math.inf
    assert -1e-12 <= found.psi < math.inf


def test_the_index_is_the_published_sum_over_bins():
    """Ten values to each bin of the reference, twice as many of one half of the bins."""
    reference = [bin_ + step / 10 for bin_ in range(10) for step in range(10)]
    moved = [bin_ + step / 10 for bin_ in range(5) for step in range(10)] * 2

    shares = [(10.5 / 105, 20.5 / 105)] * 5 + [(10.5 / 105, 0.5 / 105)] * 5
    assert psi(reference, moved) == pytest.approx(sum((q - p) * math.log(q / p) for p, q in shares))


def test_equal_distributions_look_different_once_in_a_thousand():
    chance = random.Random(7)

    def seldom():
        one, other = ([chance.gauss(0, 1) for _ in range(100)] for _ in range(2))
        return ks_distance(one, other) > critical(100, 100)

    assert sum(seldom() for _ in range(3000)) <= 12, "three are expected, thirteen in one of ten thousand tries"


def test_of_few_values_nothing_is_said():
    assert drift([1.0] * AT_LEAST, [1.0] * (AT_LEAST - 1)) is None
    assert drift([], [1.0] * AT_LEAST) is None
