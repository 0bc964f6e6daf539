"""The infrastructure's latest error, logged when it changes and not each time it repeats."""

from collections.abc import Iterable

import structlog

from scoring_service.errors import ServiceError, StreamUnavailable

MAX_MESSAGE = 256

log = structlog.get_logger(__name__)


class Trouble:
    """What is wrong outside, if anything."""

    def __init__(self) -> None:
        self.latest = ""
        """At most 256 characters; empty if nothing is wrong."""
        self._repeats = 0

    def note(self, error: ServiceError) -> None:
        """Remember an error; log it if it is news."""
        message = str(error)[:MAX_MESSAGE]
        if message == self.latest:
            self._repeats += 1
            return
        log.warning("stream trouble", error=message, kind=type(error).__name__)
        self.latest, self._repeats = message, 0

    def clear(self) -> None:
        """Say that all is well again."""
        if self.latest:
            log.info("stream trouble over", error=self.latest, repeats=self._repeats)
        self.latest, self._repeats = "", 0


def without_answer(partitions: Iterable[int], topic: str) -> StreamUnavailable:
    """Return the error for partitions whose ends nobody tells."""
    return StreamUnavailable(f"partitions {sorted(partitions)} of {topic} have no leader that answers")
