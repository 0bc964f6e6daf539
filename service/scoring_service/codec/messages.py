"""Outcomes as stream messages: whatever is written says which revision made it, and from which record."""

from collections.abc import Iterable
from typing import NamedTuple

from scoring_service.contract.names import (
    HEADER_AS_OF,
    HEADER_MODEL,
    HEADER_PIPELINE,
    HEADER_REASON,
    HEADER_REVISION,
    HEADER_SOURCE,
    HEADER_VERSION,
)
from scoring_service.stream.ports import Message, Record

Header = tuple[str, bytes]


class Signature(NamedTuple):
    """Who signs an output: the same for all records of one revision."""

    pipeline: str
    """`namespace/name`."""
    revision: str
    """Twelve hex digits, `ScorerBlock.revision`."""
    version: str
    """Of the worker package."""
    model: str = ""
    """Version of the model or of the baseline; empty for scorers that never have a model file."""

    def headers(self) -> tuple[Header, ...]:
        """Return the headers that do not depend on the record."""
        always = (
            (HEADER_PIPELINE, self.pipeline.encode()),
            (HEADER_REVISION, self.revision.encode()),
            (HEADER_VERSION, self.version.encode()),
        )
        return (*always, (HEADER_MODEL, self.model.encode())) if self.model else always


def source_header(lane: str, offset: int) -> Header:
    """Return the header that names the input record: consumers deduplicate by it.

    Args:
        lane: `topic/partition/`, with the stroke at the end.
        offset: Of the record in that partition.
    """
    return (HEADER_SOURCE, f"{lane}{offset}".encode())


def as_of_header(as_of: float | None) -> Header:
    """Return the header with the moment of scoring in Unix seconds, whole or as a decimal; empty if unknown."""
    if as_of is None:
        return (HEADER_AS_OF, b"")
    return (HEADER_AS_OF, b"%d" % as_of if as_of == int(as_of) else repr(as_of).encode())


def dead_letter(record: Record, value: bytes, headers: Iterable[Header], reason: str) -> Message:
    """Return a rejected record as it came: same key, value, timestamp and headers, ours and the reason behind them."""
    timestamp = record.timestamp if record.timestamp >= 0 else None
    return Message(record.key, value, [*record.headers, *headers, (HEADER_REASON, reason.encode())], timestamp)


def reason_of(letter: Message) -> str:
    """Return why the record of a dead letter was rejected."""
    return dict(letter.headers)[HEADER_REASON].decode()
