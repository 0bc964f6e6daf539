"""An API server that refuses, hangs, or is gone for a while: the operator waits, and then does what is to be done."""

import asyncio
import time
from typing import Final

import pytest

from faults.extent import extent
from faults.results import Row
from harness.api_faults import Do, Rule, writes
from harness.apiserver import Apiserver
from operator_faults.hurt import Hurt, eventually

pytestmark = [pytest.mark.apiserver, pytest.mark.timeout(900)]

WITHIN_S: Final = 60.0
STORMS: Final = {
    "503": Rule(Do.ANSWER, status=503),
    "500, half of all": Rule(Do.ANSWER, status=500, share=0.5),
    "429": Rule(Do.ANSWER, status=429, retry_after_s=2, share=0.7),
    "hangs of 30 s": Rule(Do.HANG, share=0.5),
    "resets": Rule(Do.RESET, share=0.5),
    "lost answers to writes": Rule(Do.FORGET, writes, share=0.5),
}
LASTS_S: Final = extent(5.0, 30.0)


async def test_refusals_of_every_kind_delay_and_harm_nothing(hurt: Hurt, row: Row) -> None:
    """Row 21. Watches are cut as well, so that all that an operator can ask for is refused."""
    operator = await hurt.begin()
    pods = await hurt.uids()
    async with hurt.watched():
        for number, (storm, rule) in enumerate(STORMS.items()):
            hurt.proxy.faults.rules.append(rule)
            hurt.proxy.cut_watches()
            await hurt.weigh(0.1 + number / 100)
            await asyncio.sleep(LASTS_S)
            healed_at = hurt.heal()
            recovery_s = await hurt.recovered(healed_at, WITHIN_S)
            row(21, storm=storm, recovery_s=recovery_s, bound_s=WITHIN_S)
        await hurt.rests(operator)

    hurt.told_the_truth(healed_at, WITHIN_S)
    assert operator.code is None
    assert await hurt.uids() == pods


async def test_refusals_that_outlast_all_tries_do_not_end_the_operator(hurt: Hurt, row: Row) -> None:
    """Row 21. Left to itself, kopf asks for a list for twelve seconds, and then ends."""
    operator = await hurt.begin()
    pods = await hurt.uids()
    hurt.proxy.faults.rules.append(Rule(Do.ANSWER, status=503))
    await hurt.proxy.end_watches(410)
    await asyncio.sleep(extent(16.0, 60.0))
    await hurt.weigh(0.2)
    healed_at = hurt.heal()
    recovery_s = await hurt.recovered(healed_at, WITHIN_S)
    await hurt.rests(operator)

    row(21, storm="503, longer than kopf asks", recovery_s=recovery_s, bound_s=WITHIN_S)
    assert operator.code is None
    assert await hurt.uids() == pods


async def test_an_api_server_that_is_restarted_is_waited_for(hurt: Hurt, server: Apiserver, row: Row) -> None:
    """Row 21."""
    operator = await hurt.begin()
    pods = await hurt.uids()
    holder = (await hurt.lease())["holderIdentity"]
    await asyncio.to_thread(server.tell, "stop-api")
    await asyncio.sleep(extent(5.0, 60.0))
    await asyncio.to_thread(server.tell, "up")
    returned_at = time.monotonic()
    await eventually(lambda: hurt.weigh(0.2))
    recovery_s = await hurt.recovered(returned_at, WITHIN_S)
    await hurt.rests(operator)

    row(21, server="restarted", recovery_s=recovery_s, bound_s=WITHIN_S)
    assert operator.code is None
    assert (await hurt.lease())["holderIdentity"] == holder
    assert await hurt.uids() == pods
