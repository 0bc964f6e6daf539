"""What a leader reconciles with, new for each term: all that it writes asks that term first."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from scoring_operator.cluster.guarded import GuardedCluster, in_time
from scoring_operator.cluster.port import Cluster
from scoring_operator.config import OperatorConfig
from scoring_operator.election.term import Term
from scoring_operator.events.limits import Occurrence
from scoring_operator.events.recorder import Recorder, Write
from scoring_operator.look import Clocks
from scoring_operator.realise import Drifted
from scoring_operator.reconcile import ReadFleet, Reconciler, Scaled

LAST_EVENTS_S: Final = 1.0
"""Seconds that Events which still wait may take to be written."""


class Reconcilers:
    """Makes a reconciler for each term, and says what the present one leaves alone."""

    def __init__(
        self,
        cluster: Cluster,
        fleet: ReadFleet,
        events: Write,
        config: OperatorConfig,
        clocks: Clocks,
        drifted: Drifted,
        scaled: Scaled,
    ) -> None:
        self._cluster, self._fleet, self._events = cluster, fleet, events
        self._config, self._clocks, self._drifted, self._scaled = config, clocks, drifted, scaled
        self._present: Reconciler | None = None

    @asynccontextmanager
    async def begin(self, term: Term) -> AsyncIterator[Reconciler]:
        """Yield a reconciler that writes while `term` lasts; Events that wait at the end have a moment."""
        recorder = Recorder(lambda occurrence: self._write(term, occurrence), self._clocks.monotonic, self._clocks.wall)
        self._present = Reconciler(
            GuardedCluster(self._cluster, term),
            self._fleet,
            self._config.workers,
            self._clocks,
            live_refresh=self._config.live_refresh,
            controller=self._config.controller,
            note=recorder.note,
            drifted=self._drifted,
            scaled=self._scaled,
        )
        recording = asyncio.create_task(recorder.work())
        try:
            yield self._present
        finally:
            self._present = None
            recorder.stop()
            await asyncio.wait([recording], timeout=LAST_EVENTS_S)
            recording.cancel()

    def paused(self) -> int:
        """Return how many pipelines a person has paused."""
        return 0 if self._present is None else self._present.paused()

    def foreign(self) -> int:
        """Return how many pipelines are left to another release."""
        return 0 if self._present is None else self._present.foreign()

    async def _write(self, term: Term, occurrence: Occurrence) -> None:
        async with in_time(term):
            await self._events(occurrence)
