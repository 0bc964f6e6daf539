"""The shell of an election: asks and writes the Lease as the rule says, and begins and ends terms."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import structlog

from scoring_operator.election.port import Lease
from scoring_operator.election.record import Seen, Terms
from scoring_operator.election.rule import Claim, Election, Read, Rest
from scoring_operator.election.term import Clock, Term, elapsed_s
from scoring_operator.errors import ClusterUnavailable, Conflict, InvalidManifest, OperatorError

NO_ANSWER: Final = "no answer in time"

log = structlog.get_logger(__name__)


class Candidate:
    """One process that stands for election."""

    def __init__(
        self,
        lease: Lease,
        identity: str,
        terms: Terms | None = None,
        *,
        clock: Clock = elapsed_s,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        heard: Callable[[Seen], None] = lambda _: None,
    ) -> None:
        """Stand as `identity`, which no other process may have; `heard` is told what the API server answers."""
        self.term: Term | None = None
        """The present one; None while another process leads, or none."""
        self.transitions = 0
        """Changes of the holder that this process has seen."""
        self._lease, self._clock, self._wall, self._heard = lease, clock, wall, heard
        self._election = Election(identity, terms or Terms())
        self._holder = ""
        self._trouble = ""
        self._news, self._elected = asyncio.Event(), asyncio.Event()

    def watched(self, seen: Seen) -> None:
        """Take note of what a watch shows of the Lease."""
        now = self._clock()
        self._election.watched(seen, now)
        self._follow(now)  # if another leads, not only when a request of ours has been answered
        self._news.set()

    def gone(self) -> None:
        """Take note that a watch shows the Lease deleted."""
        self._election.gone(self._clock())
        self._news.set()

    async def keep(self) -> None:
        """Stand for election, and renew while elected, until cancelled."""
        while True:
            self._news.clear()
            now = self._clock()
            step = self._election.step(now, self._wall())
            self._follow(now)
            if isinstance(step, Rest):
                with suppress(TimeoutError):
                    async with asyncio.timeout(step.until - now):
                        await self._news.wait()
            else:
                await self._ask(step, now)

    async def elected(self) -> Term:
        """Return the next term once it has begun."""
        while self.term is None:
            self._elected.clear()
            await self._elected.wait()
        return self.term

    async def release(self) -> None:
        """End the term and give the Lease back, so that a successor need not wait until it runs out."""
        try:
            async with asyncio.timeout(self._election.terms.answer_s):
                await self._give_back()
        except (OperatorError, TimeoutError) as error:
            log.warning("lease not released: a successor waits until it runs out", error=str(error) or NO_ANSWER)

    async def _give_back(self) -> None:
        claim = self._election.released(self._wall())
        self._follow(self._clock())
        if claim is None:
            return
        try:
            await self._lease.write(claim.record, claim.version)
        except Conflict:  # a renewal was under way, and got through
            self._election.read(await self._lease.read(), self._clock())
            claim = self._election.released(self._wall())
            if claim is None:
                return
            await self._lease.write(claim.record, claim.version)
        log.info("lease released")

    async def _ask(self, step: Read | Claim, now: float) -> None:
        try:
            async with asyncio.timeout(self._election.patience_s(now)):
                seen = await self._asked(step, now)
        except Conflict:
            self._election.refused(self._clock())
            return
        except (ClusterUnavailable, InvalidManifest, TimeoutError) as error:
            self._election.failed(self._clock())
            self._say(str(error) or NO_ANSWER)
            return
        self._say("")
        if seen is not None:
            self._heard(seen)

    async def _asked(self, step: Read | Claim, now: float) -> Seen | None:
        if isinstance(step, Claim):
            won = await self._lease.write(step.record, step.version)
            self._election.won(won, now)
            return won
        seen = await self._lease.read()
        self._election.read(seen, self._clock())
        return seen

    def _follow(self, now: float) -> None:
        """Begin, extend or end the term as the rule says."""
        until, holder = self._election.leads_until(now), self._election.record.holder
        if holder and holder != self._holder:
            self.transitions += bool(self._holder)
            self._holder = holder
            log.info("lease held", holder=holder)
        if self.term is None and until > now:
            self.term = Term(until, self._clock)
            self._elected.set()
            log.info("leading", holder=holder)
        elif self.term is not None and (until <= now or self.term.left_s() <= 0):
            self.term.end()
            self.term = None
            log.info("no longer leading", holder=holder)
        elif self.term is not None:
            self.term.extend(until)

    def _say(self, trouble: str) -> None:
        """Log what keeps the Lease from being asked or written, once for each change of it."""
        if trouble and not self._trouble:
            log.warning("the lease cannot be read or written", error=trouble)
        elif self._trouble and not trouble:
            log.info("the lease can be read and written again")
        self._trouble = trouble
