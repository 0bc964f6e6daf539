"""A revision whose baseline stands in for its model: the model is tried again, until it is there."""

import asyncio
from time import monotonic
from typing import Final

from scoring_service.revision.building import Builder
from scoring_service.revision.serving import Serving

FIRST_S: Final = 5.0
LONGEST_S: Final = 300.0


class Completing:
    """Tries again beside everything else, less and less often."""

    def __init__(self, builder: Builder, first_s: float = FIRST_S) -> None:
        self._builder = builder
        self._first_s = first_s
        self._revision = ""
        """What waits for its model; empty if nothing does."""
        self._task: asyncio.Task[Serving] | None = None
        self._pause_s = first_s
        self._next_at = 0.0

    def of(self, current: Serving | None) -> Serving | None:
        """Return what serves now with its model, once that has come; begins another try when it is time."""
        if current is None or not current.lacks_model:
            self._forget()
            return None
        if self._revision != current.revision:
            self._forget()
            self._revision, self._next_at = current.revision, monotonic() + self._pause_s
        if self._task is None:
            if monotonic() >= self._next_at:
                self._task = asyncio.create_task(self._builder.completed(current))
            return None
        return self._result() if self._task.done() else None

    def _result(self) -> Serving | None:
        assert self._task is not None  # noqa: S101 - asked when it is done
        found, self._task = self._task.result(), None
        if found.lacks_model:
            self._pause_s = min(LONGEST_S, 2 * self._pause_s)
            self._next_at = monotonic() + self._pause_s
            return None
        self._forget()
        return found

    def _forget(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._revision, self._task, self._pause_s = "", None, self._first_s
