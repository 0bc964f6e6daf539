"""The check at the start: a worker does not join a group while it could not do its work, and says what it lacks."""

import asyncio

from scoring_service.contract.acls import Missing, worker_acls
from scoring_service.contract.startup import Startup
from scoring_service.contract.worker_status import HeldReason
from scoring_service.errors import StreamMisconfigured, StreamUnavailable
from scoring_service.stream.ports import Inspector
from scoring_service.worker.timing import Timing
from scoring_service.worker.trouble import MAX_MESSAGE, Request, Trouble


class Permissions:
    """What of the table of ACLs the brokers do not grant."""

    def __init__(self, inspector: Inspector, startup: Startup, trouble: Trouble, timing: Timing) -> None:
        self._inspector = inspector
        self._needed = worker_acls(startup)
        self._trouble = trouble
        self._timing = timing
        self._missing: tuple[Missing, ...] = ()

    async def granted(self) -> None:
        """Return once nothing is missing; ask again until then."""
        attempt = 0
        while True:
            try:
                self._missing = await self._inspector.missing(self._needed)
            except (StreamUnavailable, StreamMisconfigured) as error:
                self._trouble.note(Request.PERMISSIONS, error)
            else:
                if not self._missing:
                    self._trouble.clear(Request.PERMISSIONS)
                    return
                self._trouble.note(Request.PERMISSIONS, StreamMisconfigured("; ".join(map(str, self._missing))))
            await asyncio.sleep(self._timing.retry_s(attempt))
            attempt += 1

    def held(self) -> tuple[HeldReason, str] | None:
        """Return why the worker stays out of the group, and what is missing; None while nothing is."""
        if not self._missing:
            return None
        denied = any(missing.exists for missing in self._missing)
        reason = HeldReason.NOT_AUTHORISED if denied else HeldReason.OUTPUT_UNAVAILABLE
        return reason, "; ".join(map(str, self._missing))[:MAX_MESSAGE]
