"""A keyed work queue: each key at most once in it, one reconcile per key at a time, failures back off.

`Schedule` is the rule, without clock or waiting; `KeyedQueue` waits and calls.
"""

import asyncio
import heapq
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import structlog

from scoring_operator.errors import OperatorError
from scoring_operator.facts import Key

BACK_OFF_FIRST_S: Final = 0.25
BACK_OFF_MOST_S: Final = 60.0

Reconcile = Callable[[Key], Awaitable[float | None]]
"""Brings one pipeline closer to its spec; returns the seconds until it wants to be called again, or None."""

Ended = Callable[[str, float], None]
"""Told of each reconcile: `success`, `error` or `crash`, and its seconds."""

log = structlog.get_logger(__name__)


class Schedule:
    """Which key is due when. A key that is running is not handed out again before it is done."""

    def __init__(self) -> None:
        self._due: dict[Key, float] = {}
        self._heap: list[tuple[float, Key]] = []
        self._running: set[Key] = set()

    def add(self, key: Key, at: float) -> None:
        """Make `key` due at `at`, or earlier if it was."""
        if at < self._due.get(key, float("inf")):
            self._due[key] = at
            heapq.heappush(self._heap, (at, key))

    def take(self, now: float) -> Key | None:
        """Return the key that has been due longest and mark it running; None if none is due."""
        if self.next_due() > now:
            return None
        _, key = heapq.heappop(self._heap)
        del self._due[key]
        self._running.add(key)
        return key

    def done(self, key: Key) -> None:
        """Let `key` be handed out again; what was added while it ran is due as added."""
        self._running.discard(key)
        if key in self._due:
            heapq.heappush(self._heap, (self._due[key], key))

    def next_due(self) -> float:
        """Return when the next key that does not run is due; infinity if there is none."""
        while self._heap and (self._heap[0][1] in self._running or self._due.get(self._heap[0][1]) != self._heap[0][0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else float("inf")

    def depth(self, now: float) -> int:
        """Return the number of keys that are due and wait."""
        return sum(at <= now for key, at in self._due.items() if key not in self._running)


class KeyedQueue:
    """Calls a reconcile for each added key, again after failures and when it asks for it."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
        ended: Ended | None = None,
    ) -> None:
        self._ended = ended or (lambda _result, _seconds: None)
        self._stopping = False
        self._schedule = Schedule()
        self._failures: dict[Key, int] = {}
        self._started: dict[Key, float] = {}
        self._clock = clock
        self._uniform = uniform
        self._changed = asyncio.Event()

    def add(self, key: Key, after_s: float = 0.0) -> None:
        """Make `key` due in `after_s` seconds, unless it is earlier anyway. Never waits, never calls."""
        self._schedule.add(key, self._clock() + after_s)
        self._changed.set()

    def depth(self) -> int:
        """Return the number of keys that are due and wait."""
        return self._schedule.depth(self._clock())

    def longest_running_s(self) -> float:
        """Return for how many seconds the oldest running reconcile has been running; 0 if none runs."""
        return max((self._clock() - started for started in self._started.values()), default=0.0)

    def stop(self) -> None:
        """Let `work` return once its present key is done."""
        self._stopping = True
        self._changed.set()

    async def work(self, reconcile: Reconcile) -> None:
        """Reconcile keys as they become due, until stopped; run several for parallelism across keys."""
        while (key := await self._next()) is not None:
            await self.run_once(key, reconcile)

    async def run_once(self, key: Key, reconcile: Reconcile) -> None:
        """Reconcile one taken key and decide when it is due again."""
        started = self._started[key] = self._clock()
        with structlog.contextvars.bound_contextvars(namespace=key.namespace, name=key.name):
            try:
                after_s = await reconcile(key)
                result = "success"
                self._failures.pop(key, None)
            except OperatorError as error:
                after_s, result = self._back_off(key), "error"
                log.warning("reconcile failed", error=str(error), kind=type(error).__name__, retry_after_s=after_s)
            except Exception:  # the crash boundary: a fault met by one pipeline must not stop the others
                after_s, result = self._back_off(key), "crash"
                log.exception("reconcile crashed", retry_after_s=after_s)
        del self._started[key]
        self._ended(result, self._clock() - started)
        self._schedule.done(key)
        if after_s is not None:
            self.add(key, after_s)
        self._changed.set()

    def take(self) -> Key | None:
        """Return a key that is due and mark it running; None if none is due."""
        return self._schedule.take(self._clock())

    async def _next(self) -> Key | None:
        while not self._stopping:
            if (key := self.take()) is not None:
                return key
            self._changed.clear()
            wait_s = self._schedule.next_due() - self._clock()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), None if wait_s == float("inf") else max(0.0, wait_s))
        return None

    def _back_off(self, key: Key) -> float:
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        ceiling = min(BACK_OFF_MOST_S, BACK_OFF_FIRST_S * 2 ** min(failures, 20))
        return self._uniform(ceiling / 2, ceiling)
