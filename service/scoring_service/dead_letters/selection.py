"""Which dead letters are sent back, and what they look like then: as they were when first read, but for one header."""

from enum import StrEnum
from math import inf
from typing import NamedTuple

import msgspec

from scoring_service.contract.names import (
    HEADER_AS_OF,
    HEADER_ATTEMPT,
    HEADER_PIPELINE,
    HEADER_REASON,
    HEADER_REVISION,
    HEADER_SOURCE,
    HEADER_VERSION,
)
from scoring_service.stream.ports import Record

Header = tuple[str, bytes]

_APPENDED = frozenset(
    {HEADER_PIPELINE, HEADER_REVISION, HEADER_VERSION, HEADER_SOURCE, HEADER_AS_OF, HEADER_REASON},
)


DeadLetter = Record
"""Its headers are those of the record that was rejected, then the worker's; its timestamp is that record's."""


class Skipped(StrEnum):
    """Why a dead letter is not sent back."""

    ATTEMPTS = "attempts"
    """It has come back as often as it may."""
    EARLIER = "sent earlier"
    FOREIGN = "not a dead letter"
    PIPELINE = "other pipeline"
    REASON = "other reason"
    TIME = "other time"


class Origin(NamedTuple):
    """What a dead letter's headers say of the record that was rejected."""

    headers: tuple[Header, ...]
    """Its own, without those that the worker appended and without the count of attempts."""
    pipeline: str
    reason: str
    source: str
    """`topic/partition/offset`."""
    attempt: int
    """How many times it has been sent back; 0 if never."""


class Returned(NamedTuple):
    """A record to write to the input topic."""

    key: bytes | None
    value: bytes
    timestamp: int
    """Milliseconds since the epoch; -1: it had none."""
    headers: tuple[Header, ...]
    partition: int | None
    """Where it was read first; None: as its key decides."""


class Selection(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What is asked for; the default asks for everything that has not come back three times."""

    reasons: tuple[str, ...] = ()
    """Sorted; empty: all."""
    since_ms: int | None = None
    until_ms: int | None = None
    """Exclusive."""
    max_attempts: int = 3

    def unwanted(self, letter: DeadLetter, origin: Origin) -> Skipped | None:
        """Return why a dead letter is left out; None if it is wanted."""
        if self.reasons and origin.reason not in self.reasons:
            return Skipped.REASON
        if not self.begin_ms <= letter.timestamp < self.end_ms:
            return Skipped.TIME
        return Skipped.ATTEMPTS if origin.attempt >= self.max_attempts else None

    def contains(self, other: "Selection") -> bool:
        """Tell whether all that `other` wants is wanted here as well."""
        return (
            (not self.reasons or (bool(other.reasons) and set(other.reasons) <= set(self.reasons)))
            and self.begin_ms <= other.begin_ms
            and self.end_ms >= other.end_ms
            and self.max_attempts >= other.max_attempts
        )

    @property
    def begin_ms(self) -> float:
        """First wanted timestamp, maybe minus infinity."""
        return -inf if self.since_ms is None else self.since_ms

    @property
    def end_ms(self) -> float:
        """First timestamp that is too late, maybe infinity."""
        return inf if self.until_ms is None else self.until_ms


def origin_of(letter: DeadLetter) -> Origin | None:
    """Return what the headers say; None if no worker has appended its own, or there is no value to score."""
    own = list(letter.headers)
    appended: dict[str, str] = {}
    while own and own[-1][0] in _APPENDED and own[-1][0] not in appended:  # its own may have the same names
        name, value = own.pop()
        appended[name] = (value or b"").decode(errors="replace")
    if HEADER_REASON not in appended or letter.value is None:
        return None
    attempts = [value for name, value in own if name == HEADER_ATTEMPT]
    return Origin(
        headers=tuple(header for header in own if header[0] != HEADER_ATTEMPT),
        pipeline=appended.get(HEADER_PIPELINE, ""),
        reason=appended[HEADER_REASON],
        source=appended.get(HEADER_SOURCE, ""),
        attempt=int(attempts[-1]) if attempts and attempts[-1].isdigit() else 0,
    )


def returned(letter: DeadLetter, origin: Origin, topic: str, partitions: int) -> Returned:
    """Return the record to write to `topic`, which has so many partitions."""
    attempt = (HEADER_ATTEMPT, b"%d" % (origin.attempt + 1))
    source_topic, _, place = origin.source.partition("/")
    number, _, _ = place.partition("/")
    known = source_topic == topic and number.isdecimal() and int(number) < partitions
    return Returned(
        letter.key, letter.value or b"", letter.timestamp, (*origin.headers, attempt), int(number) if known else None
    )
