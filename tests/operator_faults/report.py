"""All faults of the operator's world, and the page that says what came of them: docs/operator-reliability.md.

usage: python -m operator_faults.report [--quick] [--minutes N] [--reports FOLDER]
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from typing import Final

from benchmarks.process import machine
from benchmarks.report import splice

from faults import report, results
from faults.extent import SEED
from faults.results import Result
from harness.state import HERE, REPOSITORY

PAGE: Final = REPOSITORY / "docs" / "operator-reliability.md"
TESTS: Final = REPOSITORY / "tests" / "operator_faults"
PYTEST: Final = (sys.executable, "-m", "pytest", "-q", "tests/operator_faults", "-o", "junit_family=xunit1")
LIMIT_MIN: Final = 60
"""Minutes after which the run is told to end; what has not run by then stands so on the page."""


def main(arguments: Sequence[str]) -> int:
    """Run everything and write the page; return 0 if everything passed."""
    parser = argparse.ArgumentParser(prog="python -m operator_faults.report", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the short form")
    parser.add_argument("--minutes", type=float, default=LIMIT_MIN, help="after which what has not run is left out")
    parser.add_argument(
        "--reports", type=Path, help="run nothing: take pytest's reports from here, the later the better"
    )
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        if chosen.reports is None:
            _run(Path(folder) / "report.xml", {} if chosen.quick else report.LONG, 60 * chosen.minutes)
        written = sorted((chosen.reports or Path(folder)).glob("*.xml"), key=lambda file: file.stat().st_mtime)
        found = results.of_reports(written, report.planned(PYTEST))
    splice(PAGE, page(found, quick=chosen.quick))
    bad = [result for result in found if result.outcome != "passed"]
    for result in bad:
        print(f"{result.outcome} {result.test}[{result.case}] {result.why}")
    print(f"{len(found) - len(bad)} of {len(found)} passed; see {PAGE.relative_to(REPOSITORY)}")
    return 1 if any(result.outcome in ("failed", "not run") for result in bad) or not found else 0


def _run(written: Path, environment: dict[str, str], within_s: float) -> None:
    process = Popen([*PYTEST, f"--junitxml={written}"], cwd=REPOSITORY, env=os.environ | environment)
    try:
        process.wait(within_s)
    except TimeoutExpired:
        report.end(process)


def page(found: Sequence[Result], *, quick: bool) -> str:
    """Return what stands between the page's markers."""
    rows = results.by_row(found, results.rows_of(sorted(TESTS.glob("test_*.py"))))
    form = "short form" if quick else "long form"
    kubernetes = (HERE / "go/kubernetes/go.mod").read_text().partition("k8s.io/kubernetes v")[2].split()[0]
    return "\n".join(
        [
            f"Measured on {datetime.now(UTC):%Y-%m-%d}: {machine()}, kube-apiserver {kubernetes}, kopf "
            f"{version('kopf')}, etcd, API server, operators and played workers on the same machine; {form}, seed "
            f"{SEED}. {results.summed(found)}.".replace("**", ""),
            "",
            "| row | what is injected, and what holds | result | measured |",
            "|---|---|---|---|",
            *(_line(row, test, of_test) for row, test, _, of_test in rows),
        ]
    )


def _line(row: int, test: str, found: Sequence[Result]) -> str:
    told = test.removeprefix("test_").replace("_", " ")
    nemesis = "".join(f"<br>{said}" for result in found for said in result.said("nemesis"))
    return f"| {row} | {told} | {results.summed(found)} | {results.figures(found)}{nemesis} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
