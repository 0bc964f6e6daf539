"""Pure: what the watches have shown, and how often one had to begin from the start."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

LISTED_AGAIN: Final = "listed_again"
"""The only reason that can be told: a list is seen, and not why it is asked for."""


class Watches:
    """Sightings by resource (`pods`)."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self._lists: Counter[str] = Counter()

    @property
    def restarts(self) -> int:
        """Lists beyond the first of each resource."""
        return self._lists.total() - len(self._lists)

    def saw(self, resource: str, wall: float) -> None:
        """Take note of an object that was seen at `wall`, in seconds since 1970."""
        self._last[resource] = wall

    def listed(self, resource: str) -> None:
        """Take note of a list."""
        self._lists[resource] += 1

    def last(self) -> Iterator[tuple[tuple[str, ...], float]]:
        """Return when each resource was last seen, in seconds since 1970."""
        for resource, wall in self._last.items():
            yield (resource,), wall
