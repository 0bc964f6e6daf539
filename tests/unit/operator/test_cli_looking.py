"""`kubectl-scoring status`, `lag` and `top`: the same facts as tables and as data; unknown is never zero."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import yaml
from rich.console import Console

from harness.pipelines import a_lane, a_manifest, a_pod, a_report
from scoring_operator.cli import watching
from scoring_operator.cli.answer import age, answer, number, show, table
from scoring_operator.cli.lag import as_data, as_text, drain_s
from scoring_operator.cli.options import Format
from scoring_operator.cli.overview import Overview
from scoring_operator.cli.quantities import in_mebibytes, in_millicores
from scoring_operator.cli.top import as_table, by_pod, of_all
from scoring_operator.facts import Manifest, Observed, PodReport, Sighting
from scoring_service.contract.worker_status import LaneState

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_stored(name: str = "wallets", **status: Any) -> Manifest:
    """Return a pipeline as an API server lists it."""
    conditions = [
        {"type": "Available", "status": "True", "reason": "AllPartitionsScored"},
        {"type": "Ready", "status": "True", "reason": "SpecRealised"},
    ]
    meta = {"namespace": "shop", "name": name, "creationTimestamp": "2026-03-01T10:00:00Z", "generation": 1}
    told = {"conditions": conditions, "revision": {"desired": "abc", "serving": "abc"}, "readyReplicas": 1, **status}
    return {**a_manifest(), "metadata": meta, "status": told}


def rows(overview: Overview) -> list[list[str]]:
    console = Console(width=200, color_system=None)
    with console.capture() as captured:
        console.print(overview.text())
    return [line.split() for line in captured.get().splitlines()]


def test_pipelines_are_a_table_with_what_kubectl_get_shows_and_more() -> None:
    head, row = rows(Overview([a_stored(partitions=6, assignedPartitions=6, lag={"records": 1200})], NOW))

    assert dict(zip(head, row, strict=True)) == {
        "NAME": "wallets",
        "AVAILABLE": "True",
        "READY": "True",
        "REPLICAS": "1/1",
        "PARTITIONS": "6/6",
        "LAG": "1,200",
        "REVISION": "abc",
        "REASON": "SpecRealised",
        "AGE": "2h",
    }


def test_what_is_not_known_of_a_pipeline_is_not_zero() -> None:
    bare = {**a_stored(), "status": {}}

    _, row = rows(Overview([bare], NOW))

    assert row == ["wallets", "Unknown", "Unknown", "0/1", "–/–", "–", "–", "–", "2h"]


def test_a_revision_on_its_way_is_shown_with_where_it_goes() -> None:
    refused = {"desired": "new", "serving": "old", "refused": "new"}

    assert "old → new refused" in " ".join(rows(Overview([a_stored(revision=refused)], NOW))[1])


def test_pipelines_of_every_namespace_are_shown_with_theirs() -> None:
    head, row = rows(Overview([a_stored()], NOW, with_namespace=True))

    assert (head[:2], row[:2]) == (["NAMESPACE", "NAME"], ["shop", "wallets"])
    assert Overview([], NOW).text() == "no pipelines"


def test_only_what_changed_is_said_again() -> None:
    before = Overview([a_stored("a"), a_stored("b")], NOW)
    after = Overview([a_stored("a", lag={"records": 7}), a_stored("c")], NOW)

    assert list(before.changes(None)) == [
        "shop/a: Ready True (SpecRealised), revision abc, 1/1 ready",
        "shop/b: Ready True (SpecRealised), revision abc, 1/1 ready",
    ]
    assert list(after.changes(before)) == ["shop/c: Ready True (SpecRealised), revision abc, 1/1 ready", "shop/b: gone"]


def a_sighting(*reports: PodReport, **status: Any) -> Sighting:
    return Sighting(observed=Observed(a_stored(**status)), reports=reports)


def working(number: int = 0, rate: float = 10.0, **parts: Any) -> PodReport:
    """Return a pod that gets something done."""
    report = a_report(number, **parts)
    assert report.status is not None
    status = msgspec.structs.replace(report.status, records_per_second=rate, scored_total=100, rejected_total=3)
    return replace(report, status=status)


def test_the_lag_is_that_of_all_partitions_with_the_time_that_it_takes() -> None:
    halves = [working(n, lanes=[a_lane(p, lag=5) for p in range(n, 6, 2)]) for n in range(2)]

    data = as_data(a_sighting(*halves))

    assert (data["records"], data["recordsPerSecond"], data["drainSeconds"]) == (30, 20.0, 1.5)
    assert [row["pod"] for row in data["partitions"]] == ["wallets-0", "wallets-1"] * 3
    assert data["partitions"][0] == {
        "partition": 0,
        "pod": "wallets-0",
        "state": "Ready",
        "reason": "",
        "position": 10,
        "end": 15,
        "lag": 5,
        "committed": None,
    }


def test_the_lag_of_a_partition_that_no_pod_has_makes_the_whole_unknown() -> None:
    data = as_data(a_sighting(working(lanes=[a_lane(n) for n in range(5)])))

    assert (data["records"], data["drainSeconds"]) == (None, None)
    assert data["partitions"][5]["lag"] is None
    assert "the lag is not known" in text_of(as_text(a_sighting(), data))


def test_partitions_that_status_knows_are_listed_although_no_pod_answers() -> None:
    data = as_data(a_sighting(PodReport(a_pod()), partitions=3))

    assert [row["partition"] for row in data["partitions"]] == [0, 1, 2]
    assert data["records"] is None


def test_why_pods_were_not_asked_stands_below_the_lag() -> None:
    sighting = Sighting(observed=Observed(a_stored()), unread={"status of wallets-0": "pods/proxy is forbidden"})

    assert "not seen: status of wallets-0: pods/proxy is forbidden" in text_of(as_text(sighting, as_data(sighting)))


@pytest.mark.parametrize(
    ("records", "rate", "seconds"), [(0, 0.0, 0.0), (10, 0.0, None), (None, 5.0, None), (10, 4.0, 2.5)]
)
def test_without_a_rate_nobody_knows_how_long_it_takes(records: int | None, rate: float, seconds: float | None) -> None:
    assert drain_s(records, rate) == seconds


def test_a_held_partition_says_why() -> None:
    held = working(lanes=[a_lane(0, state=LaneState.HELD, reason="OffsetsLost")], partitions=1)
    sighting = a_sighting(held)

    assert "Held: OffsetsLost" in text_of(as_text(sighting, as_data(sighting)))


USAGE = {"wallets-0": ("250m", "128Mi"), "wallets-1": ("1500000n", "1048576")}


def test_the_figures_of_a_pipeline_are_the_sum_of_its_pods() -> None:
    pods = [working(n, lanes=[a_lane(p, lag=2) for p in range(n, 6, 2)]) for n in range(2)]

    assert of_all(a_sighting(*pods), USAGE) == {
        "name": "wallets",
        "pods": 2,
        "lag": 12,
        "recordsPerSecond": 20.0,
        "drainSeconds": 0.6,
        "scored": 200,
        "failed": 6,
        "cpuMillicores": 252,
        "memoryMebibytes": 129,
    }
    assert [row["scored"] for row in by_pod(a_sighting(*pods), {})] == [100, 100]


def test_a_silent_pod_has_no_figures_and_they_are_not_zero() -> None:
    (row,) = by_pod(a_sighting(PodReport(a_pod())), {})

    assert row == {
        "name": "wallets-0",
        "partitions": None,
        "lag": None,
        "recordsPerSecond": None,
        "drainSeconds": None,
        "scored": None,
        "failed": None,
        "cpuMillicores": None,
        "memoryMebibytes": None,
    }
    assert text_of(as_table([row], of_one=True)).split()[-9:] == ["wallets-0", *["–"] * 8]


@pytest.mark.parametrize(("cpu", "milli"), [("0", 0), ("2", 2000), ("250m", 250), ("1500u", 2), ("12345678n", 12)])
def test_processor_time_is_counted_in_thousandths(cpu: str, milli: int) -> None:
    assert in_millicores(cpu) == milli


@pytest.mark.parametrize(("memory", "mebi"), [("0", 0), ("65536Ki", 64), ("1Gi", 1024), ("100M", 95), ("5242880", 5)])
def test_memory_is_counted_in_mebibytes(memory: str, mebi: int) -> None:
    assert in_mebibytes(memory) == mebi


@pytest.mark.parametrize(
    ("seconds", "said"), [(-1, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (7200, "2h"), (86_400 * 2, "2d")]
)
def test_an_age_is_told_in_its_largest_unit(seconds: float, said: str) -> None:
    assert age(seconds) == said


def test_numbers_are_grouped_and_unknown_is_a_dash() -> None:
    assert (number(1234567), number(None), number(0)) == ("1,234,567", "–", "0")


def text_of(shown: Any) -> str:
    console = Console(width=200, color_system=None)
    with console.capture() as captured:
        console.print(shown)
    return captured.get()


def test_a_pipe_gets_whole_lines_without_colours_or_blanks_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    show(table(("A", "B"), [("x" * 300, "True"), ("y", "")]))

    first, *lines = capsys.readouterr().out.splitlines()
    assert first.split() == ["A", "B"]
    assert lines[0].split() == ["x" * 300, "True"]
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize(("output", "read"), [(Format.JSON, json.loads), (Format.YAML, yaml.safe_load)])
def test_programs_get_the_data_and_not_the_text(output: Format, read: Any, capsys: pytest.CaptureFixture[str]) -> None:
    answer(output, {"a": [1, None, "ü"]}, lambda: "text")

    assert read(capsys.readouterr().out) == {"a": [1, None, "ü"]}


@pytest.mark.parametrize("output", list(Format))
async def test_who_watches_through_a_pipe_hears_of_changes_alone(
    output: Format, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = iter([a_stored(), a_stored(lag={"records": 9}), a_stored(readyReplicas=0)])

    async def look() -> Overview:
        try:
            return Overview([next(looks)], NOW)
        except StopIteration:
            raise asyncio.CancelledError from None

    with pytest.raises(asyncio.CancelledError):
        await watching.watch(look, output, every_s=0)

    out = capsys.readouterr().out
    told = {
        Format.TABLE: out.splitlines,
        Format.JSON: lambda: [json.loads(line) for line in out.splitlines()],
        Format.YAML: lambda: list(yaml.safe_load_all(out)),
    }[output]()
    assert len(told) == 2
