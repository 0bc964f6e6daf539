"""A ledger for a million records: what each must become follows from its place, so that a byte of memory is enough."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord

from faults.checker import grouped
from faults.ledger import EXACTLY_ONCE, SOURCE, Violation

KEYS: Final = 8
"""Of one partition."""
SPOILT_EVERY: Final = 50
SPOILT: Final = b"{"
AT_ONCE: Final = 2_000
"""Records in one batch."""
BYTES: Final = 512 * 1024
"""That a batch may have: below the broker's limit of a megabyte."""
MOST: Final = 255
"""Outputs of one record that a byte can count."""


def value_of(partition: int, offset: int) -> bytes:
    """Return the value of the record at this place."""
    if offset % SPOILT_EVERY == SPOILT_EVERY - 1:
        return SPOILT
    return b'{"who":"%b","n":%d}' % (key_of(partition, offset), offset)


def key_of(partition: int, offset: int) -> bytes:
    """Return the key of the record at this place."""
    return b"%d-%d" % (partition, offset % KEYS)


class Book:
    """How often each record came out, and what was wrong with that; it is told every output in order."""

    def __init__(self, topic: str, ends: Sequence[int], weight: float) -> None:
        self._topic = topic
        self._weight = weight
        self._times = [bytearray(end) for end in ends]
        self._newest: dict[tuple[bool, int, bytes], int] = {}
        self._invented: list[str] = []
        self._wrong: list[str] = []
        self._disordered: list[str] = []

    def note(self, record: ConsumerRecord, *, is_failure: bool) -> None:
        """Take in one output."""
        source = dict(record.headers).get(SOURCE, b"").decode()
        partition, offset = self._place(source)
        if offset < 0 or record.key != key_of(partition, offset):
            self._invented.append(f"{source or 'no source'} with key {record.key!r}")
            return
        times = self._times[partition]
        if not times[offset]:
            self._in_order(source, (is_failure, partition, record.key), offset)
        times[offset] = min(MOST, times[offset] + 1)
        if not self._is_right(record, partition, offset, is_failure):
            self._wrong.append(f"{source} is {record.value!r}")

    def _place(self, source: str) -> tuple[int, int]:
        topic, _, place = source.partition("/")
        partition, _, offset = place.partition("/")
        if topic != self._topic or not (partition.isdigit() and offset.isdigit()):
            return 0, -1
        is_there = int(partition) < len(self._times) and int(offset) < len(self._times[int(partition)])
        return (int(partition), int(offset)) if is_there else (0, -1)

    def _in_order(self, source: str, lane: tuple[bool, int, bytes], offset: int) -> None:
        newest = self._newest.get(lane, -1)
        if newest > offset:
            self._disordered.append(f"{source} after {newest}")
        self._newest[lane] = max(newest, offset)

    def _is_right(self, record: ConsumerRecord, partition: int, offset: int, is_failure: bool) -> bool:
        said = json.loads(record.value or b"{}")
        if value_of(partition, offset) == SPOILT:
            return is_failure and said.get("reason") == "schema"
        right = (key_of(partition, offset).decode(), offset * self._weight)
        return not is_failure and (said.get("who"), said.get("score")) == right

    @property
    def duplicates(self) -> int:
        """Outputs beyond the first of each record."""
        return sum(sum(times) - len(times) + times.count(0) for times in self._times)

    def violations(self, guarantee: str) -> Iterator[Violation]:
        """Yield what was broken: I1, I3, I4, I5 and I7 of the judge."""
        yield from grouped("I1", "without an output", list(self._with(range(1))))
        if guarantee == EXACTLY_ONCE:
            yield from grouped("I3", "more than once", list(self._with(range(2, MOST + 1))))
        yield from grouped("I4", "of no such input, or with another key", self._invented)
        yield from grouped("I5", "out of order", self._disordered)
        yield from grouped("I7", "with another outcome", self._wrong)

    def _with(self, counts: range) -> Iterator[str]:
        for partition, times in enumerate(self._times):
            yield from (f"{self._topic}/{partition}/{o}" for o, count in enumerate(times) if count in counts)


async def fed(producer: AIOKafkaProducer, topic: str, ends: Sequence[int]) -> None:
    """Write all records, so many to each partition; only whole batches, one after the other."""
    for first in range(0, max(ends), AT_ONCE):
        for partition, end in enumerate(ends):
            await _batch(producer, topic, partition, range(first, min(first + AT_ONCE, end)))


async def _batch(producer: AIOKafkaProducer, topic: str, partition: int, offsets: Iterable[int]) -> None:
    batch = producer.create_batch()
    for offset in offsets:
        if not batch.append(key=key_of(partition, offset), value=value_of(partition, offset), timestamp=None):
            raise ValueError(f"batch: expected room for {AT_ONCE} records, got none for offset {offset}")
    batch.close()
    if batch.record_count():
        await (await producer.send_batch(batch, topic, partition=partition))


async def told(book: Book, bootstrap: str, topic: str, *, is_failure: bool) -> None:
    """Tell the book all that a read_committed reader sees of a topic, without keeping it."""
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
    ) as consumer:
        places = consumer.assignment()
        ends = await consumer.end_offsets(places)
        while [place for place in places if await consumer.position(place) < ends[place]]:
            for some in (await consumer.getmany(timeout_ms=100)).values():
                for record in some:
                    book.note(record, is_failure=is_failure)
