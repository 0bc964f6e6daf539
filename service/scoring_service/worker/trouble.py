"""What is wrong outside, by the request that shows it: one that succeeds says nothing of the others.

Logged when it changes and not each time it repeats.
"""

from collections import Counter
from collections.abc import Collection
from enum import StrEnum

import structlog

from scoring_service.errors import ServiceError, StreamUnavailable

MAX_MESSAGE = 256

log = structlog.get_logger(__name__)


class Request(StrEnum):
    """What a worker asks of the brokers."""

    JOIN = "join"
    START = "start"
    READ = "read"
    LAG = "lag"
    LEADERS = "leaders"
    OUTPUTS = "outputs"
    DELIVER = "deliver"
    COMMIT = "commit"
    FENCE = "fence"
    STALL = "stall"
    CREDENTIALS = "credentials"
    PERMISSIONS = "permissions"


class Trouble:
    """The latest error of each request that has not succeeded since."""

    def __init__(self) -> None:
        self._open: dict[Request, str] = {}
        self._kinds: dict[Request, type[ServiceError]] = {}
        self._repeats: Counter[Request] = Counter()
        self.brokers_answer = True
        """Whether the brokers answered lately: what fails then has a trouble of its own."""

    @property
    def latest(self) -> str:
        """The error that came last, at most 256 characters; empty if nothing is wrong."""
        return next(reversed(self._open.values()), "")

    def message(self, request: Request) -> str:
        """Return what is wrong with a request; empty if nothing is."""
        return self._open.get(request, "")

    def is_open(self, request: Request, kind: type[ServiceError]) -> bool:
        """Say whether a request fails with an error of this kind."""
        return request in self._open and issubclass(self._kinds[request], kind)

    def note(self, request: Request, error: ServiceError) -> None:
        """Remember an error; log it if it is news."""
        message = str(error)[:MAX_MESSAGE]
        self._kinds[request] = type(error)
        if message == self._open.get(request):
            self._repeats[request] += 1
            return
        log.warning("stream trouble", request=request.value, error=message, kind=type(error).__name__)
        self._open.pop(request, None)
        self._open[request] = message

    def clear(self, *requests: Request) -> None:
        """Say that these succeed again."""
        for request in requests:
            if message := self._open.pop(request, ""):
                repeats = self._repeats.pop(request, 0)
                log.info("stream trouble over", request=request.value, error=message, repeats=repeats)

    def without_leader(self, request: Request, partitions: Collection[int], topic: str) -> None:
        """Note partitions whose ends nobody tells; none is well."""
        if partitions:
            message = f"partitions {sorted(partitions)} of {topic} have no leader that answers"
            self.note(request, StreamUnavailable(message))
        else:
            self.clear(request)
