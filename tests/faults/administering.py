"""What administrators do to topics and groups behind a pipeline's back."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete
from aiokafka.protocol.admin import DeleteGroupsRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Int16, Int32, Schema, String

from harness import topics
from harness.kafka_requests import _ask
from scoring_service.contract.names import STARTUP_FILE
from scoring_service.contract.startup import Startup

WITHIN_S = 30.0
TICK_S = 0.1


async def delete_group(bootstrap: str, group: str) -> None:
    """Delete a group of a broker that is alone; its last member may still be leaving.

    Raises:
        TimeoutError: It has members, or there is no such group.
    """
    async with asyncio.timeout(WITHIN_S):
        while True:
            ((_, refusal),) = (await _ask(bootstrap, DeleteGroupsRequest([group]))).results
            if not refusal:
                return
            await asyncio.sleep(TICK_S)


async def delete_offsets(bootstrap: str, group: str, topic: str, partitions: int) -> None:
    """Delete a group's offsets on a topic of a broker that is alone.

    Raises:
        RuntimeError: The broker refuses.
    """
    answer = await _ask(bootstrap, _OffsetDelete(group, topic, list(range(partitions))))
    refused = [code for _, places in answer.topics for _, code in places if code]
    if answer.error_code or refused:
        raise RuntimeError(f"cannot delete the offsets of {group}: {answer.error_code}, {refused}")


async def delete_records(bootstrap: str, topic: str, before: Mapping[int, int]) -> None:
    """Let all records before an offset of each partition go, as retention would."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        cut = {TopicPartition(topic, partition): RecordsToDelete(offset) for partition, offset in before.items()}
        await admin.delete_records(cut)
    finally:
        await admin.close()


async def add_partitions(bootstrap: str, count: int, *names: str) -> None:
    """Let topics have `count` partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_partitions({name: NewPartitions(count) for name in names})
    finally:
        await admin.close()


async def create_again(bootstrap: str, *names: str, partitions: int) -> None:
    """Create topics that were just deleted.

    Raises:
        TimeoutError: The broker refuses for too long.
    """
    async with asyncio.timeout(WITHIN_S):
        while True:
            try:
                await topics.create(bootstrap, *names, partitions=partitions)
            except RuntimeError:  # it is still being deleted
                await asyncio.sleep(TICK_S)
            else:
                return


async def reset(startup: Startup, folder: Path, *options: str) -> None:
    """Set a group's offsets as a person does: `scorer reset`.

    Raises:
        RuntimeError: It ends with another code than 0.
    """
    path = folder / STARTUP_FILE
    path.write_bytes(startup.encode())
    command = (sys.executable, "-m", "scoring_service.cli", "reset", "--startup", str(path), *options)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    async with asyncio.timeout(2 * WITHIN_S):
        _, said = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"scorer reset ended with {process.returncode}: {said.decode()}")


class _OffsetDeleteResponse(Response):  # type: ignore[misc] # aiokafka is untyped
    API_KEY = 47
    API_VERSION = 0
    SCHEMA = Schema(
        ("error_code", Int16),
        ("throttle_time_ms", Int32),
        (
            "topics",
            Array(
                ("name", String("utf-8")),
                ("partitions", Array(("partition", Int32), ("error_code", Int16))),
            ),
        ),
    )


class _OffsetDeleteV0(RequestStruct):  # type: ignore[misc] # aiokafka is untyped
    API_KEY = 47
    API_VERSION = 0
    RESPONSE_TYPE = _OffsetDeleteResponse
    SCHEMA = Schema(
        ("group", String("utf-8")),
        ("topics", Array(("name", String("utf-8")), ("partitions", Array(Int32)))),
    )


class _OffsetDelete(Request[_OffsetDeleteV0]):  # type: ignore[misc] # aiokafka is untyped
    API_KEY = 47

    def __init__(self, group: str, topic: str, partitions: list[int]) -> None:
        self._group = group
        self._topics: list[Any] = [(topic, partitions)]

    def build(self, request_struct_class: type[_OffsetDeleteV0]) -> _OffsetDeleteV0:
        return request_struct_class(self._group, self._topics)
