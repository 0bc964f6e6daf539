"""Pure: what the watches have shown, and how often one had to begin from the start."""

from collections.abc import Iterator
from typing import Final

LIST_GAP_S: Final = 5.0
"""Two objects listed further apart belong to two lists: the pages of one follow each other at once."""
LISTED_AGAIN: Final = "listed_again"
"""The only reason that can be told: kopf says of an object that it was listed, not why."""


class Watches:
    """Sightings by resource."""

    def __init__(self) -> None:
        self.restarts = 0
        self._last: dict[str, float] = {}
        self._listed: dict[str, float] = {}

    def saw(self, resource: str, *, listed: bool, now: float, wall: float) -> None:
        """Take note of an object.

        Args:
            resource: As `pods`.
            listed: Whether a list showed it, and not a change of it.
            now: Monotonic seconds.
            wall: Seconds since 1970.
        """
        self._last[resource] = wall
        if listed:
            self.restarts += now - self._listed.get(resource, now) > LIST_GAP_S
            self._listed[resource] = now

    def last(self) -> Iterator[tuple[tuple[str, ...], float]]:
        """Return when each resource was last seen, in seconds since 1970."""
        for resource, wall in self._last.items():
            yield (resource,), wall
