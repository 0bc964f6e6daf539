"""`kubectl-scoring lint`: schema, rules and golden cases, offline, with an exit code for each way to fail."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from contract.admission_cases import manifest
from scoring_operator.cli import app
from scoring_operator.cli.lint import checked

GOLDEN = "spec.goldenCases"
SCHEMA_REFUSAL = {
    "name": "one",
    "asOf": 1704499200,
    "inputs": [{"wallet_address": 1}],
    "expect": [{"reason": "schema"}],
}


def lint(folder: Path, changes: Any, *options: str) -> Result:
    path = folder / "pipeline.yaml"
    path.write_text(changes if isinstance(changes, str) else yaml.safe_dump(manifest(changes)))
    return CliRunner().invoke(app, ["lint", str(path), *options])


def test_a_manifest_that_would_be_taken_ends_with_0(tmp_path: Path) -> None:
    said = lint(tmp_path, {GOLDEN: [SCHEMA_REFUSAL]})

    assert (said.exit_code, said.stderr) == (0, "")
    assert "default/wallets would be taken; 1 of 1 golden cases hold" in said.stdout


def test_a_missed_case_ends_with_1_and_what_came(tmp_path: Path) -> None:
    said = lint(tmp_path, {GOLDEN: [{**SCHEMA_REFUSAL, "expect": [{"reason": "depth"}]}]})

    assert said.exit_code == 1
    assert 'expected "depth", came "schema"' in said.stdout


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"spec.scorer.walletReputation": {"variant": "zeru-v1", "wieghts": {}}}, 'unknown field "spec.scorer'),
        ({"spec.replicas": -1}, "spec.replicas: write a number from 0 to 1000"),
        ({"spec.output": {}}, "spec.output.failureTopic: Required value"),
        ("kind: Pod\napiVersion: v1\n", "expected a ScoringPipeline"),
        ("a: [", "not YAML"),
        ({GOLDEN: [{**SCHEMA_REFUSAL, "inputs": [{"n": 2**60}]}]}, "write integers above 2^53 as strings"),
    ],
)
def test_what_would_be_refused_ends_with_2_and_every_reason(tmp_path: Path, changes: Any, refusal: str) -> None:
    said = lint(tmp_path, changes)

    assert said.exit_code == 2
    assert refusal in said.stdout


def test_programs_get_the_verdict_with_its_reasons(tmp_path: Path) -> None:
    taken = json.loads(lint(tmp_path, {GOLDEN: [SCHEMA_REFUSAL]}, "-o", "json").stdout)
    refused = yaml.safe_load(lint(tmp_path, {"spec.replicas": -1}, "-o", "yaml").stdout)

    assert (taken["admitted"], taken["pipeline"], taken["golden"]["passed"]) == (True, "default/wallets", True)
    assert (refused["admitted"], refused["refusals"]) == (False, ["spec.replicas: write a number from 0 to 1000"])


def test_what_only_an_api_server_can_judge_is_named(tmp_path: Path) -> None:
    said = lint(tmp_path, {"spec.pod.resources.limits": {"cpu": "2"}})

    assert "not checked here, but by an API server: spec.pod.resources.limits.cpu" in said.stdout


def test_a_missing_file_ends_with_2_and_one_line(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["lint", str(tmp_path / "none.yaml")])

    assert (said.exit_code, said.stderr.count("\n")) == (2, 1)


def test_standard_input_is_read_for_a_hyphen() -> None:
    said = CliRunner().invoke(app, ["lint", "-"], input=yaml.safe_dump(manifest()))

    assert said.exit_code == 0
    assert "-: default/wallets would be taken" in said.stdout


def test_the_namespace_of_a_manifest_is_its_own_or_the_default_one() -> None:
    written = manifest()
    del written["metadata"]["namespace"]

    assert checked(yaml.safe_dump(written).encode(), "f")["pipeline"] == "default/wallets"
    assert checked(yaml.safe_dump(manifest({"metadata.namespace": "shop"})).encode(), "f")["pipeline"] == "shop/wallets"
