"""Polls, and hands records to their lanes. Never stops polling: the group would take silence for death."""

import asyncio
from collections.abc import Mapping, Sequence
from time import monotonic

from scoring_service.errors import PositionOutOfRange, StreamMisconfigured, StreamUnavailable
from scoring_service.stream.ports import Consumer, Record
from scoring_service.worker.membership import Membership
from scoring_service.worker.pace import pause_s
from scoring_service.worker.rejoining import Rejoining, Why
from scoring_service.worker.timing import Timing
from scoring_service.worker.trouble import Request, Trouble

MAX_RECORDS_PER_POLL = 2000


class Reader:
    """The polling side of a worker."""

    def __init__(  # noqa: PLR0913, RUF100 - wired once, in worker.py
        self,
        consumer: Consumer,
        membership: Membership,
        rejoining: Rejoining,
        trouble: Trouble,
        timing: Timing,
        max_latency_s: float,
    ) -> None:
        self._consumer = consumer
        self._membership = membership
        self._rejoining = rejoining
        self._trouble = trouble
        self._timing = timing
        self._max_latency_s = max_latency_s
        self._failing_since: float | None = None
        self._attempt = 0

    async def run(self) -> None:
        """Read for ever."""
        while True:
            began = monotonic()
            epoch = self._membership.epoch
            taken = self._membership.accept(epoch, await self._poll())
            await asyncio.sleep(pause_s(taken, monotonic() - began, self._max_latency_s))

    async def _poll(self) -> Mapping[int, Sequence[Record]]:
        """Return what a poll brings; nothing after a failure, once its back-off has passed."""
        try:
            polled = await self._consumer.poll(self._timing.poll_s, MAX_RECORDS_PER_POLL)
        except PositionOutOfRange as error:
            self._membership.reread()
            await self._relocate(error)
        except (StreamUnavailable, StreamMisconfigured) as error:
            self._membership.reread()
            await self._failed(error)
        else:
            if self._attempt:
                self._trouble.clear(Request.READ)
            self._failing_since, self._attempt = None, 0
            return polled
        return {}

    async def _relocate(self, error: PositionOutOfRange) -> None:
        try:
            await self._membership.relocate(error.partitions)
        except (StreamUnavailable, StreamMisconfigured) as further:
            await self._failed(further)

    async def _failed(self, error: StreamUnavailable | StreamMisconfigured) -> None:
        self._trouble.note(Request.READ, error)
        self._failing_since = self._failing_since or monotonic()
        await asyncio.sleep(self._timing.retry_s(self._attempt))
        self._attempt += 1
        if monotonic() - self._failing_since >= self._timing.rejoin_after_s:
            if isinstance(error, StreamMisconfigured):
                self._membership.has_joined = False  # an outage is no reason to be unready, a refusal is
            self._rejoining.ask(Why.READS_FAIL)
            self._failing_since = None
