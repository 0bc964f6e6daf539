"""Fills docs/scaling.md with what the simulator says of a made-up day: `python -m tools.scaling_page [--check]`.

The day is docs/scaling.csv, written here as well, and the command that the page shows is the one that runs here.
"""

import math
import random
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tools.conditions import members
from tools.generated import ROOT, keep
from tools.plan_page import filled
from tools.tables import rows

from scoring_operator.scaling import Limit, Reason

PAGE: Final = ROOT / "docs/scaling.md"
TRACE: Final = ROOT / "docs/scaling.csv"
PICTURE: Final = ROOT / "docs/scaling.svg"
SIMULATE: Final = "simulate scaling.csv --partitions 12 --capacity 100 --plot scaling.svg"
COMMANDS: Final = "from scoring_operator.cli import app; app()"
STEP_S: Final = 300
DAY_S: Final = 86_400
NOISE: Final = 0.2


def day() -> str:
    """Return a trace: a wave of a day, a fifth of noise, an hour of three times the load, ten minutes of none."""
    chance = random.Random(1)
    lines = ["time,rate"]
    for at in range(0, DAY_S + STEP_S, STEP_S):
        wave = 160 - 120 * math.cos(2 * math.pi * (at / DAY_S - 0.1))
        factor = 3.0 if 14.0 <= at / 3600 < 15.0 else 0.0 if 20 * 3600 <= at < 20 * 3600 + 600 else 1.0
        lines.append(f"{at},{wave * factor * chance.uniform(1 - NOISE, 1 + NOISE):.0f}")
    return "\n".join([*lines, ""])


def main(arguments: list[str]) -> int:
    """Write the page, its trace and its picture; with `--check` write nothing and return 1 if one would change."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / TRACE.name).write_text(day(), "utf-8")
        run = [sys.executable, "-c", COMMANDS, *shlex.split(SIMULATE)]
        done = subprocess.run(run, cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603 - our own
        picture = (folder / PICTURE.name).read_text("utf-8")
    said = "\n".join(line.rstrip() for line in done.stdout.splitlines())
    page = filled(PAGE.read_text("utf-8"), "simulation", f"```console\n$ kubectl-scoring {SIMULATE}\n{said}\n```")
    page = filled(page, "reasons", _table("reason", Reason))
    page = filled(page, "limits", _table("limit", Limit))
    picture = "\n".join(line.rstrip() for line in picture.splitlines()) + "\n"
    return keep({TRACE: day(), PICTURE: picture, PAGE: page}, arguments)


def _table(column: str, of: type[Reason] | type[Limit]) -> str:
    return rows((column, "what it means"), ([f"`{name}`", meaning] for name, meaning in members(of))).rstrip("\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
