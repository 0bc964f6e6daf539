"""Files that are made of something else: written, or found stale."""

import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def keep(files: Mapping[Path, str], arguments: list[str]) -> int:
    """Write the files; with `--check` write nothing and return 1 if that would have changed one."""
    stale = [path for path, wanted in files.items() if not path.exists() or path.read_text("utf-8") != wanted]
    for path in stale:
        if "--check" in arguments:
            sys.stdout.write(f"{path.relative_to(ROOT)} is not up to date: run make generate\n")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path], "utf-8")
    return int(bool(stale) and "--check" in arguments)
