"""What a worker counts, and what a scrape shows of it."""

import re
from collections import Counter
from statistics import median
from time import thread_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import scrapes
from harness.scrapes import at_its_worst
from scoring_service.metrics import Delivered, Metrics, PartitionGauges, Scrape, text
from scoring_service.metrics.by_partition import MAX_PARTITIONS
from scoring_service.metrics.distribution import Distribution
from scoring_service.metrics.family import Buckets, Family, Kind
from scoring_service.metrics.table import FAMILIES, MAX_SERIES
from scoring_service.stream.kafka.credentials import Credentials

ONE = Delivered(2, {"schema": 1}, {"late": 1}, 3, {("schema", "decode"): 1})
BASE_UNITS = {"seconds": "_seconds", "bytes": "_bytes", "seconds since 1970": "_timestamp_seconds"}


def samples(metrics: Metrics, serving: str = "", refused: str = "") -> dict[tuple[str, ...], float]:
    """Return every sample by name and label values."""
    return scrapes.samples(text(Scrape(metrics, "1.2.3", serving, refused)).decode())


def gauges(**known: Any) -> PartitionGauges:
    return PartitionGauges(**{"lag_records": 7, "lag_seconds": 1.5, "position": 10, "committed": 9, **known})


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
    assert found["scorer_duplicate_transactions_total",] == 3


def test_an_error_has_its_reason_and_the_stage_that_refused_the_record() -> None:
    metrics = Metrics("in")

    metrics.delivered_batch(Delivered(0, {"schema": 3}, {}, 0, {("schema", "decode"): 2, ("schema", "score"): 1}), 3, 9)

    found = samples(metrics)
    assert found["scorer_record_errors_total", "schema", "decode"] == 2
    assert found["scorer_record_errors_total", "schema", "score"] == 1


def test_series_of_a_partition_exist_while_it_is_assigned_and_unknown_has_none() -> None:
    metrics = Metrics("in")
    metrics.partitions = {3: gauges(committed=None)}

    with_it = samples(metrics)
    metrics.partitions.pop(3)
    without = samples(metrics)

    assert with_it["scorer_partition_lag_records", "3", "in"] == 7
    assert with_it["scorer_partition_lag_seconds", "3", "in"] == 1.5
    assert with_it["scorer_partition_stalled", "3", "in"] == 0
    assert ("scorer_committed_offset", "3", "in") not in with_it
    assert not [name for name in without if "in" in name]


def test_a_partition_that_is_held_says_why_and_one_that_is_not_says_nothing() -> None:
    metrics = Metrics("in")
    metrics.partitions = {0: gauges(), 1: gauges(held="OffsetsLost"), 2: gauges(is_stalled=True)}

    found = samples(metrics)

    assert [name for name in found if name[0] == "scorer_partition_held"] == [
        ("scorer_partition_held", "1", "OffsetsLost", "in")
    ]
    assert [found["scorer_partition_stalled", str(n), "in"] for n in range(3)] == [0, 0, 1]


def test_more_partitions_than_a_pod_can_bear_have_one_series_together() -> None:
    metrics = Metrics("in")
    metrics.partitions = {n: gauges(lag_records=n, lag_seconds=float(n)) for n in range(MAX_PARTITIONS + 1)}
    metrics.partitions |= {
        0: gauges(lag_records=None, is_stalled=True),
        1: gauges(lag_records=1, lag_seconds=None, held="OffsetsLost"),
        2: gauges(lag_records=2, held="OffsetsLost", is_stalled=True),
    }

    found = samples(metrics)

    assert found["scorer_assigned_partitions",] == 51
    assert {name: value for name, value in found.items() if "in" in name} == {
        ("scorer_partition_lag_records", "all", "in"): sum(range(51)),
        ("scorer_partition_lag_seconds", "all", "in"): 50.0,
        ("scorer_partition_stalled", "all", "in"): 2,
        ("scorer_partition_held", "all", "OffsetsLost", "in"): 2,
    }


def test_a_lag_that_is_unknown_of_all_partitions_together_is_absent() -> None:
    metrics = Metrics("in")
    metrics.partitions = {n: gauges(lag_records=None, lag_seconds=None) for n in range(MAX_PARTITIONS + 1)}

    assert not [name for name in samples(metrics) if name[0].startswith("scorer_partition_lag")]


@pytest.mark.parametrize("partitions", [0, MAX_PARTITIONS, MAX_PARTITIONS + 1, 1000])
def test_no_number_of_partitions_and_no_misfortune_makes_more_series_than_the_bound(partitions: int) -> None:
    exposition = text(at_its_worst(partitions)).decode()

    assert scrapes.series(exposition) <= MAX_SERIES


def test_the_worst_scrape_keeps_the_event_loop_for_a_few_milliseconds_at_most() -> None:
    """In time of this thread, to leave other work out; `benchmarks/scrape.py` measures what a scraper waits for."""
    scrape, took = at_its_worst(MAX_PARTITIONS), []

    for _ in range(30):
        began = thread_time()
        text(scrape)
        took.append(thread_time() - began)

    assert median(took) < 0.005


def test_a_label_may_hold_what_the_format_gives_a_meaning() -> None:
    topic = 'quotes " backslash \\ line\n'

    found = scrapes.samples(text(Scrape(Metrics(topic, partitions={0: gauges()}))).decode())

    assert found["scorer_partition_lag_records", "0", topic] == 7


def test_the_revisions_and_the_version_are_labels_to_join_on() -> None:
    found = samples(Metrics("in"), "aaa", "bbb")

    assert found["scorer_revision_info", "aaa", "serving"] == found["scorer_revision_info", "bbb", "refused"] == 1
    assert found["scorer_build_info", "1.2.3"] == 1


def test_a_drain_is_shown_once_it_has_ended() -> None:
    metrics = Metrics("in", drain_uncommitted=3)
    before = samples(metrics)

    metrics.drain_seconds = 1.5
    after = samples(metrics)

    assert not [name for name in before if name[0].startswith("scorer_drain")]
    assert (after["scorer_drain_seconds",], after["scorer_drain_uncommitted_records",]) == (1.5, 3)


def test_credentials_say_when_they_were_read_and_when_they_end() -> None:
    metrics = Metrics("in")
    metrics.credentials = lambda: Credentials(loaded_at={"ca": 1.0, "password": 2.0}, not_after={"ca": 9.0})

    found = samples(metrics)

    assert found["scorer_credentials_loaded_timestamp_seconds", "password"] == 2
    assert found["scorer_credentials_not_after_timestamp_seconds", "ca"] == 9


def test_there_are_no_created_series_and_the_process_is_there() -> None:
    found = samples(at_its_worst(1).metrics)

    assert not [name for name in found if name[0].endswith("_created")]
    assert found["process_resident_memory_bytes",] > 0


def test_the_edges_of_buckets_are_exact() -> None:
    found = samples(Metrics("in"))

    assert ("scorer_batch_bytes_bucket", "1048576") in found
    assert ("scorer_end_to_end_latency_seconds_bucket", "0.3") in found


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_family_is_named_as_prometheus_would_have_it(family: Family) -> None:
    assert re.fullmatch(r"scorer_[a-z]+(_[a-z]+)*", family.name)
    assert family.name.endswith("_total") == (family.kind is Kind.COUNTER)
    assert family.name.removesuffix("_total").endswith(BASE_UNITS.get(family.unit, "")) or "bytes" in family.name
    assert not {"le", "quantile", "namespace", "pipeline", "pod"} & set(family.labels)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_reading_has_the_labels_and_the_kind_of_its_family(family: Family) -> None:
    readings = list(family.read(at_its_worst(2)))

    assert readings, "everything has happened, so every family has a series"
    for reading in readings:
        assert len(reading.labels) == len(family.labels)
        assert isinstance(reading.value, Buckets) == (family.kind is Kind.HISTOGRAM)
    assert max(Counter(reading.labels for reading in readings).values()) == 1


def test_a_family_that_may_be_absent_says_when() -> None:
    unused = Scrape(Metrics("in"), "1.2.3")

    silent = {family.name for family in FAMILIES if not list(family.read(unused)) and not family.absent}

    assert silent == {"scorer_partition_stalled"}, "there is no partition yet"


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

    in_the_future = by_age.observe_ages(sorted(written_ms), 6000)
    one_by_one.observe_sorted(sorted(max(0, 6000 - at) / 1000 for at in written_ms))

    assert (list(by_age.buckets()), by_age.total) == (list(one_by_one.buckets()), one_by_one.total)
    assert by_age.sum == pytest.approx(one_by_one.sum)
    assert in_the_future == sum(at > 6000 for at in written_ms)


def test_latency_is_from_the_inputs_timestamp_and_clocks_that_run_ahead_count_as_zero_and_as_skew() -> None:
    metrics = Metrics("in")

    metrics.observe_latency([1000, 9000, 1900], now_ms=2000)

    assert metrics.latency.sum == pytest.approx(1.0 + 0.0 + 0.1)
    assert metrics.last_delivered_at == 2.0
    assert samples(metrics)["scorer_clock_skew_total",] == 1


def test_a_rebalance_lasts_from_the_first_loss_until_everything_reads_again() -> None:
    metrics = Metrics("in")

    metrics.rebalanced(1.0)
    metrics.rebalancing(10.0)
    metrics.rebalancing(12.0)
    metrics.rebalanced(14.0)
    metrics.rebalanced(20.0)

    assert (metrics.rebalance_durations.total, metrics.rebalance_durations.sum) == (1, 4.0)
