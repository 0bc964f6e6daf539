"""`scorer lint` and `scorer record-golden`: what is recorded holds, a wrong weight is told before it is applied."""

import json
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from harness.wallets import AS_OF, a_swap, a_wallet, encoded
from scoring_service.cli import app
from scoring_service.contract.strict_yaml import documents
from scoring_service.generate import wallets
from scoring_service.scorers import custom

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "manifests" / "wallet-reputation.yaml"
SWAP = json.loads(encoded(a_wallet(a_swap())))
CASE = {"name": "single swap", "asOf": AS_OF, "inputs": [SWAP], "expect": [{"zscore": "188.000000000000000000"}]}


def run(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, list(map(str, arguments)))


def a_manifest(folder: Path, *, trading: float = 0.4, cases: Any = None) -> Path:
    """Write the sample with another weight and golden cases."""
    manifest = yaml.safe_load(SAMPLE.read_text())
    manifest["spec"]["scorer"]["walletReputation"]["weights"]["trading"] = trading
    if cases is not None:
        manifest["spec"]["goldenCases"] = cases
    path = folder / "pipeline.yaml"
    path.write_text(yaml.safe_dump(manifest))
    return path


def test_a_manifest_whose_cases_hold_passes(tmp_path):
    done = run("lint", a_manifest(tmp_path, cases=[CASE]))

    assert done.exit_code == 0
    first, _, row = done.stdout.splitlines()
    assert first.startswith("default/wallet-reputation, revision ")
    assert first.endswith(": 1 of 1 cases hold")
    assert row.split() == ["single", "swap", "1", "holds"]


def test_a_manifest_without_cases_passes():
    assert run("lint", SAMPLE).stdout.endswith("0 of 0 cases hold\n")


def test_a_missed_case_is_told_in_the_words_of_a_pod(tmp_path):
    done = run("lint", a_manifest(tmp_path, trading=0.2, cases=[CASE]))

    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1] == (
        'golden case single swap, input 0, zscore: expected "188.000000000000000000", came "175.000000000000000000"'
    )


def test_programs_get_every_case_with_what_was_expected_and_what_came(tmp_path):
    done = run("lint", a_manifest(tmp_path, trading=0.2, cases=[CASE]), "-o", "json")

    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["passed"] is False
    assert told["cases"] == [
        {
            "name": "single swap",
            "inputs": 1,
            "holds": False,
            "missed": {
                "input": 0,
                "field": "zscore",
                "expected": "188.000000000000000000",
                "came": "175.000000000000000000",
            },
        }
    ]


@pytest.mark.parametrize("written", [{"goldenCases": [CASE]}, [CASE]], ids=["as in a pipeline", "a list"])
@pytest.mark.parametrize("dump", [yaml.safe_dump, json.dumps], ids=["yaml", "json"])
def test_more_cases_come_from_files(tmp_path, written, dump):
    file = tmp_path / "cases"
    file.write_text(dump(written))

    done = run("lint", a_manifest(tmp_path, trading=0.2), "--cases", file, "--cases", file)

    assert done.exit_code == 1
    assert "0 of 2 cases hold" in done.stdout


def beside(folder: Path, *, cases: Any = (), trading: float = 0.2, mode: str = "Shadow", **parts: Any) -> Path:
    """Write the sample with a case that holds, and a candidate of another weight."""
    path = a_manifest(folder, cases=[CASE])
    manifest = yaml.safe_load(path.read_text())
    member = {"variant": "zeru-v1", "weights": {"trading": trading}}
    asked = {"mode": mode, "percent": 10, "scorer": {"walletReputation": member}, "goldenCases": list(cases)}
    manifest["spec"] |= {"candidate": asked, **parts}
    path.write_text(yaml.safe_dump(manifest))
    return path


LOWER = CASE | {"name": "lower", "expect": [{"zscore": "175.000000000000000000"}]}
"""Of a candidate with less weight on trading."""


def test_a_candidate_is_tried_on_its_own_cases_and_no_others(tmp_path):
    done = run("lint", beside(tmp_path, cases=[LOWER]))

    assert done.exit_code == 0
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0][-5:] == lines[3][-5:] == ["1", "of", "1", "cases", "hold"]
    assert (lines[2], lines[5]) == (["single", "swap", "1", "holds"], ["lower", "1", "holds"])
    assert lines[3][:2] == ["candidate,", "revision"]
    assert lines[0][2] != lines[3][2]


def test_a_case_that_the_candidate_misses_is_told_and_fails(tmp_path):
    path = beside(tmp_path, cases=[CASE])

    done, programs = run("lint", path), run("lint", path, "-o", "json")

    assert (done.exit_code, programs.exit_code) == (1, 1)
    assert done.stdout.splitlines()[-1] == (
        'golden case single swap, input 0, zscore: expected "188.000000000000000000", came "175.000000000000000000"'
    )
    told = json.loads(programs.stdout)
    assert (told["passed"], told["cases"][0]["holds"]) == (False, True)
    assert (told["candidate"]["passed"], told["candidate"]["cases"][0]["holds"]) == (False, False)


def test_a_manifest_without_a_candidate_says_nothing_of_one():
    assert "candidate" not in json.loads(run("lint", SAMPLE, "-o", "json").stdout)


SPEC = "spec.candidate."
NO_CANDIDATE = {
    "a weight that does not fit": (
        {"trading": 2.0},
        f"{SPEC}scorer.walletReputation.weights.trading: Expected `float`",
    ),
    "a case that is none": ({"cases": [CASE | {"expect": []}]}, f"{SPEC}goldenCases: write one expectation for each"),
    "two of one name": ({"cases": [CASE, CASE]}, f"{SPEC}goldenCases: give each case another name"),
    "another mode": ({"mode": "Mirror"}, f"{SPEC}mode: Invalid enum value"),
}


@pytest.mark.parametrize(("changes", "words"), NO_CANDIDATE.values(), ids=NO_CANDIDATE)
@pytest.mark.parametrize("command", ["lint", "run"])
def test_a_candidate_that_pods_would_refuse_is_refused_by_its_own_field(tmp_path, command, changes, words):
    done = run(command, beside(tmp_path, **changes))

    assert done.exit_code == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture
def sums(monkeypatch):
    """Install a scorer that keeps a state."""
    entry = EntryPoint("sums", "harness.toy:NamedSums", custom.GROUP)
    monkeypatch.setattr(custom, "entry_points", lambda group: [entry])


def custom_sums(folder: Path, *, mode: str = "Shadow", guarantee: str = "AtLeastOnce", weight: Any = 3.0) -> Path:
    scorer, tried = ({"custom": {"name": "sums", "parameters": {"weight": w}}} for w in (2.0, weight))
    asked = {"mode": mode, "percent": 10, "scorer": tried}
    manifest = yaml.safe_load(SAMPLE.read_text())
    manifest["spec"] |= {"scorer": scorer, "candidate": asked, "delivery": {"guarantee": guarantee}}
    path = folder / "sums.yaml"
    path.write_text(yaml.safe_dump(manifest))
    return path


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mode": "Canary"}, "spec.candidate.mode: expected Shadow, as sums keeps a state (got Canary)"),
        ({"guarantee": "ExactlyOnce"}, "spec.scorer: sums keeps a state, which spec.delivery.guarantee ExactlyOnce"),
        ({"weight": "much"}, "spec.candidate.scorer.custom.parameters.weight: Expected `float`, got `str`"),
        ({"weight": 2**60}, "spec.candidate.scorer.custom: "),
    ],
)
def test_what_keeps_a_state_is_refused_where_pods_refuse_it(tmp_path, sums, changes, words):
    done = run("lint", custom_sums(tmp_path, **changes))

    assert done.exit_code == 2
    assert words in done.stderr


def test_a_shadow_that_keeps_a_state_is_taken(tmp_path, sums):
    assert run("lint", custom_sums(tmp_path)).exit_code == 0


def test_a_run_does_not_begin_with_a_missed_case(tmp_path):
    done = run("run", a_manifest(tmp_path, trading=0.2, cases=[CASE]))

    assert done.exit_code == 1
    assert done.stderr.startswith("scorer: golden case single swap, input 0, zscore: ")


REFUSED = {
    "a misspelt weight": ({"trading": 2.0}, "spec.scorer.walletReputation.weights.trading"),
    "unequal numbers": ({"cases": [CASE | {"expect": []}]}, "spec.goldenCases: write one expectation for each input"),
    "a misspelt member": ({"cases": [CASE | {"tolerence": 1}]}, "spec.goldenCases"),
    "a wide integer": ({"cases": [CASE | {"inputs": [{"amount": 2**60}]}]}, "write integers above 2^53 as strings"),
    "too much": ({"cases": [CASE | {"inputs": [{"a": "x" * 70_000}]}]}, "write at most 64 KiB of cases together"),
    "too deep": ({"cases": [CASE | {"inputs": [{"a": json.loads("[" * 90 + "]" * 90)}]}]}, "nest at most 64 levels"),
}


@pytest.mark.parametrize(("changes", "words"), REFUSED.values(), ids=REFUSED)
def test_a_manifest_that_is_refused_is_told_in_one_line(tmp_path, changes, words):
    done = run("lint", a_manifest(tmp_path, **changes))

    assert done.exit_code == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "content", ["", "7", "goldenCases: [{name: a}]", "[{name: a, asOf: 1, inputs: [], expect: []}]"]
)
def test_a_file_without_cases_is_refused_by_its_name(tmp_path, content):
    file = tmp_path / "cases.yaml"
    file.write_text(content)

    done = run("lint", SAMPLE, "--cases", file)

    assert done.exit_code == 2
    assert "cases.yaml" in done.stderr


def test_what_is_recorded_from_a_file_is_pasted_and_holds(tmp_path):
    records = tmp_path / "records.jsonl"
    lines = [record.value for record in wallets(60, 3, transactions=3, invalid=0.2)]
    records.write_bytes(b"\n".join([b"not json", *lines]) + b"\n")

    done = run("record-golden", SAMPLE, "--file", records, "--as-of", AS_OF)

    assert done.exit_code == 0
    (read,) = documents(done.stdout.encode())
    assert read["goldenCases"][0]["asOf"] == AS_OF
    assert "left out: " in done.stderr
    assert "not a JSON object" in done.stderr
    assert run("lint", a_manifest(tmp_path, cases=read["goldenCases"])).exit_code == 0
    assert run("lint", a_manifest(tmp_path, trading=0.1, cases=read["goldenCases"])).exit_code == 1


def test_records_come_from_one_place():
    assert run("record-golden", SAMPLE).exit_code == 2
    assert run("record-golden", SAMPLE, "--from-topic", "--file", SAMPLE).exit_code == 2
