"""What the leader does and a standby does not: a queue and a reconciler of one term, new with each.

A standby notes nothing down while it waits: who takes over looks at every pipeline once.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Final

import structlog

from scoring_operator.election.term import Term
from scoring_operator.facts import Key
from scoring_operator.observer import Observer, Unobserved
from scoring_operator.queue import KeyedQueue, Reconcile

END_S: Final = 10.0
"""Seconds that running reconciles may take to end after SIGTERM."""

log = structlog.get_logger(__name__)


class Leading:
    """The work of a leader, and what it says of itself; a standby has nothing to say."""

    def __init__(
        self,
        begin: Callable[[Term], AbstractAsyncContextManager[Reconcile]],
        keys: Callable[[], Iterable[Key]],
        parallelism: int,
        observer: Observer | None = None,
    ) -> None:
        """Keep what all terms share.

        Args:
            begin: Has a reconciler that writes in a term, for as long as the context lasts.
            keys: Returns all pipelines that are known.
            parallelism: Pipelines reconciled at the same time.
            observer: Told what the queues do.
        """
        self._begin, self._keys, self._parallelism = begin, keys, parallelism
        self._observer = observer or Unobserved()
        self._queue: KeyedQueue | None = None

    def changed(self, key: Key) -> None:
        """Have a pipeline looked at."""
        if self._queue is not None:
            self._queue.add(key)

    def depth(self) -> int:
        """Return the number of pipelines that are due and wait."""
        return 0 if self._queue is None else self._queue.depth()

    def oldest_s(self) -> float:
        """Return for how many seconds the pipeline that waits longest has been due."""
        return 0.0 if self._queue is None else self._queue.oldest_s()

    def running_s(self) -> list[float]:
        """Return for how many seconds each running reconcile has been running."""
        return [] if self._queue is None else self._queue.running_s()

    async def __call__(self, term: Term, stop: asyncio.Event) -> None:
        """Reconcile every pipeline, and again whatever changes, until `stop`; when cancelled finish nothing."""
        queue = self._queue = KeyedQueue(observer=self._observer)
        for key in self._keys():
            queue.add(key)
        try:
            async with self._begin(term) as reconcile:
                await self._work(queue, reconcile, stop)
        finally:
            self._queue = None

    async def _work(self, queue: KeyedQueue, reconcile: Reconcile, stop: asyncio.Event) -> None:
        work = [asyncio.create_task(queue.work(reconcile)) for _ in range(self._parallelism)]
        try:
            await stop.wait()
            queue.stop()
            _, late = await asyncio.wait(work, timeout=END_S)
            log.info("stopped reconciling", unfinished=len(late))
        finally:
            queue.stop()  # should something below have swallowed a cancellation, no other key is begun
            for task in work:
                task.cancel()
            await asyncio.wait(work)
