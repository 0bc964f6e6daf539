"""A record with very many items: a few bytes repeated up to half a million times must cost little more than their size.

The input: a byte that chooses how often, and whether with commas; then head, item and tail with 0xFF between them.
In the item, 0xFE becomes its number.
"""

from typing import Final

from fuzz.finding import require, within, within_memory
from fuzz.judging import judge
from fuzz.subjects import SUBJECTS, Subject
from fuzz.targets.record import TIMESTAMPS, HostileRecord
from scoring_service.codec import ScoredBatch
from scoring_service.codec.rows import MAX_VALUE_BYTES

PREFIX: Final = 1
SPLIT, NUMBER = b"\xff", b"\xfe"
TIMES: Final = (3, 30, 300, 3_000, 20_000, 50_000, 50_001, 510_000)

_BARE: Final = 0x80
"""Of the first byte: no commas."""

MAX_READ: Final = 50_000
"""Items: a record with more is refused before they are read."""
SECONDS: Final = 0.3
SECONDS_PER_ITEM: Final = 50e-6
SECONDS_PER_BYTE: Final = 0.5e-6
"""With the interpreter slowed down by the engine, and a margin."""
BYTES: Final = 4e6
BYTES_PER_BYTE: Final = 24
"""Of objects for each byte of text: a transaction of nothing but numbers and short names takes the most."""
MAX_TRACED: Final = 256 * 1024
"""Bytes of a value whose memory is traced; that takes very long for more, and the engine bounds the process."""


def check(data: bytes) -> None:
    """Return if every scorer keeps its promises at a bounded cost.

    Raises:
        Finding: One does not.
    """
    content, items = crowd(data)
    record = HostileRecord(content, None, TIMESTAMPS[0], 0, 7)
    limit_s = SECONDS + SECONDS_PER_ITEM * min(items, MAX_READ) + SECONDS_PER_BYTE * len(content)
    for subjects in SUBJECTS.values():
        _check(subjects[0], record, limit_s)


def crowd(data: bytes) -> tuple[bytes, int]:
    """Return the value that `data` describes, a little larger than what is read at most, and how many items it has."""
    choice = (data[:PREFIX] or b"\0")[0]
    head, item, tail = (*data[PREFIX:].split(SPLIT, 2), b"", b"")[:3]
    times = min(TIMES[choice % _BARE % len(TIMES)], MAX_VALUE_BYTES // (len(item) + 1) + 2)
    items = [item.replace(NUMBER, b"%d" % number) for number in range(times)] if NUMBER in item else [item] * times
    return head + (b"" if choice & _BARE else b",").join(items) + tail, times


def _check(subject: Subject, record: HostileRecord, limit_s: float) -> None:
    def score() -> ScoredBatch:
        return subject.batches.score_batch([record], "in", 3, subject.scorer.start())

    size = len(record.value or b"")
    batch = within(limit_s, score)
    if size <= MAX_TRACED:
        judge(subject, record, batch)
        again = within_memory(BYTES + BYTES_PER_BYTE * size, score)
        require(again == batch, "a record is scored the same twice")
