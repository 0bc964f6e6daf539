"""Records per CPU-second: every contestant drains the same backlog, one after the other, several times."""

import asyncio
import time
from dataclasses import dataclass
from typing import NamedTuple
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks import topics
from benchmarks.process import usage
from benchmarks.workers import Contestant, running, startup

Offsets = dict[TopicPartition, int]

_FIRST_OUTPUT_S = 30.0


class Window(NamedTuple):
    """Seconds from the first output to the measurement, and of the measurement."""

    warm_up_s: float = 1.5
    measured_s: float = 4.0


class Backlog(NamedTuple):
    """What all contestants drain."""

    topic: str
    count: int
    partitions: int = topics.PARTITIONS


@dataclass(frozen=True)
class Drain:
    """One contestant's run over one backlog."""

    contestant: str
    per_cpu_s: float
    """Records whose score or failure the broker acknowledged, per CPU-second of the worker process."""
    per_wall_s: float
    peak_rss_mb: float


async def drain(bootstrap: str, backlog: Backlog, contestant: Contestant, window: Window = Window()) -> Drain:  # noqa: B008 - immutable
    """Let a contestant drain a backlog, and measure a window after the warm-up.

    Raises:
        Failed: It ended by itself, or wrote nothing.
        RuntimeError: It was done before the window ended, so that the figures would count idle time, or stood still.
    """
    name = f"bench-{contestant.name}-{uuid4().hex[:8]}"
    configuration = startup(bootstrap, backlog.topic, name, contestant.delivery())
    outputs = [configuration.output.success_topic, configuration.output.failure_topic]
    places = topics.places(outputs, backlog.partitions)
    await topics.create(bootstrap, outputs, partitions=backlog.partitions)
    try:
        async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as reader:
            with running(contestant, configuration) as pid:
                await _first_output(reader, places)
                await asyncio.sleep(window.warm_up_s)
                first, end, cpu_s, wall_s = await _measured(reader, places, pid, window.measured_s)
                outlasting(_count(end), backlog.count, contestant)
                peak_rss_mb = usage(pid).peak_rss_mb
        exact = contestant.is_transactional
        count = await topics.between(bootstrap, first, end) if exact else _count(end) - _count(first)
        if count == 0:
            raise RuntimeError(f"{contestant.name} wrote nothing within the window")
        return Drain(contestant.name, count / cpu_s, count / wall_s, peak_rss_mb)
    finally:
        await topics.delete(bootstrap, outputs)


def outlasting(written: int, filled: int, contestant: Contestant) -> None:
    """Raise RuntimeError unless a contestant still has records to drain."""
    if written >= filled:
        raise RuntimeError(f"{contestant.name} drained all {filled} records within the window: fill more")


async def _first_output(reader: AIOKafkaConsumer, places: list[TopicPartition]) -> None:
    async with asyncio.timeout(_FIRST_OUTPUT_S):
        while _count(await reader.end_offsets(places)) == 0:
            await asyncio.sleep(0.05)


async def _measured(
    reader: AIOKafkaConsumer, places: list[TopicPartition], pid: int, seconds: float
) -> tuple[Offsets, Offsets, float, float]:
    began, first, cpu = time.perf_counter(), await reader.end_offsets(places), usage(pid).cpu_s
    await asyncio.sleep(seconds)
    end, spent = await reader.end_offsets(places), usage(pid).cpu_s - cpu
    return first, end, spent, time.perf_counter() - began


def _count(offsets: Offsets) -> int:
    return sum(offsets.values())
