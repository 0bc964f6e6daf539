"""What an operator's process holds, looked at all the time: memory, connections; and how busy the machine is."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from benchmarks.operator.connections import connections
from benchmarks.operator.contestants import Running
from benchmarks.process import usage

EVERY_S: Final = 0.25
MB_PER_MIB: Final = 1024**2 / 1e6


class Samples:
    """Highest values of one operator; `forget` begins anew."""

    def __init__(self, operator: Running, port: int) -> None:
        self._operator = operator
        self._port = port
        self.loads: list[float] = []
        """Load averages of the last minute, each time that somebody forgot."""
        self.peak_rss_mb = 0.0
        """MB of 10^6 bytes, since it was forgotten."""
        self.peak_connections = 0
        """To the API server; never forgotten."""

    def forget(self) -> None:
        """Begin anew with the memory."""
        self.peak_rss_mb = 0.0
        self.loads.append(os.getloadavg()[0])
        self.look()

    def look(self) -> None:
        """Take one sample, if there is a process."""
        if (pid := self._operator.pid) is not None:
            self.peak_rss_mb = max(self.peak_rss_mb, rss_mb(pid))
            self.peak_connections = max(self.peak_connections, connections(pid, self._port))

    @asynccontextmanager
    async def taken(self) -> AsyncIterator["Samples"]:
        """Sample inside the block; an operator that ends by itself fails it."""
        async with asyncio.TaskGroup() as group:
            sampling = group.create_task(self._sample())
            yield self
            sampling.cancel()

    async def _sample(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(EVERY_S)


def rss_mb(pid: int) -> float:
    """Return the resident set of a process in MB of 10^6 bytes."""
    return usage(pid).rss_mb * MB_PER_MIB
