"""Who wants the client built anew, and what the session makes of it: pure but for the clock that it is given."""

import asyncio
from collections import deque
from enum import StrEnum
from typing import Final


class Why(StrEnum):
    """A reason to leave the group and join it again with a new client."""

    FENCED = "fenced"
    """A newer owner of a partition shut us out: only a newer assignment may begin there again."""
    READS_FAIL = "reads fail"
    """Polls have failed for a while: some failures of a client never heal."""
    STALLED = "stalled"
    """A lane stands still that has no reason to."""
    CREDENTIALS = "credentials changed"
    """What proves who we are has been replaced."""
    REQUESTED = "requested"
    """A person asked for it."""


REPEATS: Final = 2
"""So many of one kind within the patience are no accident."""


class Rejoining:
    """Collects what asks for a new client."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._asked = asyncio.Event()
        self._whys: list[Why] = []
        self._past: dict[Why, deque[float]] = {why: deque(maxlen=REPEATS) for why in Why}

    def ask(self, why: Why) -> None:
        """Ask for a new client; several that ask at once get one."""
        if why not in self._whys:
            self._whys.append(why)
        self._asked.set()

    def forget(self) -> list[Why]:
        """Drop what was asked of the former client, and return it."""
        whys, self._whys = self._whys, []
        self._asked.clear()
        return whys

    async def asked(self) -> Why:
        """Return why, once somebody asks; the next call waits for the next."""
        await self._asked.wait()
        self._asked.clear()
        why, self._whys = self._whys[0], []
        return why

    def is_repeated(self, why: Why, now: float) -> bool:
        """Count one more of a kind, at `now` in monotonic seconds; tell whether there was one not long before."""
        past = self._past[why]
        past.append(now)
        return len(past) == REPEATS and now - past[0] < self._patience_s
