"""The checks one after the other: each is repeated until it holds, while there is time for all of them together."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Final

from scoring_operator.errors import OperatorError
from scoring_operator.verify.checks import INSTALLED, SCORING, Check
from scoring_operator.verify.port import Installation, Subject

LOOK_EVERY_S: Final = 1.0


def checks_of(subject: Subject) -> tuple[Check, ...]:
    """Return what is checked of a release."""
    return (*INSTALLED, SCORING) if subject.pipeline else INSTALLED


async def verified(
    release: Installation,
    subject: Subject,
    say: Callable[[str], None],
    *,
    within_s: float,
    every_s: float = LOOK_EVERY_S,
) -> bool:
    """Tell whether all checks hold within so many seconds; `say` gets a line for each, the last one why not."""
    end = monotonic() + within_s
    for check in checks_of(subject):
        why = await _failing(check, release, subject)
        while why and monotonic() < end:
            await asyncio.sleep(every_s)
            why = await _failing(check, release, subject)
        say(f"failed  {check.what}: {why}" if why else f"ok      {check.what}")
        if why:
            return False
    return True


async def _failing(check: Check, release: Installation, subject: Subject) -> str:
    try:
        return await check.failing(release, subject)
    except OperatorError as error:
        return str(error)
