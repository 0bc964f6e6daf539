"""How late the event loop wakes up: whatever runs too long without waiting, or takes the processor away, shows here."""

import asyncio
from collections.abc import Callable
from typing import Final

EVERY_S: Final = 1.0


class LoopLag:
    """Measures the loop that it runs on."""

    def __init__(self, woke: Callable[[float], None]) -> None:
        """Tell `woke` of each measurement, in seconds."""
        self._woke = woke
        self._lag_s = 0.0
        self._due = float("inf")

    async def measure(self) -> None:
        """Measure once a second, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._due = loop.time() + EVERY_S
            await asyncio.sleep(EVERY_S)
            self._lag_s = max(0.0, loop.time() - self._due)
            self._woke(self._lag_s)

    def late_s(self, now: float) -> float:
        """Return how late the loop woke up last, or is by now, in seconds of the loop's clock."""
        return max(self._lag_s, now - self._due)
