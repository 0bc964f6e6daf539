"""The suites one after the other, what they need built in the background meanwhile, and one closing line.

usage: python -m harness.suites [check] [fuzz] [integration] [chart] [faults] [e2e]
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, NamedTuple
from xml.etree import ElementTree as ET

from harness.state import HERE, REPOSITORY, state

BUILD: Final = str(HERE / "build.sh")
CLUSTER: Final = str(HERE / "cluster.sh")
LACKING: Final = 3
"""Exit code of a script of the harness that lacks something only the machine's owner can provide."""
PYTEST: Final = [sys.executable, "-m", "pytest", "-q", "--durations=5"]

FAULTS: Final = "crash_points or processes or (records and not bomb)"
"""Of tests/faults what bears a slow machine; all of it is `make reliability`."""
OF_OPERATOR: Final = (
    "watches_are_cut_off or caught_up or that_is_deleted or leader_that_is_cut_off or random_faults or definition"
)
"""Of tests/operator_faults what three minutes allow; all of it is `make reliability-operator`."""


class Suite(NamedTuple):
    """A set of tests, and the builds that must be done before they start."""

    name: str
    commands: list[list[str]]
    """One after the other."""
    builds: list[list[str]]
    beside: list[str] | None = None
    """Runs beside them, and is shown after them: what shares no process with them, and like them mostly waits."""


SUITES: Final = (
    Suite("check", [[os.environ.get("MAKE", "make"), "--no-print-directory", "check"]], []),
    Suite("fuzz", [[*PYTEST, "--capture=no", "tests/fuzz"]], []),
    Suite(
        "integration",
        [[*PYTEST, "tests/integration", "-m", "not apiserver"]],
        [[BUILD, "apiserver"], [BUILD, "helm"]],
        beside=[*PYTEST, "tests/integration", "-m", "apiserver"],
    ),
    Suite("chart", [[*PYTEST, "tests/chart"]], [[BUILD, "apiserver"], [BUILD, "helm"], [BUILD, "helm3"]]),
    Suite(
        "faults",
        [
            [*PYTEST, "-n", "3", "--dist", "worksteal", "tests/faults", "-k", FAULTS],
            [*PYTEST, "tests/operator_faults", "-k", OF_OPERATOR],
        ],
        [[BUILD, "apiserver"], [BUILD, "faults"]],
    ),
    Suite(
        "e2e",
        [[*PYTEST, "tests/e2e"]],
        [[BUILD, "kubernetes"], [BUILD, "helm"], [BUILD, "helm3"], [BUILD, "prometheus"], [CLUSTER, "images"]],
    ),
)


class Result(NamedTuple):
    """How a suite went."""

    name: str
    code: int
    counts: Counter[str]
    seconds: float

    @property
    def word(self) -> str:
        """One word for people."""
        if self.code:
            return "failed"
        return "passed" if self.counts["passed"] else "skipped"


def main(names: list[str]) -> int:
    """Run the named suites, all of them if none is named; return 0 if none failed."""
    began = time.monotonic()
    chosen = [suite for suite in SUITES if suite.name in names or not names]
    builds = [build for suite in chosen for build in suite.builds]
    with (state() / "background.log").open("w") as log:
        script = ["nice", "-n", "15", "sh", "-c", "; ".join(map(" ".join, builds)) or ":"]
        background = subprocess.Popen(script, stdout=log, stderr=log, start_new_session=True)
    try:
        results = [_run(suite) for suite in chosen]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(background.pid, signal.SIGTERM)
        background.wait()
    _report(results, time.monotonic() - began)
    return max(result.code for result in results)


def _run(suite: Suite) -> Result:
    began = time.monotonic()
    print(f"== {suite.name}", flush=True)
    runs = _runs(suite) if _is_built(suite) else [(1, Counter[str]())]
    code, counts = max(code for code, _ in runs), sum((counts for _, counts in runs), Counter[str]())
    result = Result(suite.name, code, counts, time.monotonic() - began)
    print(f"== {suite.name} {result.word} in {result.seconds:.0f} s", flush=True)
    return result


def _runs(suite: Suite) -> list[tuple[int, Counter[str]]]:
    """Return the exit code and the counts of each command."""
    if suite.beside is None:
        return [_tested(command) for command in suite.commands]
    with tempfile.TemporaryFile("w+") as said, ThreadPoolExecutor(1) as pool:
        beside = pool.submit(_tested, suite.beside, said)
        runs = [_tested(command) for command in suite.commands]
        runs.append(beside.result())
        said.seek(0)
        shutil.copyfileobj(said, sys.stdout)
        return runs


def _is_built(suite: Suite) -> bool:
    """Wait for the suite's builds; one that this machine cannot do is no failure: its tests skip with the reason."""
    return all(subprocess.run(build).returncode in (0, LACKING) for build in suite.builds)


def _tested(command: list[str], output: IO[str] | None = None) -> tuple[int, Counter[str]]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = f"{os.environ.get('PYTEST_ADDOPTS', '')} --junitxml={report} -o junit_family=xunit1"
        environment = os.environ | {"PYTEST_ADDOPTS": options}
        done = subprocess.run(command, cwd=REPOSITORY, env=environment, stdout=output, stderr=output)
        return done.returncode, _counts(report) if report.exists() else Counter()


def _counts(report: Path) -> Counter[str]:
    outcomes = {"failure": "failed", "error": "error", "skipped": "skipped"}
    tests = ET.parse(report).iter("testcase")  # noqa: S314 - pytest has just written it
    return Counter(next((outcomes[e.tag] for e in test if e.tag in outcomes), "passed") for test in tests)


def _report(results: list[Result], seconds: float) -> None:
    print()
    for result in results:
        print(f"{result.name:<12} {result.word:<8} {result.seconds:6.0f} s")
    total = sum((result.counts for result in results), Counter[str]())
    words = ("failed", "passed", "skipped", "error")
    said = ", ".join(f"{total[word]} {word}" for word in words if total[word]) or "no tests ran"
    print(f"===== {said} in {seconds:.2f}s =====")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
