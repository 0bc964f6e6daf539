"""The operator of the commit before this one: its chart, and its image in the cluster."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from harness.cluster import SCRIPT
from harness.state import REPOSITORY, output, run

IMAGE: Final = "local/scoring-operator:former"
SOURCES: Final = (
    "Dockerfile",
    ".dockerignore",
    "pyproject.toml",
    "uv.lock",
    "README.md",
    "operator",
    "service",
    "charts",
)


class Former(NamedTuple):
    """What to upgrade from."""

    repository: Path
    """A checkout, as far as image and chart need it."""
    image: str
    revision: str
    """What it is, for people."""


@contextmanager
def former() -> Iterator[Former]:
    """Yield what to upgrade from, with its image in the cluster."""
    with sources() as found:
        run(SCRIPT, "image-of", found.repository, "operator", IMAGE.partition(":")[2])
        yield found


@contextmanager
def sources() -> Iterator[Former]:
    """Yield what to upgrade from, without its image.

    Where the commit before is not known (a shallow checkout, no checkout) it is this one under another tag: then the
    operator is replaced all the same, but by its like.
    """
    with tempfile.TemporaryDirectory() as folder:
        revision = output("git", "-C", REPOSITORY, "rev-parse", "--short", "--verify", "--quiet", "HEAD^")
        if revision:
            _check_out(revision, Path(folder))
        else:
            _copy(Path(folder))
        yield Former(Path(folder), IMAGE, revision or "this revision again: there is no HEAD^ (a shallow checkout?)")


def _check_out(revision: str, into: Path) -> None:
    archive = ["git", "-C", str(REPOSITORY), "archive", revision, "--", *SOURCES]
    content = subprocess.run(archive, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(into)], input=content, check=True)


def _copy(into: Path) -> None:
    for name in SOURCES:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, into / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, into / name)
