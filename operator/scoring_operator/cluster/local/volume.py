"""A ConfigMap as a directory, swapped as the kubelet swaps it: readers see all of the old files or all of the new.

The files are links through `..data`, itself a link to a folder that is never written again; one rename replaces it.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

DATA: Final = "..data"


def publish(directory: Path, files: Mapping[str, str]) -> None:
    """Make `directory` show exactly `files`; a reader never meets a mixture or a half-written file."""
    directory.mkdir(parents=True, exist_ok=True)
    before = directory / DATA
    old = before.resolve() if before.is_symlink() else None
    fresh = Path(tempfile.mkdtemp(prefix="..", dir=directory))
    for name, content in files.items():
        (fresh / name).write_text(content, encoding="utf-8")
    _point(before, fresh.name)
    for name in files:
        if not (directory / name).is_symlink():
            (directory / name).symlink_to(Path(DATA) / name)
    for shown in directory.iterdir():
        if not shown.name.startswith("..") and shown.name not in files:
            shown.unlink()
    if old is not None:
        shutil.rmtree(old)


def withdraw(directory: Path) -> None:
    """Remove what `publish` made."""
    shutil.rmtree(directory, ignore_errors=True)


def _point(link: Path, target: str) -> None:
    """Make `link` point at `target` in one step: a rename replaces, a symlink would refuse."""
    beside = link.with_name(link.name + "_new")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    os.replace(beside, link)  # noqa: PTH105 - Path.replace follows nothing either, but says less
