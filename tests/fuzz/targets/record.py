"""One hostile record, alone and between good neighbours, for every scorer.

The input: four bytes that choose parameters, key, timestamp and place in the batch; the rest is the record's value.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from fuzz.finding import require, within
from fuzz.judging import judge
from fuzz.subjects import SUBJECTS, Subject
from harness.wallets import AS_OF
from scoring_service.codec import ScoredBatch
from scoring_service.scorers.base import State

PREFIX: Final = 4
TIMESTAMPS: Final = (AS_OF * 1000, -1, 0, 1, AS_OF * 1000 + 1, 10**14, 2**63 - 1, -(2**63))
_TOMBSTONE: Final = 0xFF

SECONDS_PER_RECORD: Final = 0.1
SECONDS_PER_BYTE: Final = 20e-6
"""With the interpreter slowed down by the engine; a list of ones takes the most, 4e-6 a byte."""


class HostileRecord(NamedTuple):
    """A record as the clients hand it out."""

    value: bytes | None
    key: bytes | None
    timestamp: int
    timestamp_type: int
    offset: int
    headers: Sequence[tuple[str, bytes]] = ()


def check(data: bytes) -> None:
    """Return if every scorer keeps its promises for the record that `data` describes.

    Raises:
        Finding: One does not.
    """
    choice, (record, place) = data[:1] or b"\0", hostile(data)
    for subjects in SUBJECTS.values():
        _check(subjects[choice[0] % len(subjects)], record, place)


def hostile(data: bytes) -> tuple[HostileRecord, int]:
    """Return the record and its place among two neighbours."""
    _, kind, moment, place = data[:PREFIX].ljust(PREFIX, b"\0")
    value = data[PREFIX:]
    key = (None, b"", b"key", value[:64])[kind % 4]
    content = None if kind == _TOMBSTONE else value
    timestamp = TIMESTAMPS[moment % len(TIMESTAMPS)]
    headers = (("scoring-source", value[:16]), ("", b"")) if kind & 8 else ()
    return HostileRecord(content, key, timestamp, kind >> 2 & 1, 2**63 - 1 if kind & 16 else 7, headers), place % 3


def _check(subject: Subject, record: HostileRecord, place: int) -> None:
    """Score alone, one by one and together, all from one depth of the stack: how deep JSON may nest depends on it."""
    start = subject.scorer.start()
    limit_s = SECONDS_PER_RECORD + SECONDS_PER_BYTE * len(record.value or b"")
    alone = within(limit_s, lambda: _scored(subject, [record], start))
    judge(subject, record, alone)
    good = HostileRecord(subject.neighbour, b"good", TIMESTAMPS[0], 0, 1)
    records, parts, state = [good, good], [], start
    records.insert(place, record)
    for each in records:
        parts.append(within(limit_s, lambda each=each, state=state: _scored(subject, [each], state)))
        state = parts[-1].state
    require(subject.scorer.stateful or parts[place] == alone, "a record is scored the same twice")
    together = within(3 * limit_s, lambda: _scored(subject, records, start))
    require(together == _joined(parts), "batches may be cut anywhere, and neighbours are left alone")
    ended = len(together.success) + sum(together.absorbed.values())
    require(ended >= len(records) - 1, "the neighbours are scored, or do their work in a window")


def _scored(subject: Subject, records: Sequence[HostileRecord], state: State) -> ScoredBatch:
    return subject.batches.score_batch(records, "in", 3, state)


def _joined(parts: Sequence[ScoredBatch]) -> ScoredBatch:
    """Return the batch that these parts come to."""
    whole = ScoredBatch()
    for part in parts:
        whole.success += part.success
        whole.failures += part.failures
        whole.duplicates += part.duplicates
        whole.state = part.state
        for counts, more in ((whole.rejected, part.rejected), (whole.absorbed, part.absorbed)):
            counts.update({reason: counts.get(reason, 0) + count for reason, count in more.items()})
    return whole
