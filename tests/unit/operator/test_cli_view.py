"""What a person sees of a pipeline: the same facts as a table, as lines and as JSON."""

import json
from dataclasses import replace

import msgspec
from rich.console import Console

from harness.pipelines import a_block, a_lane, a_manifest, a_report, a_revision
from scoring_operator.cli import view
from scoring_operator.cli.snapshot import Snapshot


def a_snapshot(*reports, ready="True", reason="SpecRealised", **status):
    pipeline = a_manifest(replicas=2)
    pipeline["metadata"]["generation"] = 1
    conditions = [
        {"type": "Available", "status": "True", "reason": "AllPartitionsScored", "message": "all"},
        {"type": "Ready", "status": ready, "reason": reason, "message": "what runs is what the spec says"},
    ]
    pipeline["status"] = {"conditions": conditions, "revision": {"serving": a_revision()}, "partitions": 6} | status
    return Snapshot(pipeline, reports, {"wallets-0": 4711})


def shown(snapshot):
    console = Console(width=160, color_system=None)
    with console.capture() as captured:
        console.print(view.table(snapshot))
    return captured.get()


def test_the_table_shows_pipeline_and_pods():
    text = shown(a_snapshot(a_report(0, lanes=[a_lane(n, lag=2) for n in range(6)])))

    assert "shop/wallets" in text
    assert "pid 4711" in text
    assert a_revision() in text
    assert "12" in text, "six lanes with a lag of two"


def test_unknown_lag_is_not_shown_as_zero():
    facts = view.summary(a_snapshot(a_report(0, lanes=[a_lane(0, lag=None)])))

    assert facts["Lag"] == "–"


def test_several_revisions_are_all_shown():
    snapshot = a_snapshot(a_report(0), a_report(1, serving="abc"))

    assert view.serving(snapshot) == " ".join(sorted([a_revision(), "abc"]))


def test_a_pod_that_does_not_answer_has_a_row():
    silent = a_report(0)
    snapshot = a_snapshot(type(silent)(silent.pod))

    assert "ready, restarts 0" in shown(snapshot)


def test_programs_get_spec_status_and_pods():
    said = json.loads(json.dumps(view.as_data(a_snapshot(a_report(0)))))

    assert (said["namespace"], said["name"], said["generation"]) == ("shop", "wallets", 1)
    assert said["scorer"] == {a_block().member: a_block().parameters}
    assert said["pods"][0]["pid"] == 4711
    assert said["pods"][0]["status"]["serving"] == a_revision()


def test_the_first_look_says_everything():
    lines = list(view.changes(None, a_snapshot(a_report(0))))

    assert "Ready: True (SpecRealised)" in lines
    assert f"revision: {a_revision()}" in lines
    assert "pod wallets-0: ready, restarts 0" in lines


def test_nothing_is_said_when_only_lag_and_counts_move():
    before, after = a_snapshot(a_report(0, lanes=[a_lane(0, lag=9)])), a_snapshot(a_report(0, lanes=[a_lane(0, lag=1)]))

    assert list(view.changes(before, after)) == []


def test_a_change_is_said_with_before_and_after():
    before, after = a_snapshot(), a_snapshot(ready="False", reason="PodsStarting", revision={"serving": "abc"})

    assert list(view.changes(before, after)) == [
        "Ready: True (SpecRealised) → False (PodsStarting)",
        f"revision: {a_revision()} → abc",
    ]


def test_a_pod_that_is_gone_is_said_to_be():
    assert list(view.changes(a_snapshot(a_report(0)), a_snapshot())) == ["pod wallets-0: gone"]


def test_a_refused_revision_is_said_with_its_reason():
    after = a_snapshot(revision={"serving": "abc", "refused": "def"})
    after.pipeline["status"]["conditions"].append(
        {"type": "Stalled", "status": "True", "reason": "WeightsRejected", "message": "weights.trading is too much"}
    )

    assert "refused revision: def: weights.trading is too much" in list(view.changes(None, after))


def test_where_a_pod_scores_by_request_is_shown_and_said():
    report = a_report(0)
    asked = replace(report, status=msgspec.structs.replace(report.status, api_port=41234))
    host = report.pod.address.rpartition(":")[0]

    said = list(view.changes(a_snapshot(report), a_snapshot(asked)))

    assert said == [f"api of {report.pod.name}: http://{host}:41234"]
    assert f"http://{host}:41234" in shown(a_snapshot(asked))
    assert "http://" not in shown(a_snapshot(report))
