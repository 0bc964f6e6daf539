"""`scorer score`: one result per line, in order, the same as on the stream; one clear line when it cannot begin."""

import io
import json
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from harness.wallets import AS_OF, WALLET, a_swap, a_wallet, encoded
from scoring_service.cli import app
from scoring_service.codec import BatchScorer, Signature
from scoring_service.contract.pipeline import parse_pipeline
from scoring_service.generate import wallets
from scoring_service.scorers import custom
from scoring_service.scorers.registry import SCORERS, build

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "manifests" / "wallet-reputation.yaml"
STAMPS = {"timestamp", "processing_time_ms"}


def run(*arguments: str | Path, stdin: bytes = b""):
    return CliRunner().invoke(app, ["score", *map(str, arguments)], input=stdin)


def results(output: str) -> list[dict]:
    return [{k: v for k, v in json.loads(line).items() if k not in STAMPS} for line in output.splitlines()]


@pytest.fixture
def lines(tmp_path) -> Path:
    path = tmp_path / "wallets.jsonl"
    path.write_bytes(b"\n".join(record.value for record in wallets(40, 5, invalid=0.4)) + b"\n")
    return path


def test_every_line_has_its_result_in_input_order_failures_included(tmp_path):
    file = tmp_path / "in.jsonl"
    good, lending = encoded(a_wallet(a_swap())), encoded(a_wallet(a_swap(), protocol_type="lending"))
    file.write_bytes(b"\n".join([b"not json", good, b"", lending, good]))

    done = run(SAMPLE, file, "--as-of", AS_OF)

    assert done.exit_code == 0
    assert [record.get("reason", record.get("zscore")) for record in results(done.stdout)] == [
        "json_syntax",
        "188.000000000000000000",
        "json_syntax",
        "unsupported_protocol",
        "188.000000000000000000",
    ]


def test_the_results_are_those_of_the_stream(lines):
    class AsRecord:
        key, timestamp, timestamp_type, offset = None, AS_OF * 1000, 0, 0

        def __init__(self, value):
            self.value = value

    block = parse_pipeline(yaml.safe_load(SAMPLE.read_text())).block
    records = [AsRecord(line) for line in lines.read_bytes().splitlines()]
    batch = BatchScorer(build(block), Signature("a/b", "r", "v")).score_batch(records, "in", 0, None)

    found = results(run(SAMPLE, lines, "--as-of", AS_OF).stdout)

    assert [r for r in found if "reason" not in r] == results("\n".join(m.value.decode() for m in batch.success))
    assert [r for r in found if "reason" in r] == results("\n".join(m.value.decode() for m in batch.failures))
    assert len(batch.success) > 10
    assert len(batch.failures) > 10


def test_standard_input_is_a_file_too(lines):
    from_file, from_stdin = run(SAMPLE, lines, "--as-of", 5), run(SAMPLE, "-", "--as-of", 5, stdin=lines.read_bytes())

    assert results(from_file.stdout) == results(from_stdin.stdout)


def test_a_file_written_elsewhere_may_end_its_lines_otherwise():
    done = run(SAMPLE, "-", "--as-of", AS_OF, stdin=encoded(a_wallet(a_swap())) + b"\r\n")

    assert [record["wallet_address"] for record in results(done.stdout)] == [WALLET]


def test_the_moment_of_scoring_is_echoed_and_defaults_to_now():
    good = encoded(a_wallet(a_swap()))

    (given,) = results(run(SAMPLE, "-", "--as-of", 1_704_499_201, stdin=good).stdout)
    (now,) = results(run(SAMPLE, "-", stdin=good).stdout)

    assert given["as_of"] == 1_704_499_201
    assert now["as_of"] > 1_704_499_201


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        (None, "No such file or directory"),
        ("kind: [", "not YAML"),
        ("- 1", "expected a ScoringPipeline, got list"),
        ("kind: Deployment", "kind: expected ScoringPipeline"),
        (
            SAMPLE.read_text().replace("zeru-v1", "zeru-v9"),
            "spec.scorer.walletReputation.variant: Expected one of reputation-v2, seed-readme, zeru-v1",
        ),
        (SAMPLE.read_text().replace("trading", "tradign"), "unknown field `tradign`"),
        (
            SAMPLE.read_text().replace("walletReputation", "walletReputatoin"),
            f"expected one of {', '.join((custom.MEMBER, *SCORERS))}",
        ),
        (SAMPLE.read_text().replace("input:", "inputs:"), "unknown field `inputs`"),
        ("\xff\x00", "not YAML"),
    ],
)
def test_an_unreadable_manifest_is_one_line_and_exit_code_2(tmp_path, manifest, says):
    path = tmp_path / "pipeline.yaml"
    if manifest is not None:
        path.write_text(manifest, encoding="latin-1")

    done = run(path, "-")

    assert done.exit_code == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"scorer: {path}: ")
    assert says in done.stderr


@pytest.mark.parametrize("name", ["absent.jsonl", "."])
def test_an_unreadable_file_is_one_line_and_exit_code_2(tmp_path, name):
    done = run(SAMPLE, tmp_path / name)

    assert (done.exit_code, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert str(tmp_path / name) in done.stderr


def test_wrong_usage_is_exit_code_2():
    assert run(SAMPLE).exit_code == 2
    assert run(SAMPLE, "-", "--as-of", "yesterday").exit_code == 2


class ATerminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_is_shown_on_stderr_only_where_somebody_watches_and_the_work_is_long(monkeypatch):
    from scoring_service.cli.progress import progress

    monkeypatch.setattr(sys, "stderr", ATerminal())

    assert list(progress([1, 2], "adding", 2, long=3, size=lambda _: 1)) == [1, 2]
    assert sys.stderr.getvalue() == ""
    assert list(progress([1, 2], "adding", 2, long=2, size=lambda _: 1)) == [1, 2]
    assert "adding" in sys.stderr.getvalue()
