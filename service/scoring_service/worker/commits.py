"""Watermarks made durable: what is delivered is committed, at most twice a second, and before a partition goes.

Only at least once: exactly once commits with each delivery.

A commit that fails is not retried by itself: the next one says more. A partition that went to somebody else meanwhile
is theirs to commit, so losing it is no error here.
"""

import asyncio
from collections.abc import Callable, Iterable
from time import perf_counter

from scoring_service.errors import StreamMisconfigured, StreamUnavailable
from scoring_service.metrics import Metrics
from scoring_service.stream.ports import Consumer
from scoring_service.worker.lane import Lane
from scoring_service.worker.timing import Timing
from scoring_service.worker.trouble import Request, Trouble

COMMIT_TIMEOUT_S = 5.0


class Commits:
    """Commits the positions of lanes."""

    def __init__(self, consumer: Consumer, metrics: Metrics, trouble: Trouble, timing: Timing) -> None:
        self._consumer = consumer
        self._metrics = metrics
        self._trouble = trouble
        self._timing = timing
        self._one_at_a_time = asyncio.Lock()

    async def run(self, lanes: Callable[[], Iterable[Lane]]) -> None:
        """Commit what moved, again and again."""
        while True:
            await asyncio.sleep(self._timing.commit_every_s)
            await self.commit(lanes())

    async def commit(self, lanes: Iterable[Lane]) -> None:
        """Commit the positions that moved since the last commit. Does not raise: a failure is counted."""
        async with self._one_at_a_time:
            moved = list(lanes)
            offsets = {lane.partition: offset for lane in moved if (offset := lane.to_commit) is not None}
            if not offsets:
                return
            began = perf_counter()
            try:
                async with asyncio.timeout(COMMIT_TIMEOUT_S):
                    await self._consumer.commit(offsets)
            except (StreamUnavailable, StreamMisconfigured, TimeoutError) as error:
                self._metrics.commit_failures += 1
                self._trouble.note(Request.COMMIT, _explained(error))
                return
            self._trouble.clear(Request.COMMIT)
            self._metrics.durations["commit"].observe(perf_counter() - began)
            for lane in moved:
                lane.standing.committed = offsets.get(lane.partition, lane.standing.committed)


def _explained(
    error: StreamUnavailable | StreamMisconfigured | TimeoutError,
) -> StreamUnavailable | StreamMisconfigured:
    if isinstance(error, TimeoutError):
        return StreamUnavailable(f"no answer to a commit within {COMMIT_TIMEOUT_S:.0f} s")
    return error
