"""Fenced blocks of README.md and `docs/*.md`, and the command lines in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FENCE: Final = re.compile(
    r"(?:^<!-- not run: (?P<why>[^\n]+) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
REDIRECTION: Final = re.compile(r" (?:\| .*|> \S+)$")


@dataclass(frozen=True)
class Block:
    """What stands between two fences; `why` it is not run is None unless the page says it on the line before."""

    place: str
    language: str
    text: str
    why: str | None

    def commands(self) -> list[str]:
        """Return its commands, joined and without comments: of a console what follows `$`, of sh every line."""
        joined = re.sub(r"\\\n\s*", "", self.text)
        lines = re.findall(r"^\$ (.+)$", joined, re.MULTILINE) if self.language == "console" else joined.splitlines()
        return [re.sub(r"\s+# .*$", "", line) for line in lines]


def blocks(root: Path, page: str) -> Iterator[Block]:
    """Yield the blocks of a page, named by page and line."""
    text = (root / page).read_text("utf-8")
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start("language")) + 1
        yield Block(f"{page}:{line}", found["language"], found["text"], found["why"])


def without_redirection(command: str) -> str:
    """Return a command without the pipe or the file that its output goes to."""
    return REDIRECTION.sub("", command)
