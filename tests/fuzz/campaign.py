"""Every target for its share of the time, each in a process of its own; ends with the figures and the findings.

usage: python -m fuzz.campaign [--seconds N] [--target NAME]…
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fuzz.catalogue import TARGETS
from fuzz.corpus import FINDINGS, GROWN, write_seeds
from fuzz.progress import Progress, told
from harness.state import REPOSITORY

LACKING: Final = 3
"""Exit code of a machine that the engine cannot be had for."""

STUCK_AFTER_S: Final = 300
"""Of any time: for what is stuck outside the interpreter. The engine has its own bound for the rest."""
MAX_MEMORY_MB: Final = 1024
"""Of a process, with what the engine keeps: the record of 8 MiB with the most objects takes a quarter."""

SHOW_EVERY_S: Final = 5.0
LANES: Final = 2


def is_possible() -> bool:
    """Return whether the engine is installed: there are no wheels of it for some machines."""
    return importlib.util.find_spec("atheris") is not None


def run(seconds: float, targets: Sequence[str], patched: Path | None = None, seed: int = 0) -> list[Progress]:
    """Fuzz `targets` for `seconds` in all, and return how each went.

    `patched` is a folder with another `scoring_service` than the repository's; `seed` is the engine's, 0 for another
    one each time.
    """
    lanes = min(LANES, os.cpu_count() or 1, len(targets))
    whole = sum(TARGETS[name].share for name in targets)
    runs = [Progress(name, seconds * lanes * TARGETS[name].share / whole) for name in targets]
    with _shown(runs), ThreadPoolExecutor(lanes) as pool:
        list(pool.map(lambda progress: _fuzz(progress, patched, seed), runs))
    return runs


def _fuzz(progress: Progress, patched: Path | None, seed: int) -> None:
    """Run one target's process to its end. A patched service begins with the seeds alone, and leaves nothing."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as scratch:
        grown = Path(scratch, "grown") if patched else GROWN / progress.target
        findings = Path(scratch, "findings") if patched else FINDINGS
        for folder in (grown, findings):
            folder.mkdir(parents=True, exist_ok=True)
        write_seeds(progress.target, Path(scratch, "seeds"), is_kept_too=not patched)
        command = [*_command(progress, findings, seed), str(grown), f"{scratch}/seeds"]
        began = time.monotonic()
        with subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=environment(patched),
            stdout=subprocess.PIPE,  # where the engine prints exceptions
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            for line in process.stdout or ():
                progress.spent_s = time.monotonic() - began
                progress.hear(line)
        progress.code = process.returncode


def _command(progress: Progress, findings: Path, seed: int) -> list[str]:
    return [
        sys.executable, "-m", "fuzz.engine", progress.target,
        f"-max_total_time={max(1, round(progress.seconds))}",
        f"-max_len={TARGETS[progress.target].max_bytes}",
        f"-timeout={STUCK_AFTER_S}",
        f"-report_slow_units={STUCK_AFTER_S}",
        f"-rss_limit_mb={MAX_MEMORY_MB}",
        f"-artifact_prefix={findings}/{progress.target}-",
        "-print_final_stats=1",
        f"-seed={seed}",
    ]  # fmt: skip


def environment(patched: Path | None) -> dict[str, str]:
    """Return the environment of a process of the engine; `patched` as in `run`."""
    paths = ([str(patched)] if patched else []) + [str(REPOSITORY / "tests"), str(REPOSITORY)]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}


@contextmanager
def _shown(runs: Sequence[Progress]) -> Iterator[None]:
    """Print a line of every run that goes on, now and then, and of all at the end."""
    over, began = threading.Event(), time.monotonic()

    def show() -> None:
        while not over.wait(SHOW_EVERY_S):
            for progress in runs:
                if progress.code is None and progress.inputs:
                    print(f"{time.monotonic() - began:6.0f} s  {progress.line()}", flush=True)

    showing = threading.Thread(target=show)
    showing.start()
    try:
        yield
    finally:
        over.set()
        showing.join()


def report(runs: Sequence[Progress]) -> int:
    """Print the figures and the findings, and return 1 if there are any."""
    for progress in runs:
        print(f"{'':9}{progress.line()}  in {progress.spent_s:.0f} s")
    failed = [progress for progress in runs if progress.code]
    inputs = sum(progress.inputs for progress in runs)
    print(f"fuzzing: {inputs:,} inputs, {len(failed)} findings", flush=True)
    for progress in failed:
        print(f"\n{progress.target}: a promise is broken\n" + "\n".join(told(progress)), flush=True)
    return 1 if failed else 0


def main() -> int:
    """Run the campaign that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.campaign", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--target", action="append", choices=[*TARGETS])
    chosen = parser.parse_args()
    if not is_possible():
        print("fuzzing needs atheris, which has wheels for Linux on x86-64 with Python 3.11 to 3.13 alone")
        return LACKING
    return report(run(chosen.seconds, chosen.target or [*TARGETS]))


if __name__ == "__main__":
    sys.exit(main())
