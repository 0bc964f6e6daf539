"""The page about upgrades claims nothing without a test, and names every switch that these tests need."""

import re

from harness.state import REPOSITORY

PAGE = (REPOSITORY / "docs/upgrading.md").read_text()
SWITCH = re.compile(r'"(?:--set=(?:crds|scope)[\w.]*=\w+|--(?:take|force|reset)-[\w-]+)"')


def test_every_test_that_the_page_names_exists() -> None:
    files = {path.name: path.read_text() for path in (REPOSITORY / "tests").rglob("test_*.py")}
    functions = {name for text in files.values() for name in re.findall(r"^(?:async )?def (test_\w+)", text, re.M)}

    named = set(re.findall(r"`(test_[\w.]+)`", PAGE))

    assert len(named) > 15
    assert named - files.keys() - functions == set()


def test_every_row_of_its_tables_names_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| |")]

    assert len(rows) > 15
    assert [row for row in rows if "`test_" not in row and "| the same |" not in row] == []


def test_every_switch_that_the_tests_of_the_chart_use_is_on_the_page() -> None:
    texts = [path.read_text() for path in (REPOSITORY / "tests/chart").glob("test_*.py")]
    switches = {found.strip('"').removeprefix("--set=") for text in texts for found in SWITCH.findall(text)}

    assert {"crds.enabled=false", "--take-ownership", "--force-conflicts"} <= switches
    known = switches - {"scope=Cluster", "scope=Namespace", "--reset-values"}
    assert {switch for switch in known if f"{switch}" not in PAGE} == set()


def test_the_errors_of_a_second_release_and_of_a_foreign_field_are_quoted() -> None:
    texts = "".join(path.read_text() for path in (REPOSITORY / "tests/chart").glob("test_*.py"))

    for error in ("invalid ownership metadata", 'conflict with "kubectl"'):
        assert error in texts
        assert error in PAGE
