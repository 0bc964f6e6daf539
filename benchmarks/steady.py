"""Cores and latency at a fixed rate: a producer paces records, the broker's clock stamps the scores.

Latency is the score's LogAppendTime less the record's CreateTime, joined by the `scoring-source` header, on one
machine and so one clock. The resolution is one millisecond.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks import topics
from benchmarks.process import usage
from benchmarks.workers import SCORER, running, startup
from scoring_service.contract.names import HEADER_SOURCE

_WARM_UP_S = 3.0
_WINDOW_S = 8.0
_TICK_S = 0.005


@dataclass(frozen=True)
class Steady:
    """One run at a fixed rate."""

    rate: int
    """Records per second asked for."""
    cores: float
    p50_ms: float
    p99_ms: float
    missing: int
    """Records of the run without an answer."""
    peak_rss_mb: float


async def hold(bootstrap: str, records: Sequence[tuple[bytes, bytes]], rate: int) -> Steady:
    """Feed `rate` records a second to one worker and measure after the warm-up."""
    topic = f"bench-steady-{uuid4().hex[:8]}"
    configuration = startup(bootstrap, topic, f"{topic}-scorer")
    outputs = [configuration.output.success_topic, configuration.output.failure_topic]
    await topics.create(bootstrap, [topic])
    await topics.create(bootstrap, outputs, {"message.timestamp.type": "LogAppendTime"})
    with running(SCORER, configuration) as pid:
        await asyncio.sleep(1.5)
        feeding = asyncio.create_task(_feed(bootstrap, topic, records, rate, _WARM_UP_S + _WINDOW_S))
        await asyncio.sleep(_WARM_UP_S)
        began, cpu, clock = time.time(), usage(pid).cpu_s, time.perf_counter()
        await asyncio.sleep(_WINDOW_S - 0.5)
        cores = (usage(pid).cpu_s - cpu) / (time.perf_counter() - clock)
        await feeding
        await asyncio.sleep(1.0)
        peak = usage(pid).peak_rss_mb
    sent = {source: stamp for stamp, _, source in await _read(bootstrap, [topic])}
    answered = {source: stamp for stamp, source, _ in await _read(bootstrap, outputs)}
    waits = sorted(answered[s] - sent[s] for s in answered.keys() & sent.keys() if sent[s] >= began * 1000)
    await topics.delete(bootstrap, [topic, *outputs])
    p99 = waits[int(len(waits) * 0.99)]
    return Steady(rate, cores, statistics.median(waits), p99, len(sent.keys() - answered.keys()), peak)


async def _feed(bootstrap: str, topic: str, records: Sequence[tuple[bytes, bytes]], rate: int, seconds: float) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=0) as producer:
        began, done = time.perf_counter(), 0
        while (elapsed := time.perf_counter() - began) < seconds:
            due = int(elapsed * rate)
            for index in range(done, due):
                key, value = records[index % len(records)]
                await producer.send(topic, value, key=key, partition=index % topics.PARTITIONS)
            done = due
            await asyncio.sleep(_TICK_S)
        await producer.flush()


async def _read(bootstrap: str, names: Sequence[str]) -> list[tuple[int, str, str]]:
    """Return (timestamp in ms, `scoring-source` header, own coordinates) of every record."""
    found = []
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as reader:
        tps = [TopicPartition(name, partition) for name in names for partition in range(topics.PARTITIONS)]
        reader.assign(tps)
        ends = await reader.end_offsets(tps)
        while any([await reader.position(tp) < end for tp, end in ends.items()]):
            for tp, batch in (await reader.getmany(timeout_ms=500)).items():
                for record in batch:
                    source = dict(record.headers).get(HEADER_SOURCE, b"").decode()
                    found.append((record.timestamp, source, f"{tp.topic}/{tp.partition}/{record.offset}"))
    return found
