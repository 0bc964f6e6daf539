"""How long any partition is silent after one of two workers, at a light load, got a signal.

Several contestants take the blow at once, each in a group of its own on one input: they mostly wait. Bytewax has no
group: its processes end together, and are started again here as soon as both are gone.
"""

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient

from benchmarks import topics
from benchmarks.peers.contestants import Entry
from benchmarks.peers.flow import Flow
from benchmarks.process import is_running
from benchmarks.workers import Contestant, Failed, running, startup
from scoring_service.contract.names import ENV_POD_NAME
from scoring_service.contract.startup import Startup

SESSION_MS = 6_000
_RATE = 120.0
_JOINED_WITHIN_S = 40.0
_SETTLING_S = 2.0
_WATCHED_S = {signal.SIGKILL: 14.0, signal.SIGTERM: 8.0}
"""How long records keep coming after the signal."""
_LATE_S = 12.0
_CLUSTER_PORT = 28_410
_ENDED_WITHIN_S = 20.0


@dataclass(frozen=True)
class Silence:
    """What a signal did to one contestant."""

    contestant: str
    signal: str
    longest_s: float
    """Of any partition, between two outputs that became visible."""
    missing: int
    """Records without a visible output when the run ended."""
    doubled: int
    survivor_ended: bool
    """Whether the worker that got no signal ended as well, of itself."""


@dataclass
class _Pair:
    entry: Entry
    contestant: Contestant
    configuration: Startup
    store: Path
    ports: tuple[int, int]
    stack: ExitStack
    pids: list[int]
    survivor_ended: bool = False

    def start(self) -> None:
        """Start both workers."""
        self.pids = []
        for place in (0, 1):
            extra = {ENV_POD_NAME: f"{self.configuration.pipeline}-{place}"}
            if self.entry.is_cluster:
                addresses = ";".join(f"127.0.0.1:{port}" for port in self.ports)
                extra |= {"BENCH_ADDRESSES": addresses, "BENCH_PROCESS": str(place), "BENCH_STORE": str(self.store)}
            process = running(self.contestant, self.configuration, extra, may_end=True)
            self.pids.append(self.stack.enter_context(process))

    async def restart(self) -> None:
        """Wait until both are gone, and start them again."""
        async with asyncio.timeout(_ENDED_WITHIN_S):
            while any(map(is_running, self.pids)):
                await asyncio.sleep(0.05)
        self.start()


async def strike(
    bootstrap: str,
    group: Sequence[tuple[Entry, Contestant]],
    records: Sequence[tuple[bytes, bytes]],
    signalled: signal.Signals,
) -> list[Silence | Failed]:
    """Return what a signal to the first of two workers did to each contestant of a group."""
    topic = f"bench-faults-{uuid4().hex[:8]}"
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        pairs = [
            _pair(bootstrap, topic, entry, contestant, stack, Path(folder), place)
            for place, (entry, contestant) in enumerate(group)
        ]
        outputs = {pair.entry.name: _outputs(pair.configuration) for pair in pairs}
        async with Flow(bootstrap, topic, records, outputs) as flow:
            for pair in pairs:
                pair.start()
            flow.rate = _RATE
            lost = await _until_joined(bootstrap, flow, pairs)
            await asyncio.sleep(_SETTLING_S)
            struck = time.perf_counter()
            for pair in pairs:
                if is_running(pair.pids[0]):
                    os.kill(pair.pids[0], signalled)
            restarts = [asyncio.create_task(pair.restart()) for pair in pairs if pair.entry.is_cluster]
            await asyncio.sleep(_WATCHED_S[signalled])
            await flow.drained(_LATE_S)
            await asyncio.gather(*restarts)
            for pair in pairs:
                pair.survivor_ended = pair.entry.is_cluster or not is_running(pair.pids[1])
        return [lost.get(pair.entry.name) or _silence(flow, pair, signalled, struck) for pair in pairs]


def _pair(
    bootstrap: str, topic: str, entry: Entry, contestant: Contestant, stack: ExitStack, folder: Path, place: int
) -> _Pair:
    configuration = startup(bootstrap, topic, f"{topic}-{entry.name}", contestant.delivery(SESSION_MS))
    ports = (_CLUSTER_PORT + 2 * place, _CLUSTER_PORT + 2 * place + 1)
    return _Pair(entry, contestant, configuration, folder / entry.name, ports, stack, [])


def _outputs(configuration: Startup) -> list[str]:
    return [configuration.output.success_topic, configuration.output.failure_topic]


async def _until_joined(bootstrap: str, flow: Flow, pairs: Sequence[_Pair]) -> Mapping[str, Failed]:
    """Return once both workers of every pair have partitions; those that do not get there are named."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    waiting = {pair.configuration.input.group: pair for pair in pairs}
    until = time.perf_counter() + _JOINED_WITHIN_S
    try:
        while waiting and time.perf_counter() < until:
            await asyncio.sleep(0.25)
            for name, pair in list(waiting.items()):
                has_joined = pair.entry.is_cluster or await _members(admin, name) == 2
                if has_joined and flow.seen[pair.entry.name]:
                    del waiting[name]
    finally:
        await admin.close()
    what = f"was no group of two after {_JOINED_WITHIN_S:.0f} s"
    return {pair.entry.name: Failed(pair.entry.name, what, "") for pair in waiting.values()}


async def _members(admin: AIOKafkaAdminClient, group: str) -> int:
    """Return how many members of a group have partitions; 0 unless it is stable."""
    (response,) = await admin.describe_consumer_groups([group])  # of several the client cannot read the answer
    ((_, _, state, _, _, members, *_),) = response.groups
    return sum(_has_partitions(member[-1]) for member in members) if state == "Stable" else 0


def _has_partitions(assignment: bytes) -> bool:
    """Say whether a member's assignment names a topic: its version comes first, then how many topics."""
    return int.from_bytes(assignment[2:6], "big") > 0


def _silence(flow: Flow, pair: _Pair, signalled: signal.Signals, struck: float) -> Silence:
    """Return the longest time without a visible output; a partition with unanswered records is silent until now."""
    name = pair.entry.name
    seen, ended = flow.seen[name], time.perf_counter()
    longest = 0.0
    for partition in range(topics.PARTITIONS):
        keys = [key for key in flow.sent if flow.partition(key) == partition]
        moments = sorted(seen[key] for key in keys if key in seen)
        around = [moment for moment in moments if moment >= struck - 1.0] or [struck]
        if len(moments) < len(keys):
            around.append(ended)
        longest = max([longest, *(later - earlier for earlier, later in pairwise(around))])
    return Silence(name, signalled.name, longest, len(flow.sent) - len(seen), flow.doubled[name], pair.survivor_ended)
