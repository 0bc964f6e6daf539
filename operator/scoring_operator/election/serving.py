"""What goes on while a process stands for election: its work begins and ends with its terms.

A process that loses its Lease goes on as a standby, with its caches warm. Go's managers exit at this point, because a
goroutine cannot be ended from outside, and so every outage of the API server that outlives a Lease restarts them. A
task can be ended, and what it might still send asks a term that is over. Exiting is what is left for work that does
not end when told.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from scoring_operator.election.candidate import Candidate
from scoring_operator.election.term import Term

END_S: Final = 10.0
"""Seconds that a leader's work may take to end once its term is over."""

Lead = Callable[[Term, asyncio.Event], Awaitable[None]]
"""A leader's work: ends what it has begun and returns when the event is set, is cancelled when its term is over."""


class StillWorking(RuntimeError):
    """A leader's work went on after its term: the process must end."""


async def serve(candidate: Candidate, lead: Lead, stop: asyncio.Event) -> None:
    """Lead whenever elected, until `stop` is set; then end what was begun and give the Lease back.

    Raises:
        StillWorking: Work went on after its term.
    """
    keeping = asyncio.create_task(candidate.keep())
    stopped = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            elected = asyncio.create_task(candidate.elected())
            await asyncio.wait([stopped, keeping, elected], return_when=asyncio.FIRST_COMPLETED)
            if keeping.done():
                keeping.result()
            if elected.done() and not stop.is_set():
                await _lead(elected.result(), lead, stop, keeping)
            elected.cancel()
    finally:
        keeping.cancel()
        stopped.cancel()
        await asyncio.wait([keeping])
        await candidate.release()


async def _lead(term: Term, lead: Lead, stop: asyncio.Event, keeping: asyncio.Task[None]) -> None:
    """Work until told to stop, or until the term is over: then nothing that was begun is finished."""
    work = asyncio.ensure_future(lead(term, stop))
    over = asyncio.create_task(term.ended.wait())
    try:
        await asyncio.wait([work, over, keeping], return_when=asyncio.FIRST_COMPLETED)
    finally:
        over.cancel()
        if not work.done():
            work.cancel()
            await asyncio.wait([work], timeout=END_S)
    if not work.done():
        raise StillWorking
    if not work.cancelled():
        work.result()
