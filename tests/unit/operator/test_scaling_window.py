"""A minute of looks: lag and rates in offsets, and what one pod can do."""

import pytest

from harness.autoscaling import a_lane, a_report, pods
from scoring_operator.scaling.capacity import Capacity
from scoring_operator.scaling.window import PHANTOM, Load, PodLoad, Window, sample


def seen(*looks: tuple[float, int, int], count: int = 2, **status: object) -> Window:
    """Return the window after looks at pods with six partitions: when, each one's position and end."""
    window = Window()
    for at, position, end in looks:
        window = window.plus(sample(pods(count, position, end, **status), at))
    return window


def loaded(*looks: tuple[float, int, int], **status: object) -> Load:
    load = seen(*looks, **status).load()
    assert load is not None
    return load


MINUTE = tuple((10.0 * n, 100 * n, 200 * n + 1000) for n in range(7))


def test_rates_and_lag_are_those_of_all_partitions_together() -> None:
    load = loaded(*MINUTE)

    assert (load.lag, load.arrivals, load.deliveries) == (6 * (1200 + 1000 - 600), 6 * 20, 6 * 10)
    assert load.drain_s == pytest.approx(load.lag / 60)
    assert [pod.rate for pod in load.pods] == [30, 30]


@pytest.mark.parametrize(
    "looks",
    [
        pytest.param(MINUTE[:1], id="one look"),
        pytest.param(MINUTE[:5], id="less than three quarters of a minute"),
        pytest.param(MINUTE[::3], id="too few looks"),
        pytest.param((MINUTE[0], MINUTE[1], (200.0, 2000, 5000)), id="looks of long ago"),
    ],
)
def test_little_says_nothing(looks: tuple[tuple[float, int, int], ...]) -> None:
    assert seen(*looks).load() is None


def test_looks_older_than_a_minute_no_longer_count() -> None:
    looks = [*((10.0 * n, 0, 0) for n in range(7)), *((60 + 10.0 * n, 50 * n, 50 * n) for n in range(1, 7))]

    assert loaded(*looks).deliveries == 6 * 5


def test_a_window_begins_anew_when_partitions_are_dealt_anew() -> None:
    window = seen(*MINUTE).plus(sample(pods(3, 900, 3000), 70.0))

    assert window.load() is None
    assert len(window.samples) == 1


def test_a_window_begins_anew_when_an_offset_goes_back() -> None:
    """Somebody has reset the group, or made the topic anew."""
    assert len(seen(*MINUTE).plus(sample(pods(2, 10, 3000), 70.0)).samples) == 1
    assert len(seen(*MINUTE).plus(sample(pods(2, 900, 900), 70.0)).samples) == 1


def test_a_few_offsets_at_the_end_of_each_partition_are_no_backlog() -> None:
    markers = [(10.0 * n, 100 * n, 100 * n + PHANTOM) for n in range(7)]
    records = [(10.0 * n, 100 * n, 100 * n + PHANTOM + 1) for n in range(7)]

    assert (loaded(*markers).lag, loaded(*markers).backlog, loaded(*markers).drain_s) == (60, 0, 0.0)
    assert loaded(*records).backlog == 66


def test_a_backlog_of_which_nothing_is_delivered_has_no_drain_time() -> None:
    stuck = [(10.0 * n, 0, 1000) for n in range(7)]

    assert loaded(*stuck).drain_s is None


def test_a_pod_is_behind_if_work_has_waited_for_it_all_the_time() -> None:
    once_caught_up = [*MINUTE[:3], (30.0, 1600, 1600), *((10.0 * n, 1600, 3000) for n in range(4, 7))]

    assert [pod.is_behind for pod in loaded(*MINUTE).pods] == [True, True]
    assert [pod.is_behind for pod in loaded(*once_caught_up).pods] == [False, False]


def test_partitions_need_not_be_reported_in_order() -> None:
    lanes = [a_lane(0, 5, 9), a_lane(1, 7, 9)]

    assert sample((a_report(0, lanes),), 0.0) == sample((a_report(0, lanes[::-1]),), 0.0)


def a_load(*working: PodLoad) -> Load:
    rate = sum(pod.rate for pod in working)
    return Load(lag=0, backlog=0, arrivals=rate, deliveries=rate, pods=working)


def after(load: Load, looks: int = 60, known: Capacity | None = None) -> float | None:
    """Return what is known of a pod after looks at the same load, ten seconds apart."""
    capacity = known or Capacity()
    for _ in range(looks):
        capacity = capacity.measured(load, 10.0)
    return capacity.per_pod


def test_pods_that_are_behind_tell_at_once_what_one_can_do() -> None:
    slow, fast, idle = PodLoad(300, 1.0, True), PodLoad(500, 1.0, True), PodLoad(10, 0.1, False)

    assert after(a_load(slow, fast, idle), looks=1) == 400
    assert after(a_load(slow), looks=1, known=Capacity(per_pod=900)) == 300


def test_pods_that_are_not_behind_tell_by_how_busy_they_are_after_some_minutes() -> None:
    load = a_load(PodLoad(100, 0.5, False), PodLoad(50, 0.25, False))

    assert after(load, looks=20) is None
    assert after(load) == pytest.approx(200)


def test_what_a_pod_was_seen_to_do_is_not_forgotten_when_it_has_less_to_do() -> None:
    assert after(a_load(PodLoad(10, 0.9, False)), known=Capacity(per_pod=400)) == 400
    assert after(a_load(PodLoad(300, 0.5, False)), known=Capacity(per_pod=400)) == pytest.approx(600)


def test_nobody_is_believed_to_do_more_than_ten_times_what_he_was_seen_to_do() -> None:
    assert after(a_load(PodLoad(10, 0.001, False))) == pytest.approx(100)


def test_a_pod_that_does_not_tell_how_busy_it_is_counts_as_always_busy() -> None:
    assert after(a_load(PodLoad(10, None, False))) == pytest.approx(10)


def test_idle_pods_and_stuck_ones_tell_nothing() -> None:
    assert after(a_load(PodLoad(0, 0.0, False))) is None
    assert after(a_load(PodLoad(0, 1.0, True))) is None
