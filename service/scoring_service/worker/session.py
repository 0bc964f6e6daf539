"""One stay in the group after another: join, read until something asks for a new client, drain, leave, join again.

Nothing of it ends the process but a stall that a new client has not mended.
"""

import asyncio
from time import monotonic

import structlog

from scoring_service.contract.worker_status import HeldReason
from scoring_service.errors import Stalled, StreamMisconfigured, StreamUnavailable
from scoring_service.stream.ports import Consumer, Producer
from scoring_service.worker.forever import forever
from scoring_service.worker.membership import Membership
from scoring_service.worker.reading import Reader
from scoring_service.worker.rejoining import Rejoining, Why
from scoring_service.worker.timing import Timing
from scoring_service.worker.trouble import Request, Trouble

log = structlog.get_logger(__name__)


class Session:
    """Keeps a worker in its group."""

    def __init__(  # noqa: PLR0913, RUF100 - wired once, in worker.py
        self,
        consumer: Consumer,
        producer: Producer,
        membership: Membership,
        reader: Reader,
        rejoining: Rejoining,
        trouble: Trouble,
        timing: Timing,
    ) -> None:
        self._consumer = consumer
        self._producer = producer
        self._membership = membership
        self._reader = reader
        self._rejoining = rejoining
        self._trouble = trouble
        self._timing = timing
        self.held: HeldReason | None = None
        """Why the worker stays out of the group for now."""

    async def run(self) -> None:
        """Be a member for ever.

        Raises:
            Stalled: A lane stood still, and again soon after the client was built anew.
        """
        while True:
            await self._join()
            why = await self._stay()
            log.warning("joining the group anew", why=why.value)
            is_repeated = self._rejoining.is_repeated(why, monotonic())
            if why is Why.STALLED and is_repeated:
                raise Stalled("a partition makes no progress, and a new client has not helped")
            await self._part()
            if why is Why.FENCED and is_repeated:
                await self._stay_out()

    async def _join(self) -> None:
        """Join the group, however long that takes."""
        attempt = 0
        while True:
            if Why.CREDENTIALS in self._rejoining.forget():
                self._producer.renew()
            try:
                await self._consumer.join(self._membership)
            except (StreamUnavailable, StreamMisconfigured) as error:
                self._trouble.note(Request.JOIN, error)
            else:
                self._trouble.clear(Request.JOIN)
                return
            await asyncio.sleep(self._timing.retry_s(attempt))
            attempt += 1

    async def _stay(self) -> Why:
        """Read until a new client is asked for; return why. A defect of the reader ends it as well."""
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(forever(self._reader.run()))
            why = await self._rejoining.asked()
            reading.cancel()
        return why

    async def _part(self) -> None:
        """Drain and leave; outputs go through new clients as well."""
        await self._membership.on_revoked(self._membership.lanes)
        await self._consumer.close()
        self._producer.renew()

    async def _stay_out(self) -> None:
        """Leave the partitions to whoever fenced us twice: joining again at once would be a fight."""
        self.held = HeldReason.PRODUCER_FENCED
        self._membership.has_joined = False
        log.error("fenced twice: staying out of the group", for_s=self._timing.patience_s)
        await asyncio.sleep(self._timing.patience_s)
        self.held = None
