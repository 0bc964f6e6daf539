"""Where inputs are kept: those of the repository, those that a run adds, and those that broke a promise."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fuzz.catalogue import TARGETS
from harness.state import REPOSITORY

KEPT: Final = Path(__file__).parent / "corpus"
"""Small and minimal; a test runs all of it."""
GROWN: Final = REPOSITORY / "build" / "fuzz" / "corpus"
FINDINGS: Final = REPOSITORY / "build" / "fuzz" / "findings"


def inputs(target: str) -> Iterator[tuple[str, bytes]]:
    """Yield a target's seeds and kept inputs, each with a name."""
    yield from TARGETS[target].seeds()
    for path in sorted((KEPT / target).glob("*")):
        yield path.name, path.read_bytes()


def write_seeds(target: str, folder: Path, *, is_kept_too: bool = True) -> None:
    """Write a target's seeds, and its kept inputs, into a folder, as the engine reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in inputs(target) if is_kept_too else TARGETS[target].seeds():
        (folder / name).write_bytes(content)
