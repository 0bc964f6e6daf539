"""Records per CPU-second: every contestant drains the same backlog, one after the other, several times."""

import asyncio
import time
from dataclasses import dataclass
from uuid import uuid4

from aiokafka import AIOKafkaConsumer

from benchmarks import topics
from benchmarks.process import usage
from benchmarks.workers import Contestant, running, startup

_WARM_UP_S = 1.5
_WINDOW_S = 4.0
_FIRST_OUTPUT_S = 30.0


@dataclass(frozen=True)
class Drain:
    """One contestant's run over one backlog."""

    contestant: Contestant
    per_cpu_s: float
    """Records whose score or failure the broker acknowledged, per CPU-second of the worker process."""
    per_wall_s: float
    peak_rss_mb: float


async def drain(bootstrap: str, topic: str, filled: int, contestant: Contestant) -> Drain:
    """Let a contestant drain `topic`, which holds `filled` records, and measure a window after the warm-up.

    Raises:
        RuntimeError: It was done before the window ended, so that the figures would count idle time.
    """
    configuration = startup(bootstrap, topic, f"bench-{contestant}-{uuid4().hex[:8]}")
    outputs = [configuration.output.success_topic, configuration.output.failure_topic]
    await topics.create(bootstrap, outputs, {})
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as reader:
        with running(contestant, configuration) as pid:
            await _first_output(reader, outputs)
            await asyncio.sleep(_WARM_UP_S)
            count, cpu_s, wall_s = await _window(reader, outputs, pid)
            outlasting(await _count(reader, outputs), filled, contestant)
            result = Drain(contestant, count / cpu_s, count / wall_s, usage(pid).peak_rss_mb)
    await topics.delete(bootstrap, outputs)
    return result


def outlasting(written: int, filled: int, contestant: Contestant) -> None:
    """Raise RuntimeError unless a contestant still has records to drain."""
    if written >= filled:
        raise RuntimeError(f"{contestant} drained all {filled} records within the window: fill more")


async def _first_output(reader: AIOKafkaConsumer, outputs: list[str]) -> None:
    async with asyncio.timeout(_FIRST_OUTPUT_S):
        while await _count(reader, outputs) == 0:
            await asyncio.sleep(0.05)


async def _window(reader: AIOKafkaConsumer, outputs: list[str], pid: int) -> tuple[int, float, float]:
    began, before, cpu = time.perf_counter(), await _count(reader, outputs), usage(pid).cpu_s
    await asyncio.sleep(_WINDOW_S)
    after, spent = await _count(reader, outputs), usage(pid).cpu_s - cpu
    return after - before, spent, time.perf_counter() - began


async def _count(reader: AIOKafkaConsumer, outputs: list[str]) -> int:
    return sum([await topics.ends(reader, topic) for topic in outputs])
