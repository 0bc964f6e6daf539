"""Records that wait for their lane, cut into batches. Bounded by count and bytes: when full, the partition pauses."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from scoring_service.stream.ports import Record

MAX_RECORDS = 500
"""Of one batch, unless a delivery asks for larger ones; a buffer that holds so many takes no more."""
MAX_BYTES = 8 * 1024 * 1024
"""Of one batch; a single record may be larger and then fills one alone."""


class Batch(NamedTuple):
    """Neighbouring records of one partition, in offset order; never empty."""

    records: Sequence[Record]
    size: int
    """Bytes of keys and values."""

    @property
    def next_offset(self) -> int:
        """The offset after the last record."""
        return self.records[-1].offset + 1

    @property
    def newest_ms(self) -> int:
        """The timestamp of the last record, in milliseconds."""
        return self.records[-1].timestamp


class Buffer:
    """The records of one lane that are consumed and not yet in a batch."""

    def __init__(self, full_bytes: int, max_records: int = MAX_RECORDS) -> None:
        self._full_bytes = full_bytes
        self._max_records = max_records
        self._pieces: deque[Batch] = deque()
        self._arrived = asyncio.Event()
        self._has_enough = asyncio.Event()
        self._is_closed = False
        self.records = 0
        self.size = 0

    @property
    def is_full(self) -> bool:
        """Whether the partition should be paused."""
        return self.records >= self._max_records or self.size >= self._full_bytes

    @property
    def is_low(self) -> bool:
        """Whether a paused partition should be read again: at half of what fills it, so that it does not flutter."""
        return self.records * 2 <= self._max_records and self.size * 2 <= self._full_bytes

    def offer(self, records: Sequence[Record]) -> int:
        """Append records and return their bytes."""
        size = 0
        for piece in _pieces(records, self._max_records):
            self._pieces.append(piece)
            size += piece.size
        self.records += len(records)
        self.size += size
        self._arrived.set()
        if not self.is_low:
            self._has_enough.set()
        return size

    async def take(self, gather_s: Callable[[], float] = lambda: 0.0) -> Batch | None:
        """Return the next batch as soon as there is one; None once closed.

        `gather_s` is asked once there are records, and so many seconds are given to more, unless the buffer is half
        full: it may be paused then, and nothing more would come.
        """
        while not self._pieces and not self._is_closed:
            self._arrived.clear()
            await self._arrived.wait()
        if (seconds := gather_s()) and self.is_low:
            await self._until_enough(seconds)
        if self._is_closed:
            return None
        batch = self._joined()
        self.records -= len(batch.records)
        self.size -= batch.size
        return batch

    def close(self) -> None:
        """Drop everything and let `take` end; `records` and `size` still say how much was dropped."""
        self._is_closed = True
        self._pieces.clear()
        self._arrived.set()
        self._has_enough.set()

    async def _until_enough(self, gather_s: float) -> None:
        self._has_enough.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(gather_s):
                await self._has_enough.wait()

    def _joined(self) -> Batch:
        first = self._pieces.popleft()
        records, size = first
        while self._pieces and self._fits(len(records), size):
            piece = self._pieces.popleft()
            records = [*records, *piece.records]
            size += piece.size
        return Batch(records, size)

    def _fits(self, records: int, size: int) -> bool:
        following = self._pieces[0]
        return records + len(following.records) <= self._max_records and size + following.size <= MAX_BYTES


def _pieces(records: Sequence[Record], max_records: int) -> Iterator[Batch]:
    """Cut records into pieces that each fit one batch."""
    for first in range(0, len(records), max_records):
        piece = records[first : first + max_records]
        size = sum([len(record.value or b"") + len(record.key or b"") for record in piece])  # inline: 500 calls cost
        if size <= MAX_BYTES:
            yield Batch(piece, size)
        else:
            yield from _cut_by_bytes(piece)


def _cut_by_bytes(records: Sequence[Record]) -> Iterator[Batch]:
    first, size = 0, 0
    for place, record in enumerate(records):
        if size and size + size_of(record) > MAX_BYTES:
            yield Batch(records[first:place], size)
            first, size = place, 0
        size += size_of(record)
    yield Batch(records[first:], size)


def size_of(record: Record) -> int:
    """Return the bytes of a record's key and value."""
    return len(record.value or b"") + len(record.key or b"")
