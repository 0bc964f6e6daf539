"""Pure: whether what the API server answers comes through the watch as well.

The leader writes the Lease every two seconds and the others read it, so every process knows what its watch owes it. A
quiet cluster owes nothing, and neither does an API server that does not answer.
"""

from typing import NamedTuple


class Owed(NamedTuple):
    """A version that was heard of, and when, in monotonic seconds."""

    version: int
    at: float


class Canary:
    """Versions of one object, as answers and the watch tell them."""

    def __init__(self) -> None:
        self._shown = 0
        self._oldest: Owed | None = None
        self._newest = Owed(0, 0.0)

    def heard(self, version: int, now: float) -> None:
        """Take note of a version that was read or written."""
        if version <= self._shown:
            return
        self._newest = Owed(version, now)
        self._oldest = self._oldest or self._newest

    def shown(self, version: int) -> None:
        """Take note of a version that came through the watch."""
        self._shown = max(self._shown, version)
        if self._oldest is not None and self._oldest.version <= self._shown:
            self._oldest = self._newest if self._newest.version > self._shown else None

    def late_s(self, now: float) -> float:
        """Return for how long the watch has owed a version; 0 if it owes none."""
        return 0.0 if self._oldest is None else now - self._oldest.at
