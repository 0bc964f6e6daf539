"""The kept corpus anew: of the seeds, of what is kept and of what runs have added, the few inputs that cover it all.

Inputs with names of their own are kept as they are: someone has put them there.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from fuzz.campaign import LACKING, environment, is_possible
from fuzz.catalogue import TARGETS
from fuzz.corpus import GROWN, KEPT, write_seeds
from harness.state import REPOSITORY

_is_digest: Final = re.compile(r"[0-9a-f]{40}").fullmatch


def minimise(target: str) -> int:
    """Replace a target's kept inputs by as few as cover the same, and return how many there are now."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        least, seeds = Path(folder, "least"), Path(folder, "seeds")
        least.mkdir()
        write_seeds(target, seeds)
        folders = [str(path) for path in (least, seeds, GROWN / target) if path.is_dir()]
        command = [
            sys.executable,
            "-m",
            "fuzz.engine",
            target,
            "-set_cover_merge=1",
            f"-artifact_prefix={folder}/",
            *folders,
        ]
        subprocess.run(command, cwd=REPOSITORY, env=environment(None), check=True, capture_output=True)
        known = {path.read_bytes() for path in seeds.iterdir() if not _is_digest(path.name)}
        _replace(KEPT / target, [path for path in least.iterdir() if path.read_bytes() not in known])
    return sum(1 for _ in (KEPT / target).glob("*"))


def _replace(kept: Path, inputs: list[Path]) -> None:
    kept.mkdir(parents=True, exist_ok=True)
    for path in kept.iterdir():
        if _is_digest(path.name):
            path.unlink()
    for path in inputs:
        (kept / path.name).write_bytes(path.read_bytes())


def main() -> int:
    """Minimise the corpus of every target."""
    if not is_possible():
        return LACKING
    for target in TARGETS:
        print(f"{target:<10} {minimise(target):>4} inputs", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
