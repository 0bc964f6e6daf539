"""The sample of a team's own scorer, installed as a package would be."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from harness.state import REPOSITORY, Missing, state

SAMPLE = REPOSITORY / "tests/custom_scorer"


def uv() -> Path:
    """Return uv: the one on the path, else the one that `make install` has fetched.

    Raises:
        Missing: There is none.
    """
    (version,) = re.findall(r"^ARG UV_VERSION=(.+)$", (REPOSITORY / "Dockerfile").read_text(), re.M)
    own = state().parent / f"uv-{version}/bin/uv"
    found = shutil.which("uv") or (str(own) if own.exists() else None)
    if found is None:
        raise Missing("no uv: make install fetches it")
    return Path(found)


def install(folder: Path) -> dict[str, str]:
    """Install the sample into a folder; return the environment of a worker that finds it there.

    Raises:
        Missing: There is no uv.
    """
    where = ["--python", sys.executable, "--target", str(folder)]
    subprocess.run([uv(), "pip", "install", "--quiet", "--no-deps", *where, SAMPLE], check=True, timeout=100)
    return {**os.environ, "PYTHONPATH": str(folder)}
