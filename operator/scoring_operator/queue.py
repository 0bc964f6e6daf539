"""A keyed work queue: each key at most once in it, one reconcile per key at a time, failures back off.

`Schedule` is the rule, without clock or waiting; `KeyedQueue` waits and calls.
"""

import asyncio
import heapq
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import structlog

from scoring_operator.errors import OperatorError
from scoring_operator.facts import Key
from scoring_operator.observer import Observer, Unobserved

BACK_OFF_FIRST_S: Final = 0.25
BACK_OFF_MOST_S: Final = 60.0

Reconcile = Callable[[Key], Awaitable[float | None]]
"""Brings one pipeline closer to its spec; returns the seconds until it wants to be called again, or None."""

log = structlog.get_logger(__name__)


class Schedule:
    """Which key is due when. A key that is running is not handed out again before it is done."""

    def __init__(self) -> None:
        self._due: dict[Key, float] = {}
        self._heap: list[tuple[float, Key]] = []
        self._running: set[Key] = set()

    def add(self, key: Key, at: float) -> bool:
        """Make `key` due at `at`, or earlier if it was; return whether that changed anything."""
        if at >= self._due.get(key, float("inf")):
            return False
        self._due[key] = at
        heapq.heappush(self._heap, (at, key))
        return True

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
        observer: Observer | None = None,
    ) -> None:
        self._observer: Observer = observer or Unobserved()
        self._stopping = False
        self._schedule = Schedule()
        self._failures: dict[Key, int] = {}
        self._started: dict[Key, float] = {}
        self._clock = clock
        self._uniform = uniform
        self._changed = asyncio.Event()

    def add(self, key: Key, after_s: float = 0.0) -> None:
        """Make `key` due in `after_s` seconds, unless it is earlier anyway. Never waits, never calls."""
        if self._schedule.add(key, self._clock() + after_s):
            self._observer.added()
        self._changed.set()

    def depth(self) -> int:
        """Return the number of keys that are due and wait."""
        return self._schedule.depth(self._clock())

    def oldest_s(self) -> float:
        """Return for how many seconds the key that waits longest has been due; 0 if none is."""
        return max(0.0, self._clock() - self._schedule.next_due())

    def running_s(self) -> list[float]:
        """Return for how many seconds each running reconcile has been running."""
        return [self._clock() - started for started in self._started.values()]

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
        names = {"namespace": key.namespace, "name": key.name, "generation": None, "reconcile_id": str(uuid.uuid4())}
        with structlog.contextvars.bound_contextvars(**names):
            after_s = await self._outcome(key, reconcile, started)
        del self._started[key]
        self._schedule.done(key)
        if after_s is not None:
            self.add(key, after_s)
        self._changed.set()

    async def _outcome(self, key: Key, reconcile: Reconcile, started: float) -> float | None:
        """Reconcile one key; return after how many seconds it is due again, None if not."""
        try:
            after_s = await reconcile(key)
        except OperatorError as error:
            after_s, reason = self._back_off(key), type(error).__name__
            log.warning("reconcile failed", error=str(error), kind=reason, retry_after_s=after_s)
            self._observer.failed(self._clock() - started, reason, crashed=False)
        except Exception as error:  # the crash boundary: a fault met by one pipeline must not stop the others
            after_s = self._back_off(key)
            log.exception("reconcile crashed", retry_after_s=after_s)
            self._observer.failed(self._clock() - started, type(error).__name__, crashed=True)
        else:
            self._failures.pop(key, None)
            self._observer.succeeded(self._clock() - started, comes_again=after_s is not None)
        return after_s

    def take(self) -> Key | None:
        """Return a key that is due and mark it running; None if none is due."""
        now, due = self._clock(), self._schedule.next_due()
        key = self._schedule.take(now)
        if key is not None:
            self._observer.taken(now - due)
        return key

    async def _next(self) -> Key | None:
        while not self._stopping:
            if (key := self.take()) is not None:
                return key
            self._changed.clear()
            wait_s = self._schedule.next_due() - self._clock()
            with suppress(TimeoutError):
                async with asyncio.timeout(None if wait_s == float("inf") else max(0.0, wait_s)):
                    await self._changed.wait()
        return None

    def _back_off(self, key: Key) -> float:
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        ceiling = min(BACK_OFF_MOST_S, BACK_OFF_FIRST_S * 2 ** min(failures, 20))
        return self._uniform(ceiling / 2, ceiling)
