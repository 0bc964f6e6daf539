"""What runs of the fault tests came to: from pytest's reports to lines of tables. Pure but for reading files."""

import ast
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree as ET

BAD: Final = ("failure", "error")
SHOWN: Final = 160
"""Characters of a failure."""
UNITS: Final = {"_s": " s", "_mib": " MiB"}
"""By the end of a figure's name."""

Row = Callable[..., None]
"""Notes what a row of the fault matrix came to: its number, and figures by name."""


class Result(NamedTuple):
    """How one test went."""

    test: str
    """The function."""
    case: str
    """Its parameters as pytest writes them; empty if it has none."""
    outcome: str
    """passed, failed, skipped, or not run."""
    why: str = ""
    """The beginning of what a test that did not pass said."""
    seconds: float = 0.0
    properties: tuple[tuple[str, str], ...] = ()

    def said(self, name: str) -> list[str]:
        """Return its properties of a name."""
        return [value for key, value in self.properties if key == name]

    @property
    def guarantee(self) -> str:
        """The last of its parameters, if that is one."""
        last = self.case.rpartition("-")[2]
        return last if last in ("AtLeastOnce", "ExactlyOnce") else ""


def of_reports(reports: Iterable[Path], planned: Iterable[str]) -> list[Result]:
    """Return how each planned test went; one that stands in no report was not run."""
    found = {(r.test, r.case): r for report in reports if report.exists() for r in _of_report(report)}
    missing = [r for name in planned if ((r := _named(name, "not run")).test, r.case) not in found]
    return [*found.values(), *missing]


def _of_report(report: Path) -> list[Result]:
    return [_of_case(case) for case in ET.parse(report).iter("testcase")]  # noqa: S314 - pytest has just written it


def _of_case(case: ET.Element) -> Result:
    bad = next((element for element in case if element.tag in (*BAD, "skipped")), None)
    properties = tuple((p.get("name", ""), p.get("value", "")) for p in case.iter("property"))
    outcome = "passed" if bad is None else "skipped" if bad.tag == "skipped" else "failed"
    why = "" if bad is None else bad.get("message", "").strip()
    result = _named(case.get("name", ""), outcome)
    return result._replace(why=_short(why), seconds=float(case.get("time", 0)), properties=properties)


def _named(name: str, outcome: str) -> Result:
    test, _, case = name.partition("[")
    return Result(test, case.removesuffix("]"), outcome)


def _short(text: str) -> str:
    line = " ".join(text.split()).replace("|", "/")
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}…"


def rows_of(sources: Iterable[Path]) -> dict[str, int]:
    """Return the row of the fault matrix that each test is about, as its docstring says."""
    found = {}
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
                said = re.match(r"Row (\d+)", ast.get_docstring(node) or "")
                found |= {node.name: int(said[1])} if said else {}
    return found


def summed(results: Sequence[Result]) -> str:
    """Return one phrase on how these tests went; of those that did not pass, with the reason of the first."""
    if not results:
        return "**not run**"
    passed = sum(result.outcome == "passed" for result in results)
    if passed == len(results):
        return "passed" if passed == 1 else f"passed {passed} of {passed}"
    first = next(result for result in results if result.outcome != "passed")
    words = sorted({result.outcome for result in results} - {"passed"})
    why = f": {first.case} {first.why}".rstrip() if first.why else ""
    return f"**{' and '.join(words)}**, {passed} of {len(results)} passed{why}"


def figures(results: Sequence[Result]) -> str:
    """Return what these tests measured, each figure from its smallest to its largest value."""
    found: dict[str, list[Any]] = defaultdict(list)
    for result in results:
        for text in result.said("row"):
            for name, value in json.loads(text).items():
                found[name].append(value)
    skipped = ("row", "test", "guarantee")
    return "; ".join(f"{_words(name)} {_span(name, values)}" for name, values in found.items() if name not in skipped)


def _words(name: str) -> str:
    ending = next((ending for ending in UNITS if name.endswith(ending)), "")
    return name.removesuffix(ending).replace("_", " ")


def _span(name: str, values: Sequence[Any]) -> str:
    unit = next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "")
    if any(isinstance(value, str) for value in values):
        return ", ".join(dict.fromkeys(map(str, values)))
    low, high = min(values), max(values)
    return f"{low:g}{unit}" if low == high else f"{low:g}–{high:g}{unit}"


def by_row(results: Iterable[Result], rows: Mapping[str, int]) -> list[tuple[int, str, str, list[Result]]]:
    """Return the results of each row, test and guarantee, in the order of the rows."""
    groups: dict[tuple[int, str, str], list[Result]] = defaultdict(list)
    for result in results:
        if result.test in rows:
            groups[rows[result.test], result.test, result.guarantee].append(result)
    return [(*group, found) for group, found in sorted(groups.items())]
