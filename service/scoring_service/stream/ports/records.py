"""What goes over a stream: a record as it was read, messages as they are to be written."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec


class Record(Protocol):
    """One record as a client hands it out."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int:
        """Milliseconds since the epoch, or -1."""
        ...

    @property
    def timestamp_type(self) -> int:
        """0 is CreateTime (the producer's), 1 is LogAppendTime (the broker's)."""
        ...

    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class Message(msgspec.Struct, frozen=True, gc=False):
    """One record to write."""

    key: bytes | None
    value: bytes
    headers: list[tuple[str, bytes]]
    """A list: the real client takes nothing else."""
    timestamp: int | None = None
    """Milliseconds since the epoch; None is the moment of writing."""


class Parcel(NamedTuple):
    """Messages for one partition, in order."""

    topic: str
    partition: int
    messages: Sequence[Message]
