"""What an operator counts, and what a scrape shows of it: the table, and nothing else."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from harness.pipelines import a_manifest
from scoring_operator.cluster.kube.client import resource_of
from scoring_operator.metrics import FAMILIES, Family, Kind, Metrics, own, pipelines
from scoring_operator.metrics import controller_runtime as cr
from scoring_operator.metrics.instruments import Instruments

BASE_UNITS = {"seconds": "_seconds", "seconds since 1970": "_timestamp_seconds"}


def scrape(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Return every sample by name and the values of its labels, as Prometheus reads them."""
    families = text_string_to_metric_families(generate_latest(metrics.registry).decode())
    return {
        (sample.name, *(sample.labels[label] for label in sorted(sample.labels))): sample.value
        for family in families
        for sample in family.samples
    }


def value(metrics: Metrics, family: Family, *labels: str) -> float | None:
    """Return one series; the values of its labels in the order of the labels' names."""
    return scrape(metrics).get((family.name, *labels))


def test_names_and_units_keep_the_rules() -> None:
    names = [family.name for family in FAMILIES]
    assert len(set(names)) == len(names)
    for family in FAMILIES:
        assert (family.kind is Kind.COUNTER) == family.name.endswith("_total"), family.name
        assert (family.kind is Kind.HISTOGRAM) == bool(family.edges), family.name
        if family.kind is not Kind.COUNTER:
            assert family.name.endswith(BASE_UNITS.get(family.unit, "")), family.name
        assert re.fullmatch(r"[^.].*[^.]", family.meaning), family.name
        assert family.answers.endswith((".", "?")), family.name


def test_every_family_is_declared_from_the_start_and_none_besides() -> None:
    said = generate_latest(Metrics().registry).decode()

    declared = re.findall(r"^# TYPE (\w+) (\w+)$", said, re.M)
    assert [found for found in declared if not found[0].startswith("process_")] == [
        (family.name, str(family.kind)) for family in FAMILIES
    ]
    assert "_created" not in said


def test_a_reconcile_counts_under_both_names() -> None:
    metrics = Metrics()

    metrics.succeeded(0.2, comes_again=True)
    metrics.succeeded(0.2, comes_again=False)
    metrics.failed(3.0, "Conflict", crashed=False)
    metrics.failed(3.0, "ZeroDivisionError", crashed=True)

    said = scrape(metrics)
    results = {labels[2]: v for labels, v in said.items() if labels[0] == cr.RECONCILES.name}
    assert results == {"requeue_after": 1, "success": 1, "error": 2}
    own_results = {labels[2]: v for labels, v in said.items() if labels[0] == own.OWN_RECONCILES.name}
    assert own_results == {"success": 2, "error": 1, "crash": 1}
    assert (
        said[own.OWN_RECONCILE_ERRORS.name, "Conflict"] == said[own.OWN_RECONCILE_ERRORS.name, "ZeroDivisionError"] == 1
    )
    assert said[cr.RECONCILE_ERRORS.name, "scoringpipeline"] == 2
    assert said[cr.RECONCILE_PANICS.name, "scoringpipeline"] == 1
    assert said[cr.RETRIES.name, "scoringpipeline", "scoringpipeline"] == 2
    assert said["controller_runtime_reconcile_time_seconds_count", "scoringpipeline"] == 4
    assert said["workqueue_work_duration_seconds_sum", "scoringpipeline", "scoringpipeline"] == pytest.approx(6.4)
    assert said["scoring_operator_reconcile_duration_seconds_bucket", "0.25"] == 2


def test_an_answer_counts_by_what_was_asked() -> None:
    metrics = Metrics()

    for code in (200, 409, 0):
        metrics.answered("api:443", "PATCH", "scoringpipelines/status", code, 0.01)
    metrics.answered("api:443", "PATCH", "deployments", 409, 0.01)

    assert value(metrics, cr.REQUESTS, "409", "api:443", "PATCH") == 2
    assert value(metrics, own.API_REQUESTS, "409", "deployments", "PATCH") == 1
    assert value(metrics, own.STATUS_CONFLICTS) == 1
    assert scrape(metrics)["scoring_operator_api_request_duration_seconds_count",] == 4


def test_what_waits_what_drifts_and_how_late_the_loop_is_counts() -> None:
    metrics = Metrics("1.2.3")

    metrics.added()
    metrics.taken(0.3)
    metrics.drifted("Deployment", "repaired")
    metrics.woke(0.02)
    metrics.scaled(1, 4)

    said = scrape(metrics)
    assert said["workqueue_adds_total", "scoringpipeline", "scoringpipeline"] == 1
    assert said["workqueue_queue_duration_seconds_sum", "scoringpipeline", "scoringpipeline"] == pytest.approx(0.3)
    assert said["scoring_operator_queue_wait_seconds_count",] == 1
    assert said["scoring_operator_child_drift_total", "repaired", "Deployment"] == 1
    assert said["scoring_operator_scalings_total", "up"] == 1
    assert said["scoring_operator_scalings_total", "down"] == 0
    assert said["scoring_operator_event_loop_lag_seconds_bucket", "0.05"] == 1
    assert said["scoring_operator_build_info", "1.2.3"] == 1


SPREAD = Family("a_seconds", Kind.HISTOGRAM, "seconds", "A", "What?", ("of",), (1.0, 2.0))


@given(st.lists(st.floats(0, 5)))
def test_a_histogram_counts_what_is_at_or_below_each_edge(values: list[float]) -> None:
    instruments = Instruments([SPREAD])
    for seen in values:
        instruments.observe(SPREAD, seen, "x")

    (metric,) = instruments.collect()
    counts = {sample.labels["le"]: sample.value for sample in metric.samples if sample.name == "a_seconds_bucket"}
    expected = {"1.0": 1.0, "2.0": 2.0, "+Inf": float("inf")}
    assert counts == ({le: sum(v <= edge for v in values) for le, edge in expected.items()} if values else {})


def a_pipeline(name: str, generation: int = 1, observed: int = 1, **conditions: str) -> dict[str, Any]:
    manifest = a_manifest()
    manifest["metadata"] |= {"name": name, "generation": generation}
    listed = [{"type": kind, "status": status} for kind, status in conditions.items()]
    manifest["status"] = {"observedGeneration": observed, "conditions": listed}
    return manifest


def test_pipelines_are_counted_by_what_their_conditions_say() -> None:
    all_of_them = [a_pipeline("a", Ready="True"), a_pipeline("b", Ready="False", Stalled="True"), a_manifest()]

    assert dict(pipelines.resources(all_of_them)) == {
        ("ScoringPipeline", "Ready", "True"): 1,
        ("ScoringPipeline", "Ready", "False"): 1,
        ("ScoringPipeline", "Ready", "Unknown"): 0,
        ("ScoringPipeline", "Stalled", "True"): 1,
        ("ScoringPipeline", "Stalled", "False"): 0,
        ("ScoringPipeline", "Stalled", "Unknown"): 0,
    }
    assert dict(pipelines.resource_conditions(all_of_them[:1])) == {
        ("shop", "a", "Ready", "True"): 1.0,
        ("shop", "a", "Ready", "False"): 0.0,
        ("shop", "a", "Ready", "Unknown"): 0.0,
    }


def scaled(name: str, **scaling: Any) -> dict[str, Any]:
    manifest = a_pipeline(name)
    manifest["status"]["scaling"] = scaling
    return manifest


def test_decisions_on_replicas_are_counted_by_reason_and_shown_by_pipeline() -> None:
    measured = {"desired": 3, "inputs": {"drainSeconds": 7, "lagRecords": 1}}
    all_of_them = [
        scaled("a", reason="Measuring"),
        scaled("b", reason="DrainTimeWithinTarget", **measured),
        scaled("c", reason="DrainTimeWithinTarget", **measured | {"inputs": {"lagRecords": 1}}),
        a_pipeline("disabled"),
        a_manifest(),
    ]

    counts = {("Measuring",): 1.0, ("DrainTimeWithinTarget",): 2.0}
    assert dict(pipelines.scaling_decisions(all_of_them)) == counts
    assert dict(pipelines.desired_replicas(all_of_them)) == {("shop", "b"): 3.0, ("shop", "c"): 3.0}
    assert dict(pipelines.drain_seconds(all_of_them)) == {("shop", "b"): 7.0}


def test_the_lag_of_generations_is_that_of_the_pipeline_that_is_furthest_behind() -> None:
    new = a_pipeline("new", generation=1)
    del new["status"]

    assert pipelines.generation_lag([]) == 0
    assert pipelines.generation_lag([a_pipeline("a", 3, 3), a_pipeline("b", 7, 4), new]) == 3
    assert pipelines.generation_lag([new]) == 1


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/api/v1/pods", "pods"),
        ("/api/v1/namespaces/shop/pods/a", "pods"),
        ("/api/v1/namespaces/shop/pods/a/log", "pods/log"),
        ("/apis/apps/v1/namespaces/shop/deployments/a", "deployments"),
        ("/apis/apps/v1/deployments", "deployments"),
        ("/apis/scoring.dev/v1alpha1/namespaces/shop/scoringpipelines/a/status", "scoringpipelines/status"),
        (
            "/apis/scoring.dev/v1alpha1/namespaces/namespaces/scoringpipelines/namespaces/scale",
            "scoringpipelines/scale",
        ),
        ("/api/v1/namespaces/shop", "namespaces"),
    ],
)
def test_a_request_is_counted_by_its_resource_and_never_by_a_name(path: str, resource: str) -> None:
    assert resource_of(path) == resource
