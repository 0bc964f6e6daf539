"""Golden cases on the very scorer that would serve, off the event loop and bounded in time."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Final

from scoring_service.contract.golden_cases import GoldenCase, broken
from scoring_service.errors import CaseMissed
from scoring_service.golden import SECONDS, Miss, first_miss
from scoring_service.revision.serving import Serving

CUT_S: Final = 5 * SECONDS
"""Seconds of the wall clock after which a scorer that does not come back is given up: its thread is left behind."""


async def verify(serving: Serving, cases: Sequence[GoldenCase]) -> None:
    """Return if a revision passes its cases.

    Raises:
        CaseMissed: It misses one, takes too long over them, or they are no cases.
    """
    for path, rule in broken(cases):  # whoever can write the ConfigMap can write anything into it
        raise CaseMissed(cases[0].name, f"goldenCases{path}: {rule}")
    if not cases:
        return
    try:
        async with asyncio.timeout(CUT_S):
            miss = await _in_its_own_thread(serving, cases)
    except TimeoutError:
        raise CaseMissed(cases[0].name, f"golden cases: expected an end within {SECONDS:g} s, came none") from None
    if miss is not None:
        raise CaseMissed(miss.case, str(miss))


async def _in_its_own_thread(serving: Serving, cases: Sequence[GoldenCase]) -> Miss | None:
    """Return the first miss. A thread of a pool would keep the process from ending if it never came back."""
    answer: Future[Miss | None] = Future()
    answer.set_running_or_notify_cancel()

    def work() -> None:
        answer.set_result(first_miss(serving.scorer, serving.batches, cases))

    threading.Thread(target=work, name="golden cases", daemon=True).start()
    return await asyncio.wrap_future(answer)
