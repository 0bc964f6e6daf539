"""The brokers' own log of commits, decoded by hand."""

import struct

from faults.offsets import Logged, decoded


def _text(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()


KEY = struct.pack(">h", 1) + _text("group") + _text("topic") + struct.pack(">i", 3)


def test_a_commit_is_decoded() -> None:
    value = struct.pack(">hqi", 3, 1234567890123, -1) + _text("") + struct.pack(">q", 0)

    assert decoded(KEY, value) == Logged("group", "topic", 3, 1234567890123)


def test_an_offset_that_was_taken_back_has_none() -> None:
    assert decoded(KEY, None) == Logged("group", "topic", 3, None)


def test_what_is_about_a_group_is_no_commit() -> None:
    assert decoded(struct.pack(">h", 2) + _text("group"), b"") is None
