"""The group's commits as the brokers logged them: the topic `__consumer_offsets`, decoded. Pure."""

import struct
from typing import NamedTuple

TOPIC = "__consumer_offsets"
OF_OFFSETS = (0, 1)
"""Versions of a key that names group, topic and partition; other keys are about groups."""


class Logged(NamedTuple):
    """One record of the topic that is about an offset; `offset` is None where it was taken back."""

    group: str
    topic: str
    partition: int
    offset: int | None


def decoded(key: bytes | None, value: bytes | None) -> Logged | None:
    """Return what a record says, or None if it is not about an offset."""
    if key is None or struct.unpack_from(">h", key)[0] not in OF_OFFSETS:
        return None
    group, at = _text(key, 2)
    topic, at = _text(key, at)
    (partition,) = struct.unpack_from(">i", key, at)
    return Logged(group, topic, partition, None if value is None else struct.unpack_from(">hq", value)[1])


def _text(buffer: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from(">h", buffer, at)
    return buffer[at + 2 : at + 2 + length].decode(), at + 2 + length
