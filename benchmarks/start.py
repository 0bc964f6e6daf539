"""`python -m benchmarks.start`: how long a worker takes from its process's start until it has its partitions.

An upper bound of the time until it asks to join: the group has no other member, so that a broker answers at once.
"""

import asyncio
import tempfile
import time
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.process import machine
from harness import kafka, workers

RUNS: Final = 10
ASSIGNED: Final = "partitions assigned"


async def main() -> None:
    """Print the seconds of ten starts."""
    with kafka.obtain() as broker:
        took = [await _started(broker.bootstrap) for _ in range(RUNS)]
    print(f"{machine()}; {RUNS} starts: median {median(took):.2f} s, {min(took):.2f}–{max(took):.2f} s")


async def _started(bootstrap: str) -> float:
    startup = await workers.a_pipeline(bootstrap)
    with tempfile.TemporaryDirectory() as folder:
        began = time.time()
        async with workers.running(startup, Path(folder)) as worker:
            await worker.until(lambda status: any(lane.state == "Ready" for lane in status.lanes))
            (said,) = [line["timestamp"] for line in worker.said() if line["event"] == ASSIGNED]
            return datetime.fromisoformat(said).timestamp() - began


if __name__ == "__main__":
    asyncio.run(main())
