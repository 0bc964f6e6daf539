"""Which partition an output goes to: records of one key stay in order.

With as many partitions out as in, an output goes to the number that its input came from, without hashing. If the
numbers differ, or the input had no key, the output's own key decides, as it would for any Java producer.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from scoring_service.contract.names import HEADER_SOURCE
from scoring_service.stream.partitions import partitions_of
from scoring_service.stream.ports import Message, Parcel, Record


class Origin(NamedTuple):
    """Where the records of a batch came from."""

    topic: str
    partition: int
    partitions: int
    """Of the input topic."""


def parcels(
    topic: str, partitions: int, messages: Sequence[Message], origin: Origin, records: Sequence[Record]
) -> list[Parcel]:
    """Return the messages for `topic`, which has `partitions`, grouped by partition; none gives none."""
    if not messages:
        return []
    keyless = {record.offset for record in records if record.key is None}
    if partitions == origin.partitions and not keyless:
        return [Parcel(topic, origin.partition, messages)]
    grouped: dict[int, list[Message]] = defaultdict(list)
    for message, partition in zip(messages, _chosen(partitions, messages, origin, keyless), strict=True):
        grouped[partition].append(message)
    return [Parcel(topic, partition, group) for partition, group in grouped.items()]


def cut(parcel: Parcel, most: int) -> list[Parcel]:
    """Return a parcel as parcels of at most `most` bytes, in order; a single message may be larger."""
    topic, partition, messages = parcel
    pieces: list[list[Message]] = []
    left = 0
    for message in messages:
        size = size_of(message)
        if not pieces or size > left:
            pieces.append([])
            left = most
        pieces[-1].append(message)
        left -= size
    return [Parcel(topic, partition, piece) for piece in pieces]


def size_of(message: Message) -> int:
    """Return the bytes of a message with its key and headers."""
    headers = sum(len(name) + len(value) for name, value in message.headers)
    return len(message.value) + len(message.key or b"") + headers


def _chosen(partitions: int, messages: Sequence[Message], origin: Origin, keyless: set[int]) -> list[int]:
    hashed = partitions_of([message.key or b"" for message in messages], partitions)
    sources = {f"{origin.topic}/{origin.partition}/{offset}".encode() for offset in keyless}
    same = origin.partitions == partitions
    return [
        origin.partition % partitions
        if message.key is None or (same and dict(message.headers)[HEADER_SOURCE] not in sources)
        else partition
        for message, partition in zip(messages, hashed, strict=True)
    ]
