"""Watches that lie, end or say nothing: what was missed is found, by itself and soon."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import pytest

from faults.extent import extent
from faults.results import Row
from harness.api_faults import Do, EventRule, OfEvents, Rule, lists, watches
from harness.operated import value
from harness.stage import until
from operator_faults.hurt import Hurt

pytestmark = [pytest.mark.apiserver, pytest.mark.timeout(900)]

WITHIN_S: Final = 90.0
SERVICE: Final = "v1/services/wallets"
Cut = Callable[[Hurt], Awaitable[None]]


async def gone_event(hurt: Hurt) -> None:
    await hurt.proxy.end_watches(410)


async def gone_answer(hurt: Hurt) -> None:
    hurt.proxy.faults.rules.append(Rule(Do.ANSWER, watches, status=410, times=10))
    hurt.proxy.cut_watches()


async def error_event(hurt: Hurt) -> None:
    await hurt.proxy.end_watches(500)


async def too_many(hurt: Hurt) -> None:
    hurt.proxy.faults.rules.append(Rule(Do.ANSWER, watches, status=429, retry_after_s=1, times=20))
    hurt.proxy.cut_watches()


async def stale_list(hurt: Hurt) -> None:
    hurt.proxy.faults.rules.append(Rule(Do.STALE, lists, times=10))
    await hurt.proxy.end_watches(410)


CUTS: Final[dict[str, Cut]] = {
    "410 inside the watch": gone_event,
    "410 at its start": gone_answer,
    "500 inside the watch": error_event,
    "429 at its start": too_many,
    "a stale list": stale_list,
}


async def test_what_is_deleted_while_watches_are_cut_off_comes_back(hurt: Hurt, row: Row) -> None:
    """Row 22. A list shows what is there, and says nothing of what is gone."""
    operator = await hurt.begin()
    pods = await hurt.uids()
    async with hurt.watched():
        for cut, act in CUTS.items():
            hurt.proxy.faults.events.append(EventRule(OfEvents.DROP))
            await hurt.delete(SERVICE)
            await asyncio.sleep(0.5)
            hurt.proxy.faults.events.clear()
            cut_at = time.monotonic()
            await act(hurt)
            recovery_s = await hurt.recovered(cut_at, WITHIN_S)
            hurt.heal()
            row(22, cut=cut, recovery_s=recovery_s, bound_s=WITHIN_S)
        await hurt.rests(operator)

    hurt.told_the_truth(cut_at, WITHIN_S)
    assert await hurt.uids() == pods
    assert operator.code is None
    assert value(operator, "scoring_operator_watch_restarts_total") > 0


async def test_events_shown_twice_and_in_another_order_change_nothing(hurt: Hurt, row: Row) -> None:
    """Row 22."""
    operator = await hurt.begin()
    events = hurt.proxy.faults.events
    events += [EventRule(OfEvents.SWAP, share=0.3), EventRule(OfEvents.DOUBLE, share=0.7)]
    async with hurt.watched():
        for replicas, trading in ((3, 0.3), (1, 0.2), (2, 0.1)):
            await hurt.scale(replicas)
            await hurt.weigh(trading)
            await asyncio.sleep(extent(1.0, 5.0))
        changed_at = time.monotonic()
        recovery_s = await hurt.recovered(changed_at, WITHIN_S)
        hurt.heal()
        await hurt.rests(operator)

    row(22, events="doubled and swapped", recovery_s=recovery_s, bound_s=WITHIN_S)
    hurt.told_the_truth(changed_at, WITHIN_S)


@pytest.mark.skipif(extent(True, False), reason="it waits for 75 seconds of silence: FAULTS_LONG=1")
async def test_watches_that_fall_silent_are_begun_again(hurt: Hurt, row: Row) -> None:
    """Row 22. Without a word for longer than an API server is ever silent."""
    operator = await hurt.begin()
    async with hurt.watched():
        hurt.proxy.faults.events.append(EventRule(OfEvents.STALL, types=("ADDED", "MODIFIED", "DELETED", "BOOKMARK")))
        stalled_at = time.monotonic()
        await asyncio.sleep(3)
        await hurt.delete(SERVICE)

        async def is_late() -> bool:
            return value(operator, "scoring_operator_watch_late_seconds") > 5

        await until(is_late)
        hurt.proxy.faults.events.clear()
        recovery_s = await hurt.recovered(stalled_at, WITHIN_S)
        await hurt.rests(operator)

    row(22, watches="silent", recovery_s=recovery_s, bound_s=WITHIN_S)
    hurt.told_the_truth(stalled_at, WITHIN_S)


@pytest.mark.skipif(
    extent(True, False), reason="it waits for the next complete list, eleven minutes at most: FAULTS_LONG=1"
)
async def test_events_that_are_dropped_from_watches_that_live_on_are_found_by_the_next_list(
    hurt: Hurt, row: Row
) -> None:
    """Row 22. No API server does this to a watch that it does not cut: the net below is the resync."""
    await hurt.begin()
    hurt.proxy.faults.events.append(EventRule(OfEvents.DROP, types=("DELETED",)))
    dropped_at = time.monotonic()
    await hurt.delete(SERVICE)
    await asyncio.sleep(0.5)
    hurt.heal()

    row(22, events="dropped, no watch cut", recovery_s=await hurt.recovered(dropped_at, 700.0), bound_s=700.0)
