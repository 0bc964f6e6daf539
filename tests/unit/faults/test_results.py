"""What the reliability page says of a test is what pytest reported of it."""

import json
from pathlib import Path

from faults import results
from faults.results import Result

REPORT = """<testsuites><testsuite>
<testcase name="test_a[x-AtLeastOnce]" time="2.5">
  <properties><property name="row" value='{"row": 1, "silence_s": 2.0, "kind": "x"}'/></properties></testcase>
<testcase name="test_a[y-AtLeastOnce]"><failure message="lost | two&#10;records">long</failure></testcase>
<testcase name="test_b"><skipped message="no Java"/></testcase>
</testsuite></testsuites>"""


def reported(folder: Path) -> dict[tuple[str, str], Result]:
    path = folder / "report.xml"
    path.write_text(REPORT)
    planned = ["test_a[x-AtLeastOnce]", "test_b", "test_c[ExactlyOnce]"]
    return {(r.test, r.case): r for r in results.of_reports([path, folder / "none.xml"], planned)}


def test_every_outcome_is_read_with_its_reason(tmp_path: Path) -> None:
    found = reported(tmp_path)

    assert {name: result.outcome for name, result in found.items()} == {
        ("test_a", "x-AtLeastOnce"): "passed",
        ("test_a", "y-AtLeastOnce"): "failed",
        ("test_b", ""): "skipped",
        ("test_c", "ExactlyOnce"): "not run",
    }
    assert found["test_a", "y-AtLeastOnce"].why == "lost / two records", "a table takes it"
    assert found["test_b", ""].why == "no Java"


def test_a_row_with_a_failure_is_no_row_that_passed(tmp_path: Path) -> None:
    found = [result for (test, _), result in reported(tmp_path).items() if test == "test_a"]

    assert results.summed(found) == "**failed**, 1 of 2 passed: y-AtLeastOnce lost / two records"
    assert results.summed(found[:1]) == "passed"
    assert results.summed([]) == "**not run**"


def test_figures_of_several_cases_go_from_the_smallest_to_the_largest() -> None:
    said = [{"row": 1, "silence_s": 2.0, "kind": "x"}, {"row": 1, "silence_s": 0.5, "kind": "y"}]
    cases = [Result("test_a", "", "passed", properties=(("row", json.dumps(row)),)) for row in said]

    assert results.figures(cases) == "silence 0.5–2 s; kind x, y"


def test_a_tests_row_is_the_one_of_its_docstring(tmp_path: Path) -> None:
    path = tmp_path / "test_rows.py"
    path.write_text('async def test_a():\n    """Row 14, a slow sink."""\n\ndef test_b():\n    """No row."""\n')

    rows = results.rows_of([path])
    cases = [Result("test_a", case, "passed") for case in ("x-ExactlyOnce", "y-AtLeastOnce")]

    assert rows == {"test_a": 14}
    assert [group[:3] for group in results.by_row([*cases, Result("test_b", "", "passed")], rows)] == [
        (14, "test_a", "AtLeastOnce"),
        (14, "test_a", "ExactlyOnce"),
    ]
