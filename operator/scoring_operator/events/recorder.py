"""Takes Events at once and writes them by and by. None of it may hold up, or end, a reconcile.

What the limits refuse, what does not fit into the queue and what the cluster does not take is dropped.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Final

import structlog

from scoring_operator.errors import OperatorError
from scoring_operator.events.event import Event
from scoring_operator.events.limits import About, Limits, Occurrence
from scoring_operator.facts import Key, Manifest

QUEUED: Final = 256
"""Events that wait to be written."""

Write = Callable[[Occurrence], Awaitable[None]]
"""Writes one; may raise any `OperatorError`."""

log = structlog.get_logger(__name__)


class Recorder:
    """The Events of one leader."""

    def __init__(
        self,
        write: Write,
        clock: Callable[[], float] = monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._write = write
        self._clock = clock
        self._wall = wall
        self._limits = Limits()
        self._waiting = deque[Occurrence]()
        self._arrived = asyncio.Event()
        self._stopping = False
        self._is_failing = False
        self.written = 0
        self.dropped = 0
        """What was lost on the way; what the limits refuse is not among it."""

    def note(self, pipeline: Manifest, event: Event) -> None:
        """Take an Event about a pipeline as stored. Never waits, never raises."""
        meta = pipeline["metadata"]
        log.info("event", severity=event.severity, reason=event.reason, note=event.note)
        about = About(Key(meta["namespace"], meta["name"]), meta["uid"])
        occurrence = self._limits.admit(about, event, self._clock(), self._wall())
        if occurrence is None:
            return
        if len(self._waiting) >= QUEUED:
            self.dropped += 1
            return
        self._waiting.append(occurrence)
        self._arrived.set()

    def stop(self) -> None:
        """Let `work` return once what waits is written."""
        self._stopping = True
        self._arrived.set()

    async def work(self) -> None:
        """Write what arrives, one after the other, until stopped."""
        while self._waiting or not self._stopping:
            if not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            await self._try(self._waiting.popleft())

    async def _try(self, occurrence: Occurrence) -> None:
        try:
            await self._write(occurrence)
        except OperatorError as error:
            self.dropped += 1
            if not self._is_failing:  # once, not once for each: nobody may write Events, or the cluster is away
                log.warning("events are not written", error=str(error))
            self._is_failing = True
        else:
            self.written += 1
            self._is_failing = False
