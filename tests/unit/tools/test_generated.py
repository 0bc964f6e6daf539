"""Files that are made of something else: a check names what is stale and writes nothing."""

from tools.generated import ROOT, keep
from tools.tables import rows


def test_what_is_missing_or_stale_is_written(tmp_path):
    stale, missing = tmp_path / "stale.md", tmp_path / "folder" / "missing.md"
    stale.write_text("old")

    assert keep({stale: "new", missing: "new"}, []) == 0

    assert (stale.read_text(), missing.read_text()) == ("new", "new")


def test_a_check_names_what_is_stale_and_writes_nothing(capsys):
    missing = ROOT / "docs" / "of-nothing.md"

    assert keep({missing: "new", ROOT / "README.md": (ROOT / "README.md").read_text("utf-8")}, ["--check"]) == 1

    assert capsys.readouterr().out == "docs/of-nothing.md is not up to date: run make generate\n"
    assert not missing.exists()


def test_a_check_of_what_is_fresh_says_nothing(tmp_path, capsys):
    fresh = tmp_path / "fresh.md"
    fresh.write_text("new")

    assert keep({fresh: "new"}, ["--check"]) == 0
    assert capsys.readouterr().out == ""


def test_no_cell_breaks_a_table():
    assert rows(("field", "what it is"), [("`a`", "b|c")]) == "| field | what it is |\n| --- | --- |\n| `a` | b\\|c |\n"
