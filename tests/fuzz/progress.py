"""What the engine says of one target's run, and what is told of it."""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from harness.state import REPOSITORY

_MAX_LINES: Final = 80
_SHOWN_LINES: Final = 25
_WRITTEN: Final = re.compile(r"Test unit written to (\S+)")
_WHY: Final = re.compile(r"([\w.]+\.)?(\w+(Error|Exception)|Finding)\b.*|==\d+== ERROR: .*(timeout|out-of-memory).*")
_NOISE: Final = ("0x", "stat::", "Base64", "MS: ", "INFO: ", "WARNING: ", "#")
_STATE: Final = re.compile(r"#\d+\s.* cov: (\d+) ft: \d+ corp: (\d+)/")
_COUNT: Final = re.compile(r"inputs (\d+)|stat::number_of_executed_units: (\d+)")


@dataclass
class Progress:
    """What is known of one target's run; written by the thread that reads its process."""

    target: str
    seconds: float
    inputs: int = 0
    corpus: int = 0
    edges: int = 0
    edges_at_start: int = 0
    said: list[str] = field(default_factory=list)
    """The end of what the process said."""
    spent_s: float = 0.0
    code: int | None = None

    def hear(self, line: str) -> None:
        """Take in one line of the process."""
        if found := _COUNT.search(line):
            self.inputs = max(self.inputs, int(found[1] or found[2]))
        elif found := _STATE.match(line):
            self.edges, self.corpus = int(found[1]), int(found[2])
            self.edges_at_start = self.edges_at_start or self.edges
        elif line.strip() and not line.startswith(_NOISE):
            self.said = [*self.said[-_MAX_LINES:], line.rstrip()]

    def line(self) -> str:
        """Return one line for people."""
        rate = self.inputs / self.spent_s if self.spent_s else 0.0
        return (
            f"{self.target:<10} {self.inputs:>10,} inputs {rate:>7,.0f}/s  corpus {self.corpus:>5,}  "
            f"edges {self.edges:>5,} (+{self.edges - self.edges_at_start})"
        )


def why(progress: Progress) -> str:
    """Return the one line that says which promise is broken."""
    return next((line for line in reversed(progress.said) if _WHY.fullmatch(line)), "")


def told(progress: Progress) -> list[str]:
    """Return what a failed process said last, and how to see it again."""
    shown = progress.said[-_SHOWN_LINES:]
    path = _WRITTEN.search("\n".join(progress.said))
    if path is None:
        return shown
    python, kept = (_from_here(Path(path)) for path in (sys.executable, path[1]))
    return [*shown, f"again: PYTHONPATH=tests:. {python} -m fuzz.replay {progress.target} {kept}"]


def _from_here(path: Path) -> Path:
    return path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path
