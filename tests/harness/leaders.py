"""Who leads a partition: asking, and moving it, which no Python client can do. A few requests, written by hand."""

import asyncio
import io
import struct
from collections.abc import Mapping, Sequence
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.protocol.metadata import MetadataResponse_v0

METADATA: Final = 3
REASSIGN: Final = 45
ELECT: Final = 43
PREFERRED: Final = 0
TIMEOUT_MS: Final = 10_000
NO_TAGS: Final = b"\x00"
FINE: Final = (0, 84)
"""Error codes: none, and that the election was not needed."""


async def leaders(bootstrap: str, topic: str) -> dict[int, int]:
    """Return the leader of each partition by the broker's number; -1 is nobody."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        (described,) = await admin.describe_topics([topic])
    finally:
        await admin.close()
    return {part["partition"]: part["leader"] for part in described["partitions"]}


async def coordinator(bootstrap: str, group: str) -> int:
    """Return the number of the broker that coordinates a group."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        found: int = await admin.find_coordinator(group)
    finally:
        await admin.close()
    return found


async def transaction_coordinator(bootstrap: str, transactional_id: str) -> int:
    """Return the number of the broker that coordinates the transactions of an id."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        found: int = await client.coordinator_lookup(CoordinationType.TRANSACTION, transactional_id)
    finally:
        await client.close()
    return found


async def until_known(ports: Sequence[int], topic: str, led: Mapping[int, int]) -> None:
    """Wait until each broker says of itself who leads the partitions: they hear of it one after the other."""
    for port in ports:
        while await _told(port, topic) != led:  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.05)


async def _told(port: int, topic: str) -> dict[int, int]:
    answer = await _ask(port, METADATA, 0, struct.pack(">i", 1) + _text(topic))
    ((_, _, partitions),) = MetadataResponse_v0.decode(io.BytesIO(answer)).topics
    return {partition: leader for _, partition, leader, *_ in partitions}


async def move(port: int, topic: str, replicas: Mapping[int, Sequence[int]]) -> None:
    """Make the first of its replicas the leader of each partition.

    Raises:
        RuntimeError: The brokers refuse; the text is the error code.
    """
    body = struct.pack(">i", TIMEOUT_MS) + _compact([_reassigned(topic, replicas)]) + NO_TAGS
    answer = await _ask(port, REASSIGN, 0, NO_TAGS + body)
    _check(struct.unpack_from(">xih", answer)[1], "reassign")
    partitions = struct.pack(f">i{len(replicas)}i", len(replicas), *replicas)
    election = struct.pack(">bi", PREFERRED, 1) + _text(topic) + partitions + struct.pack(">i", TIMEOUT_MS)
    answer = await _ask(port, ELECT, 1, election)
    _check(struct.unpack_from(">ih", answer)[1], "elect")


def _reassigned(topic: str, replicas: Mapping[int, Sequence[int]]) -> bytes:
    parts = [
        struct.pack(">i", partition) + _compact([struct.pack(">i", node) for node in nodes]) + NO_TAGS
        for partition, nodes in replicas.items()
    ]
    name = topic.encode()
    return bytes([len(name) + 1]) + name + _compact(parts) + NO_TAGS


def _compact(items: Sequence[bytes]) -> bytes:
    assert len(items) < 127, "one byte says how many there are"
    return bytes([len(items) + 1]) + b"".join(items)


def _text(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()


async def _ask(port: int, kind: int, version: int, body: bytes) -> bytes:
    request = struct.pack(">hhi", kind, version, 1) + _text("harness") + body
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(struct.pack(">i", len(request)) + request)
        (size,) = struct.unpack(">i", await reader.readexactly(4))
        return (await reader.readexactly(size))[4:]
    finally:
        writer.close()


def _check(code: int, what: str) -> None:
    if code not in FINE:
        raise RuntimeError(f"the brokers refuse to {what}: error {code}")
