"""All fault tests, and the page that says what came of them: docs/reliability.md.

usage: python -m faults.report [--quick] [--minutes N] [--reports FOLDER]
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.process import machine
from benchmarks.report import splice

from faults import results
from faults.extent import SEED
from faults.results import Result
from harness import kafka_java
from harness.state import REPOSITORY, output

PAGE: Final = REPOSITORY / "docs" / "reliability.md"
TESTS: Final = REPOSITORY / "tests" / "faults"
PYTEST: Final = (sys.executable, "-m", "pytest", "-q", "tests/faults", "-o", "junit_family=xunit1")
LIMIT_MIN: Final = 60
"""Minutes after which the runs are told to end; what has not run by then stands so on the page."""
ENDED_WITHIN_S: Final = 60
LONG: Final = {"FAULTS_LONG": "1"}
NEMESIS_S: Final = os.environ.get("NEMESIS_SECONDS", "300")
SOME: Final = ("-n", "3", "--dist", "worksteal")


class Run(NamedTuple):
    """One call of pytest."""

    name: str
    options: tuple[str, ...]
    environment: dict[str, str]


def lanes(*, quick: bool) -> list[list[Run]]:
    """Return what runs beside each other: what has three brokers for itself, and what shares one."""
    long = {} if quick else LONG
    nemesis = {} if quick else {"NEMESIS_SECONDS": NEMESIS_S}
    return [
        [
            Run("three", ("-m", "xdist_group", "-k", "not nemesis and not leaders_move"), long),
            # sixty moves take ten minutes of the page's hour: FAULTS_LONG=1 alone does them
            Run("leaders", ("-k", "leaders_move"), {}),
            Run("nemesis", ("-k", "nemesis"), nemesis),
        ],
        [
            Run("one", (*SOME, "-m", "not xdist_group", "-k", "not million and not nemesis and not bomb"), long),
            Run("bombs", ("-k", "bomb"), long),  # heavy: one at a time
            Run("million", ("-k", "million"), long),
        ],
    ]


def main(arguments: Sequence[str]) -> int:
    """Run everything and write the page; return 0 if everything passed."""
    parser = argparse.ArgumentParser(prog="python -m faults.report", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the short form, as in CI")
    parser.add_argument("--minutes", type=float, default=LIMIT_MIN, help="after which what has not run is left out")
    parser.add_argument("--reports", type=Path, help="keep them here; runs that have one are not done again")
    chosen, began = parser.parse_args(arguments), time.monotonic()
    quick, until = chosen.quick, began + 60 * chosen.minutes
    with tempfile.TemporaryDirectory() as name:
        folder, work = chosen.reports or Path(name), lanes(quick=quick)
        names = planned(PYTEST)
        with ThreadPoolExecutor(len(work)) as pool:
            list(pool.map(lambda lane: _go(lane, folder, until), work))
        reports = [folder / f"{run.name}.xml" for lane in work for run in lane]
        found = results.of_reports(reports, names)
    splice(PAGE, page(found, time.monotonic() - began, quick=quick))
    bad = [result for result in found if result.outcome != "passed"]
    for result in bad:
        print(f"{result.outcome} {result.test}[{result.case}] {result.why}")
    print(f"{len(found) - len(bad)} of {len(found)} passed; see {PAGE.relative_to(REPOSITORY)}")
    return 1 if any(result.outcome in ("failed", "not run") for result in bad) or not found else 0


def planned(pytest: Sequence[str]) -> list[str]:
    """Return the names of all tests that a call of pytest would run.

    Raises:
        RuntimeError: They cannot be collected.
    """
    said = output(*pytest, "--collect-only", timeout_s=300)
    if said is None:
        raise RuntimeError(f"cannot collect: {' '.join(pytest)}")
    return [line.partition("::")[2] for line in said.splitlines() if "::" in line]


def _go(lane: Sequence[Run], folder: Path, until: float) -> None:
    for run in lane:
        if time.monotonic() >= until:
            return
        if (folder / f"{run.name}.xml").exists():
            continue
        print(f"== {run.name}", flush=True)
        command = [*PYTEST, *run.options, f"--junitxml={folder / run.name}.xml"]
        process = subprocess.Popen(command, cwd=REPOSITORY, env=os.environ | run.environment)
        try:
            process.wait(until - time.monotonic())
        except subprocess.TimeoutExpired:
            end(process)
        print(f"== {run.name} ended with {process.returncode}", flush=True)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Have pytest end before its time."""
    process.send_signal(signal.SIGINT)  # pytest ends its brokers, and still writes its report
    try:
        process.wait(ENDED_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def page(found: Sequence[Result], seconds: float, *, quick: bool) -> str:
    """Return what stands between the page's markers."""
    rows = results.by_row(found, results.rows_of(sorted(TESTS.glob("test_*.py"))))
    form = "short form, as in CI" if quick else "long form"
    kafka = f"Kafka {kafka_java.VERSION}, aiokafka {version('aiokafka')}"
    return "\n".join(
        [
            f"Measured on {datetime.now(UTC):%Y-%m-%d}: {machine()}, {kafka}, brokers, load and workers on the same "
            f"machine; {form}, seed {SEED}, {seconds / 60:.0f} minutes. {results.summed(found)}.".replace("**", ""),
            "",
            "| row | fault | guarantee | result | measured |",
            "|---|---|---|---|---|",
            *(_line(*row) for row in rows),
            "",
            "| run | result | what it says |",
            "|---|---|---|",
            _said(found, "crash points", "test_the_worker_may_die_wherever_it_waits", "crash points"),
            _bugs(found),
            _said(found, "random faults", "test_random_faults_of_all_kinds_break_no_promise", "nemesis"),
            _said(
                found,
                "a million records",
                "test_a_million_records_survive_workers_that_are_killed_again_and_again",
                "million",
            ),
        ]
    )


def _line(row: int, test: str, guarantee: str, found: Sequence[Result]) -> str:
    fault = test.removeprefix("test_").replace("_", " ")
    return f"| {row} | {fault} | {guarantee} | {results.summed(found)} | {results.figures(found)} |"


def _said(found: Sequence[Result], title: str, test: str, name: str) -> str:
    of_test = [result for result in found if result.test == test]
    said = "<br>".join(text for result in of_test for text in result.said(name))
    return f"| {title} | {results.summed(of_test)} | {said} |"


def _bugs(found: Sequence[Result]) -> str:
    bugs = [result for result in found if result.test == "test_every_seeded_bug_is_caught"]
    sound = [result for result in found if result.test == "test_a_sound_worker_passes_under_the_same_hardships"]
    caught = sum(result.outcome == "passed" for result in bugs)
    said = f"{caught} of {len(bugs)} bugs that were put in on purpose are caught; without them: {results.summed(sound)}"
    return f"| seeded bugs | {results.summed(bugs)} | {said} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
