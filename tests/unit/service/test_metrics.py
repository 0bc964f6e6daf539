"""The counts of a worker and the series that Prometheus gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from scoring_service.metrics import Delivered, Metrics, PartitionGauges, render
from scoring_service.metrics.distribution import Distribution

ONE = Delivered(2, {"schema": 1}, {"late": 1}, 3)


def samples(metrics: Metrics, serving: str = "", refused: str = "") -> dict[tuple[str, ...], float]:
    """Return every sample by name and label values."""
    exposition = render(metrics, serving, refused).decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
    }


def test_what_was_consumed_is_delivered_in_flight_or_abandoned() -> None:
    metrics = Metrics("in")

    metrics.took(10, 100)
    metrics.delivered_batch(ONE, 4, 40)
    metrics.gave_up(1, 10)

    found = samples(metrics)
    outcomes = [found["scorer_records_total", o] for o in ("scored", "rejected", "absorbed")]
    assert outcomes == [2, 1, 1]
    assert found["scorer_records_consumed_total",] == sum(outcomes) + 5 + 1
    assert found["scorer_in_flight_records",] == 5
    assert found["scorer_in_flight_bytes",] == 50
    assert found["scorer_records_abandoned_total",] == 1
    assert found["scorer_record_errors_total", "schema"] == 1
    assert found["scorer_duplicate_transactions_total",] == 3


def test_series_of_a_partition_exist_while_it_is_assigned_and_unknown_has_none() -> None:
    metrics = Metrics("in")
    metrics.partitions = {3: PartitionGauges(lag_records=7, lag_seconds=1.5, position=10, committed=None)}

    with_it = samples(metrics)
    metrics.partitions.pop(3)
    without = samples(metrics)

    assert with_it["scorer_partition_lag_records", "3", "in"] == 7
    assert with_it["scorer_partition_lag_seconds", "3", "in"] == 1.5
    assert ("scorer_committed_offset", "3", "in") not in with_it
    assert not [name for name in without if "in" in name]


def test_the_revisions_are_a_label_to_join_on() -> None:
    found = samples(Metrics("in"), "aaa", "bbb")

    assert found["scorer_revision_info", "aaa", "serving"] == found["scorer_revision_info", "bbb", "refused"] == 1


def test_there_are_no_created_series_and_the_process_is_there() -> None:
    found = samples(Metrics("in"))

    assert not [name for name in found if name[0].endswith("_created")]
    assert found["process_resident_memory_bytes",] > 0


@given(st.lists(st.floats(0, 100), max_size=50), st.lists(st.floats(0, 100), max_size=50))
def test_a_distribution_counts_batches_as_it_would_single_values(first: list[float], second: list[float]) -> None:
    edges = (0.0, 1.0, 10.0, 50.0)
    distribution = Distribution(edges)

    distribution.observe_sorted(sorted(first))
    distribution.observe_sorted(sorted(second))

    values = first + second
    assert dict(distribution.buckets()) == {edge: sum(v <= edge for v in values) for edge in edges}
    assert distribution.total == len(values)


@given(st.lists(st.integers(0, 10_000), max_size=50))
def test_ages_are_counted_as_single_seconds_would_be(written_ms: list[int]) -> None:
    by_age, one_by_one = Distribution((0.1, 1.0, 5.0)), Distribution((0.1, 1.0, 5.0))

    by_age.observe_ages(sorted(written_ms), 6000)
    one_by_one.observe_sorted(sorted(max(0, 6000 - at) / 1000 for at in written_ms))

    assert (list(by_age.buckets()), by_age.total) == (list(one_by_one.buckets()), one_by_one.total)
    assert by_age.sum == pytest.approx(one_by_one.sum)


def test_latency_is_from_the_inputs_timestamp_and_clocks_that_run_ahead_count_as_zero() -> None:
    metrics = Metrics("in")

    metrics.observe_latency([1000, 9000, 1900], now_ms=2000)

    assert metrics.latency.sum == pytest.approx(1.0 + 0.0 + 0.1)
    assert metrics.last_delivered_at == 2.0
