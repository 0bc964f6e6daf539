"""What the runbooks have people type, and what stands in for the names that they use."""

import re
from collections.abc import Mapping
from typing import Final

from harness.state import REPOSITORY

FOLDER: Final = REPOSITORY / "docs/runbooks"
RUNBOOKS: Final = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")


def commands(text: str) -> list[str]:
    """Return the commands of a page's blocks."""
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return re.findall(r"^\$ (.+)$", "".join(blocks), re.MULTILINE)


def diagnosis(text: str) -> list[str]:
    """Return the commands by which a runbook finds out what is wrong."""
    _, rest = text.split("## Diagnosis\n")
    return commands(rest.split("\n## ")[0])


def filled(command: str, names: Mapping[str, str]) -> str:
    """Return a command with names of its own in place of those that the runbooks use."""
    longest_first = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.sub(rf"(?<![\w-])({longest_first})(?![\w-])", lambda found: names[found[0]], command)
