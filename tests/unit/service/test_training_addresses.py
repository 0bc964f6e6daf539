"""Training of addressRisk on a small table of its own: what teaches, what judges, and what the file says."""

import csv
import io
import json
from pathlib import Path
from random import Random

import numpy as np
import pytest
from typer.testing import CliRunner

from scoring_service.cli import app
from scoring_service.models.session import opened
from scoring_service.scorers.address_risk.features import AGGREGATES, WIDTH, matrix
from scoring_service.training.address_risk import calibration_error, trained
from scoring_service.training.addresses import LABEL, NoExamples, examples

pytestmark = pytest.mark.filterwarnings("ignore")  # of libraries that train: protobuf makes errors of some
TREES = 5


def table(rows: int = 300, *, tokens: str = "") -> list[str]:
    """Return lines of a table in which frauds receive from many; `tokens` is in its ERC-20 column."""
    random, out = Random(1), io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Index", "Address", LABEL, *(each.column for each in AGGREGATES), " ERC20 most sent token type"])
    for number in range(rows):
        fraud = number % 4 == 0
        values = [random.randint(20, 60) if fraud else random.randint(0, 30) for _ in AGGREGATES]
        writer.writerow([number, f"0x{number}", int(fraud), *values, tokens])
    return out.getvalue().splitlines()


def test_a_model_is_written_that_says_what_it_was_judged_to_say() -> None:
    of = examples(table())
    found = trained(of, TREES)

    model = opened(found.content, WIDTH, found.sha256)
    risks = model.predict(matrix(of.aggregates.tolist()))
    assert found.report.onnx_difference <= 1e-5
    assert min(found.report.model.average_precision) > 0.9
    assert risks[of.frauds].mean() > 0.8 > 0.3 > risks[~of.frauds].mean()


def test_equal_tables_give_equal_bytes_and_tokens_teach_nothing() -> None:
    once, again, with_tokens = (trained(examples(table(tokens=tokens)), TREES) for tokens in ("", "", "Gas"))

    assert once.content == again.content == with_tokens.content


def test_equal_rows_are_one_group() -> None:
    lines = table(200)
    twin = lines[1].split(",")
    lines.append(",".join(["900", "0xother", *twin[2:]]))

    groups = examples(lines).groups

    assert groups[0] == groups[-1]
    assert len(set(groups)) == 200


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], "expected the column 'FLAG'"),
        (["Index,Address,FLAG"], "expected the column 'Avg min between sent tnx'"),
        (table(100), "expected 50 rows of both kinds, got 25"),
        ([line.replace(",", ",x", 3) for line in table()[:1]] + table()[1:], "expected the column"),
    ],
    ids=["nothing", "labels", "few", "other-names"],
)
def test_a_table_that_does_not_teach_says_what_it_lacks(lines: list[str], says: str) -> None:
    with pytest.raises(NoExamples, match=says):
        examples(lines)


def test_a_calibrated_predictor_has_no_error_and_a_certain_one_has_what_it_misses() -> None:
    frauds = np.array([True, False, False, False])

    assert calibration_error(np.full(4, 0.25), frauds) == 0.0
    assert calibration_error(np.ones(4), frauds) == 0.75


def test_the_command_writes_the_file_and_the_report(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("\n".join(table()) + "\n")
    model, report = tmp_path / "model.onnx", tmp_path / "report.json"

    command = ["train", "address-risk", str(tmp_path / "table.csv"), "--output", str(model), "--report", str(report)]
    done = CliRunner().invoke(app, [*command, "--trees", str(TREES)])

    assert done.exit_code == 0, done.output
    assert "average_precision" in done.stdout
    assert json.loads(report.read_text())["rows"] == 300
    assert opened(model.read_bytes(), WIDTH, "")
