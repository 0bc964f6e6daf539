"""`kubectl-scoring`: what it answers before anything runs."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from typer.testing import CliRunner

from contract.admission_cases import manifest
from scoring_operator.cli import app
from scoring_operator.cli.completion import pipelines
from scoring_operator.cli.kubectl_complete import candidates, main


def run(*arguments):
    return CliRunner().invoke(app, arguments)


def test_help_names_the_commands():
    said = run("--help")

    assert said.exit_code == 0
    assert "up" in said.output


def test_help_of_up_documents_the_exit_codes():
    assert "Exit codes: 0" in " ".join(run("up", "--help").output.split())


def test_the_version_is_the_packages():
    assert run("version").output.strip().startswith("0.")


def test_a_missing_file_ends_with_2_and_one_line(tmp_path):
    said = run("up", str(tmp_path / "none.yaml"))

    assert said.exit_code == 2
    assert said.output.strip().endswith("none.yaml: cannot read it: No such file or directory")


def test_a_refused_manifest_ends_with_2_and_names_the_field(tmp_path):
    path = tmp_path / "pipeline.yaml"
    weights = {"variant": "zeru-v1", "weights": {"tradign": 0.5}}
    path.write_text(yaml.safe_dump(manifest({"spec.scorer.walletReputation": weights})))

    said = run("up", str(path))

    assert said.exit_code == 2
    assert 'unknown field "spec.scorer.walletReputation.weights.tradign"' in said.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete(shell):
    environment = os.environ | {"_KUBECTL_SCORING_COMPLETE": f"source_{shell}"}
    command = Path(sys.executable).with_name("kubectl-scoring")

    said = subprocess.run([command], env=environment, capture_output=True, text=True, timeout=20)

    assert "kubectl-scoring" in said.stdout


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["expl"], ["explain"]),
        (["status", "--wat"], ["--watch"]),
        (["status", "-o", ""], ["table", "json", "yaml"]),
        (["key", ""], ["new"]),
        (["lint", "pipe"], []),
    ],
)
def test_kubectl_gets_what_may_follow(words, found, monkeypatch):
    monkeypatch.setattr(os, "environ", dict(os.environ))

    assert candidates(words) == found


def test_kubectl_lets_the_shell_complete_names_of_files_where_there_is_no_candidate(monkeypatch, capsys):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    said = []
    for words in (["lint", "pipe"], ["expl"]):
        monkeypatch.setattr(sys, "argv", ["kubectl_complete-scoring", *words])
        main()
        said.append(capsys.readouterr().out.splitlines()[-1])

    assert said == [":0", ":4"]


def test_a_tab_without_a_cluster_finds_no_pipeline_and_says_nothing(tmp_path, capfd):
    context = SimpleNamespace(params={"namespace": "", "kubeconfig": tmp_path / "none"})

    assert pipelines(context, "wal") == []
    assert capfd.readouterr() == ("", "")
