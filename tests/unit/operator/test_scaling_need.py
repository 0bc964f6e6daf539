"""How many pods a load needs: the fewest whose busiest bears its share, as trying every number finds them."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scoring_operator.scaling.need import PODS_AT_MOST, UTILISATION, pods_needed, required
from scoring_operator.scaling.window import Load

RATES = st.floats(1e-3, 1e9)
PARTITIONS = st.integers(1, 200)


def a_load(backlog: int = 0, arrivals: float = 0.0) -> Load:
    return Load(lag=backlog, backlog=backlog, arrivals=arrivals, deliveries=arrivals, pods=())


@given(RATES, RATES, PARTITIONS)
def test_it_is_the_fewest_whose_busiest_bears_its_share(rate: float, per_pod: float, partitions: int) -> None:
    def bears(pods: int) -> bool:
        return math.ceil(partitions / pods) * rate / partitions <= per_pod

    enough = [pods for pods in range(1, partitions + 1) if bears(pods)]
    edges = (partitions * per_pod / rate / share for share in range(1, partitions + 1))
    assume(all(abs(edge - 1) > 1e-9 for edge in edges))  # where the last bit decides, either answer is right

    found = pods_needed(rate, per_pod, partitions)

    assert found is not None
    if enough:
        assert found == enough[0]
    else:
        assert found > partitions


@given(RATES, RATES, PARTITIONS)
def test_no_fewer_pods_have_the_same_busiest_one(rate: float, per_pod: float, partitions: int) -> None:
    found = pods_needed(rate, per_pod, partitions)

    assert found is not None
    if 1 < found <= partitions:
        assert math.ceil(partitions / (found - 1)) > math.ceil(partitions / found)


@given(RATES, st.floats(1.0, 100.0), RATES, PARTITIONS)
def test_a_higher_rate_never_needs_fewer(rate: float, times: float, per_pod: float, partitions: int) -> None:
    fewer, more = pods_needed(rate, per_pod, partitions), pods_needed(rate * times, per_pod, partitions)

    assert fewer is not None
    assert more is not None
    assert fewer <= more


@pytest.mark.parametrize(
    ("rate", "pods"),
    [(0, 1), (100, 1), (101, 2), (200, 2), (201, 3), (301, 4), (401, 6), (601, 12), (1200, 12), (1201, 13)],
)
def test_twelve_partitions_are_borne_by_numbers_that_spread_them_evenly(rate: float, pods: int) -> None:
    """Seven to eleven pods would have a pod with two partitions, as six have: they are never asked for."""
    assert pods_needed(rate, 100, 12) == pods


def test_nothing_to_do_needs_one_pod_whatever_one_can_do() -> None:
    assert pods_needed(0, None, 12) == 1


@pytest.mark.parametrize("per_pod", [None, 0.0])
def test_nobody_knows_what_a_rate_needs_while_a_pod_has_done_nothing(per_pod: float | None) -> None:
    assert pods_needed(1, per_pod, 12) is None


def test_what_nobody_could_ever_bear_is_a_number_all_the_same() -> None:
    assert pods_needed(1e300, 1e-300, 12) == PODS_AT_MOST


def test_what_is_asked_leaves_room_for_a_third_more_or_drains_the_backlog_in_time() -> None:
    assert UTILISATION == 0.75
    assert required(a_load(arrivals=300), target_s=60) == pytest.approx(400)
    assert required(a_load(arrivals=300, backlog=24_000), target_s=60) == pytest.approx(400)
    assert required(a_load(arrivals=300, backlog=60_000), target_s=60) == pytest.approx(1000)
