"""`scorer plan` on files: what it prints, writes and refuses. Topics: tests/integration/test_plan.py."""

import gzip
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console
from typer.testing import CliRunner

from harness import toy
from harness.wallets import AS_OF
from scoring_service.cli import app
from scoring_service.cli.manifest import pipeline_of
from scoring_service.codec import Lone
from scoring_service.generate import wallets
from scoring_service.planning.comparison import Comparison
from scoring_service.planning.page import page as page_of
from scoring_service.planning.view import view
from scoring_service.scorers.registry import SCORERS

CUT_SHORT = gzip.compress(b"{}\n" * 500)[:-9]
ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "manifests" / "wallet-reputation.yaml"


@pytest.fixture
def proposed(tmp_path: Path) -> Path:
    path = tmp_path / "proposed.yaml"
    path.write_text(SAMPLE.read_text().replace("0.6, trading: 0.4", "0.4, trading: 0.6"))
    return path


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "wallets.jsonl"
    path.write_bytes(b"".join(record.value + b"\n" for record in wallets(60, 5, invalid=0.2)))
    return path


def run(proposed: Path, *options: Any, current: Path = SAMPLE):
    return CliRunner().invoke(app, ["plan", str(proposed), "--current", str(current), *map(str, options)])


def answered(proposed: Path, *options: Any) -> dict[str, Any]:
    done = run(proposed, "--as-of", AS_OF, "-o", "json", *options)
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_answer_names_both_revisions_and_counts_every_line(proposed: Path, lines: Path) -> None:
    found = answered(proposed, "--file", lines, "--threshold", 200)

    assert found["before"]["revision"] == pipeline_of(SAMPLE).block.revision
    assert found["after"]["revision"] == pipeline_of(proposed).block.revision
    assert found["records"] == 60
    assert found["before"]["scored"] + sum(found["before"]["refused"].values()) == 60
    assert found["before"]["refused"] == found["after"]["refused"]
    assert found["moved"] > 0
    assert found["crossing"]["threshold"] == 200
    assert 0 < found["rankCorrelation"] < 1


def test_the_last_lines_of_a_file_are_its_last(proposed: Path, lines: Path, tmp_path: Path) -> None:
    end = tmp_path / "end.jsonl"
    end.write_bytes(b"".join(lines.read_bytes().splitlines(keepends=True)[-7:]))

    last, all_of_end = answered(proposed, "--file", lines, "--last", 7), answered(proposed, "--file", end)

    assert last["records"] == 7
    assert (last["before"], last["after"]) == (all_of_end["before"], all_of_end["after"])


def test_a_file_with_fewer_lines_is_read_whole(proposed: Path, lines: Path) -> None:
    assert answered(proposed, "--file", lines, "--last", 1000)["records"] == 60


def test_a_compressed_file_is_read_as_what_it_holds(proposed: Path, lines: Path, tmp_path: Path) -> None:
    packed = tmp_path / "wallets.jsonl.gz"
    packed.write_bytes(gzip.compress(lines.read_bytes()))

    plain, unpacked = answered(proposed, "--file", lines), answered(proposed, "--file", packed)

    assert (plain["before"], plain["after"]) == (unpacked["before"], unpacked["after"])


def test_the_real_wallets_are_all_scored_by_both(proposed: Path, scoring_data: Path) -> None:
    found = answered(proposed, "--file", scoring_data / "dex_wallet_messages.jsonl", "--movers", 3)

    assert (found["records"], found["compared"], found["moved"]) == (931, 931, 931)
    assert len(found["movers"]) == 3


def test_a_person_sees_figures_bars_and_movers(proposed: Path, lines: Path) -> None:
    done = run(proposed, "--file", lines, "--as-of", AS_OF, "--movers", 1)

    assert done.exit_code == 0
    for shown in ("60 records", "refused: ", "rank correlation", "█", "MOVES MOST", "liquidity_provision."):
        assert shown in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 120


def test_nothing_moves_without_a_change(lines: Path) -> None:
    found = answered(SAMPLE, "--file", lines)

    assert (found["moved"], found["movers"], found["rankCorrelation"]) == (0, [], pytest.approx(1.0))


def test_the_page_has_pictures_and_needs_no_network(proposed: Path, lines: Path, tmp_path: Path) -> None:
    page = tmp_path / "plan.html"

    answered(proposed, "--file", lines, "--html", page)

    written = page.read_text("utf-8")
    assert written.count("<svg") == 3
    for outside in ("<script", "<link", "<img", "@import", "url(http", 'href="http'):
        assert outside not in written


def test_the_same_page_is_written_again_to_the_byte(proposed: Path, lines: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.html", tmp_path / "second.html"

    answered(proposed, "--file", lines, "--html", first)
    answered(proposed, "--file", lines, "--html", second)

    assert first.read_bytes() == second.read_bytes()


def test_what_records_say_of_themselves_is_text_and_nothing_else() -> None:
    comparison = Comparison(toy.build(toy.block(1)), toy.build(toy.block(2)), 1)
    comparison.take("in", 0, [Lone(0, AS_OF * 1000, toy.record("<script>[/red]$\\x$</script>", 1.0))])
    found = comparison.findings(("<b>", "&"))

    written = page_of(found, comparison.points(10), "<i>", "a<b")
    with (console := Console(width=120, file=io.StringIO())).capture() as shown:
        console.print(view(found))

    assert "<script" not in written
    assert "&lt;script&gt;" in written
    assert "<script>[/red]$\\x$</script>" in shown.get()


def test_a_plan_of_nothing_is_a_page_too(proposed: Path, tmp_path: Path) -> None:
    empty, page = tmp_path / "empty.jsonl", tmp_path / "plan.html"
    empty.write_bytes(b"")

    assert answered(proposed, "--file", empty, "--html", page)["records"] == 0
    assert run(proposed, "--file", empty).exit_code == 0
    assert "0 records" in page.read_text("utf-8")


def test_without_the_extra_a_page_is_refused_before_anything_is_read(
    proposed: Path, lines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    done = run(proposed, "--file", lines, "--html", tmp_path / "plan.html")

    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr == "scorer: --html needs matplotlib: pip install 'scoring-operator[plots]'\n"


def test_another_scorer_is_no_plan(
    proposed: Path, lines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SCORERS, "toy", toy.Toy)
    other = tmp_path / "toy.yaml"
    manifest = yaml.safe_load(SAMPLE.read_text())
    manifest["spec"]["scorer"] = {"toy": {"weight": 1.0}}
    other.write_text(yaml.safe_dump(manifest))

    done = run(other, "--file", lines)

    assert done.exit_code == 2
    assert "spec.scorer: expected walletReputation, as in " in done.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--file", "absent.jsonl"], "absent.jsonl: No such file or directory"),
        (["--file", "."], ".: Is a directory"),
        (["--as-of", "5"], "--as-of: expected --file FILE with it"),
        (["--file", str(SAMPLE), "--current", "absent.yaml"], "absent.yaml: No such file or directory"),
        (["--file", str(SAMPLE), "--html", "absent/plan.html"], "absent/plan.html: No such file or directory"),
    ],
)
def test_what_cannot_be_read_or_written_is_one_line_and_exit_code_2(
    proposed: Path, options: list[str], says: str
) -> None:
    done = run(proposed, *options)

    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
    assert says in done.stderr


@pytest.mark.parametrize("content", [b"not compressed", CUT_SHORT], ids=["text", "cut short"])
def test_a_file_that_is_no_gzip_is_one_line_and_exit_code_2(proposed: Path, tmp_path: Path, content: bytes) -> None:
    broken = tmp_path / "wallets.gz"
    broken.write_bytes(content)

    done = run(proposed, "--file", broken)

    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    assert str(broken) in done.stderr
