"""How many items a list has, known before they are read: counting costs no memory, reading costs some for each."""

import re
from typing import Final

import msgspec

_FEW_COMMAS: Final = 500_000
"""Lists with fewer are cheap enough to read: 64 bytes an item. Values with real transactions never have as many."""

_MARKS: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{},]', re.DOTALL)
"""A string, whatever is in it, or what gives JSON its structure."""


def has_more_items(field: msgspec.Raw, limit: int) -> bool:
    """Return whether a list that is too long to just read has more than `limit` items; not so for what is no list."""
    content = memoryview(field)
    if len(content) <= _FEW_COMMAS or bytes(content).count(b",") <= _FEW_COMMAS or bytes(content[:1]) != b"[":
        return False
    depth = commas = 0
    for mark in _MARKS.finditer(content):
        char = content[mark.start()]
        if char in b"[{":
            depth += 1
        elif char in b"]}":
            depth -= 1
        elif depth == 1 and char == b","[0]:
            commas += 1
            if commas >= limit:
                return True
    return False
