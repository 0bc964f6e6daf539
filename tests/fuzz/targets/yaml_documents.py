"""YAML given to a command: JSON values, or one line that says why not, at a cost that its size bounds."""

import json
from typing import Any, Final

from fuzz.finding import require, within
from scoring_service.contract.strict_yaml import NotYaml, documents

SECONDS: Final = 0.5
SECONDS_PER_BYTE: Final = 2e-3
"""The reader is written in Python; with the engine it takes some 100e-6 a byte."""

MAX_MESSAGE: Final = 300
MAX_REPEATED: Final = 100_000
"""Values and characters that aliases may add to those of the file itself, of which there are two for a byte at most."""


def check(data: bytes) -> None:
    """Return if the bytes are read or refused as documented.

    Raises:
        Finding: Something else happens.
    """
    try:
        found = within(SECONDS + SECONDS_PER_BYTE * len(data), lambda: documents(data))
    except NotYaml as error:
        said = str(error)
        require(said.startswith("not YAML: ") and len(said) <= MAX_MESSAGE, f"a refusal is short (got {said})")
        require("\n" not in said, f"a refusal is one line (got {said!r})")
        return
    judge(found, len(data))


def judge(found: list[Any], size: int) -> None:
    """Return if the documents of a file of `size` bytes are what a file may say.

    Raises:
        Finding: They are not.
    """
    require(None not in found, "an empty document is none")
    json.dumps(found, allow_nan=False)
    said = _said(found)
    require(said <= MAX_REPEATED + 2 * size, f"a file says little more than its size ({said} values and characters)")


def _said(found: list[Any]) -> int:
    """Count values and characters, without recursion: how deep a value may be is not for this to say."""
    said = 0
    waiting: list[Any] = [found]
    while waiting:
        value = waiting.pop()
        said += 1 + len(value) if isinstance(value, str) else 1 + isinstance(value, int | float)
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
    return said
