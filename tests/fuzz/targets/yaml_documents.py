"""YAML given to a command: JSON values, or one line that says why not, at a cost that its size bounds."""

import json
from typing import Any, Final

from fuzz.finding import require, within
from scoring_service.contract.strict_yaml import NotYaml, documents

SECONDS: Final = 0.5
SECONDS_PER_BYTE: Final = 2e-3
"""The reader is written in Python; with the engine it takes some 100e-6 a byte."""

MAX_MESSAGE: Final = 300
MAX_SAID: Final = 200_000
"""Characters that a file may say beyond a few for each of its own: aliases are for convenience."""
MAX_SAID_PER_BYTE: Final = 10


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
    said = len(json.dumps(found, allow_nan=False))
    require(said <= MAX_SAID + MAX_SAID_PER_BYTE * size, f"a file says little more than its size ({said} characters)")
