"""One stretch of leading: whoever writes asks it first. Once its time has run out it is over for good."""

import asyncio
import sys
import time
from collections.abc import Callable
from math import inf

from scoring_operator.errors import NotLeading

Clock = Callable[[], float]
"""Returns the present in monotonic seconds."""


def elapsed_s() -> float:
    """Return monotonic seconds; on Linux those count in which the machine slept, as they do for the others."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.monotonic()


class Term:
    """The right to write until `until`, unless it is extended in time."""

    def __init__(self, until: float, clock: Clock = elapsed_s) -> None:
        self.ended = asyncio.Event()
        self._until = until
        self._clock = clock

    def extend(self, until: float) -> None:
        """Let it last until `until`; a term that is over stays over."""
        if self.left_s() > 0:
            self._until = until

    def end(self) -> None:
        """Let it be over."""
        self._until = -inf
        self.ended.set()

    def left_s(self) -> float:
        """Return the seconds that are left; 0 or less once it is over."""
        return self._until - self._clock()

    def check(self) -> None:
        """Pass while it lasts.

        Raises:
            NotLeading: It is over.
        """
        if self.left_s() <= 0:
            raise NotLeading
