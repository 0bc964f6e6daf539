"""Cores and latency at a fixed rate: from sending a record until a reader of what is committed sees its output."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from benchmarks import topics
from benchmarks.peers.flow import Flow
from benchmarks.process import usage
from benchmarks.workers import Contestant, running, startup

_FIRST_RATE = 50.0
"""Until the contestant answers: so that none begins with a backlog."""
_WARM_UP_S = 2.0
_WINDOW_S = 5.0
_LATE_S = 8.0
"""How long what is still unanswered at the end is waited for."""


@dataclass(frozen=True)
class Held:
    """One contestant's run at a fixed rate."""

    contestant: str
    cores: float
    p50_ms: float
    p99_ms: float
    unanswered: int
    """Records of the run without an output, seconds after the last was sent: it cannot hold the rate, or lost some."""
    doubled: int
    peak_rss_mb: float


async def hold(
    bootstrap: str,
    contestant: Contestant,
    records: Sequence[tuple[bytes, bytes]],
    rate: int,
    partitions: int = topics.PARTITIONS,
) -> Held:
    """Feed `rate` records a second to one worker and measure after the warm-up.

    Raises:
        Failed: It ended by itself, or wrote nothing.
    """
    topic = f"bench-rate-{uuid4().hex[:8]}"
    configuration = startup(bootstrap, topic, f"{topic}-{contestant.name}", contestant.delivery())
    outputs = {contestant.name: [configuration.output.success_topic, configuration.output.failure_topic]}
    async with Flow(bootstrap, topic, records, outputs, partitions) as flow:
        with running(contestant, configuration) as pid:
            flow.rate = _FIRST_RATE
            await flow.answered(contestant.name)
            flow.rate = rate
            await asyncio.sleep(_WARM_UP_S)
            began, cpu_s = time.perf_counter(), usage(pid).cpu_s
            await asyncio.sleep(_WINDOW_S)
            ended, spent_s = time.perf_counter(), usage(pid).cpu_s - cpu_s
            await flow.drained(_LATE_S)
            peak_rss_mb = usage(pid).peak_rss_mb
    seen, late = flow.seen[contestant.name], time.perf_counter()
    waits = sorted(seen.get(key, late) - sent for key, sent in flow.sent.items() if began <= sent < ended)
    return Held(
        contestant.name,
        spent_s / (ended - began),
        statistics.median(waits) * 1000,
        waits[int(len(waits) * 0.99)] * 1000,
        len(flow.sent) - len(seen),
        flow.doubled[contestant.name],
        peak_rss_mb,
    )
