"""The failure budget of one lane: how many of the records of the last while may fail. Pure but for the given clock.

A bad revision, or a producer that changed its format, would otherwise pour a whole topic into the failures. Whether a
batch may be written is asked before its delivery; nothing of one that may not is written.
"""

from collections import deque
from collections.abc import Collection, Mapping

from scoring_service.contract.startup import StartupFailureBudget

JUDGED_RECORDS = 100
"""Fewer records in the window say nothing: one bad record of one would be all of them."""


class FailureBudget:
    """Counts a sliding window; without limits it allows everything."""

    def __init__(self, limits: StartupFailureBudget | None) -> None:
        self._limits = limits
        self._past: deque[tuple[float, int, int]] = deque()
        self._is_forgiven = False

    def refusal(self, records: int, rejected: Mapping[str, int], now: float) -> str:
        """Return why a batch must not be written, or nothing.

        Args:
            records: Of the batch.
            rejected: Its failures by reason.
            now: Monotonic seconds.
        """
        if self._limits is None or self._is_forgiven:
            return ""
        self._forget(now)
        total = records + sum(past for _, past, _ in self._past)
        failed = _counted(rejected, self._limits.reasons) + sum(failed for _, _, failed in self._past)
        if total < JUDGED_RECORDS or failed * 100 <= self._limits.percent * total:
            return ""
        return (
            f"{failed} of {total} records within {self._limits.window_ms / 1000:g} s would fail, "
            f"more than {self._limits.percent:g} %"
        )

    def spend(self, records: int, rejected: Mapping[str, int], now: float) -> None:
        """Count a delivered batch."""
        if self._limits is not None:
            self._is_forgiven = False
            self._past.append((now, records, _counted(rejected, self._limits.reasons)))

    def forgive(self) -> None:
        """Let the next batch pass and begin a new window: a person has seen it."""
        self._past.clear()
        self._is_forgiven = True

    def _forget(self, now: float) -> None:
        assert self._limits is not None  # noqa: S101 - asked by its only caller
        while self._past and self._past[0][0] < now - self._limits.window_ms / 1000:
            self._past.popleft()


def _counted(rejected: Mapping[str, int], reasons: Collection[str]) -> int:
    return sum(count for reason, count in rejected.items() if not reasons or reason in reasons)
