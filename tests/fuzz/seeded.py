"""Whether fuzzing finds each bug that is put into a copy of the service, and how quickly.

usage: python -m fuzz.seeded [--seconds N] [NAME…]
"""

import argparse
import sys
import tempfile
from pathlib import Path

from fuzz.bugs import BUGS, Bug, patched
from fuzz.campaign import LACKING, is_possible, run
from fuzz.progress import Progress, why


def caught(bug: Bug, seconds: float) -> Progress:
    """Return how fuzzing of a copy with the bug went."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        patched(bug, Path(folder))
        (progress,) = run(seconds, [bug.target], Path(folder))
    return progress


def main() -> int:
    """Fuzz a copy with each bug, and return 1 if one is not caught in time."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.seeded", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("names", nargs="*")
    chosen = parser.parse_args()
    if not is_possible():
        return LACKING
    missed = 0
    for bug in BUGS:
        if bug.name in (chosen.names or [bug.name]):
            progress = caught(bug, chosen.seconds)
            missed += not progress.code
            word = "caught" if progress.code else "MISSED"
            said = f"{word} in {progress.spent_s:5.1f} s, {progress.inputs:>7,} inputs  {bug.name}"
            print(f"{said}: {why(progress)[:120]}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
