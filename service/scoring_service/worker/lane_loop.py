"""The loop of one lane: the delivery promise.

A record is consumed for good only when its output is durable: `deliver` returns then, and the position moves past the
batch. Whoever dies before that leaves the records to the next owner.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol

from scoring_service.codec import ScoredBatch
from scoring_service.revision import Seen
from scoring_service.scorers.base import State
from scoring_service.worker.buffer import Batch
from scoring_service.worker.lane import Lane

Score = Callable[[int, Batch, State], Awaitable[ScoredBatch]]


class Releases(Protocol):
    """What may make a kept batch affordable."""

    def seen(self) -> Seen:
        """Return what there is to be scored by now: taken before a batch is scored, so that nothing is missed."""
        ...

    async def until_release(self, seen: Seen) -> bool:
        """Return once another revision serves than `seen` (False), or a person says to go on (True)."""
        ...


class Attempt(NamedTuple):
    """A batch that is scored and not yet delivered."""

    batch: Batch
    scored: ScoredBatch
    seen: Seen
    """What there was to be scored by."""


async def run(lane: Lane, score: Score, releases: Releases) -> None:
    """Score and deliver the records of a lane, batch by batch, until it is closed.

    The next batch is scored while one is delivered, from the state that this one leaves. If it is not delivered after
    all, the lane ends, and what was scored ahead goes with it.
    """
    async for batch in lane.rewound():
        lane.scorer_state = (await score(lane.partition, batch, lane.scorer_state)).state
    ahead = asyncio.create_task(_scored(lane, score, releases, lane.scorer_state))
    try:
        while (attempt := await ahead) is not None:
            if (attempt := await _affordable(lane, score, releases, attempt)) is None:
                return  # the next owner will have the batch
            ahead = asyncio.create_task(_scored(lane, score, releases, attempt.scored.state))
            await lane.deliver(attempt.batch, attempt.scored)
            lane.scorer_state = attempt.scored.state  # current only when delivered
    finally:
        ahead.cancel()


async def _scored(lane: Lane, score: Score, releases: Releases, state: State) -> Attempt | None:
    """Return the lane's next batch with its scores; None once the lane is closed."""
    batch = await lane.take()
    if batch is None:
        return None
    seen = releases.seen()
    return Attempt(batch, await score(lane.partition, batch, state), seen)


async def _affordable(lane: Lane, score: Score, releases: Releases, attempt: Attempt) -> Attempt | None:
    """Return the batch with failures that may be written, however long that takes; None if the lane is closed first."""
    batch, scored, seen = attempt
    while not lane.affords(batch, scored):
        if lane.standing.is_leaving:
            return None
        if await releases.until_release(seen):
            lane.forgive()
        seen = releases.seen()
        scored = await score(lane.partition, batch, lane.scorer_state)
    return Attempt(batch, scored, seen)
