"""A histogram that takes a whole batch of values at a time: one bisection per bucket instead of one call per value."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence


class Distribution:
    """Counts of values at or below each edge, and their sum."""

    def __init__(self, edges: Sequence[float]) -> None:
        self.edges = tuple(edges)
        self._counts = [0] * len(self.edges)
        self.total = 0
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Count one value."""
        self.observe_sorted((value,))

    def observe_sorted(self, values: Sequence[float]) -> None:
        """Count many values, in ascending order."""
        for place, edge in enumerate(self.edges):
            self._counts[place] += bisect_right(values, edge)
        self.total += len(values)
        self.sum += sum(values)

    def observe_ages(self, written_ms: Sequence[int], now_ms: float) -> int:
        """Count the seconds from many moments, in ascending order, to now; return how many lie in the future.

        Those count as now.
        """
        for place, edge in enumerate(self.edges):
            self._counts[place] += len(written_ms) - bisect_left(written_ms, now_ms - 1000 * edge)
        self.total += len(written_ms)
        past = bisect_right(written_ms, now_ms)
        self.sum += (past * now_ms - sum(written_ms[:past])) / 1000
        return len(written_ms) - past

    def buckets(self) -> Iterator[tuple[float, int]]:
        """Yield each edge with the number of values at or below it."""
        return zip(self.edges, self._counts, strict=True)
