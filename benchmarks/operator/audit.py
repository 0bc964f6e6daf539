"""What an operator asked of the API server, as that has logged it: not as the operator counts it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

WRITES: Final = ("create", "update", "patch", "delete", "deletecollection")
LEASES: Final = "leases"


class Request(NamedTuple):
    """One answered request."""

    verb: str
    resource: str
    """Plural, with the subresource: `pods`, `scoringpipelines/status`."""
    code: int

    @property
    def is_write(self) -> bool:
        """Whether it asked for a change."""
        return self.verb in WRITES


LONGEST_LINE: Final = 1024 * 1024
"""Bytes of a line of the log, at most: it tells metadata only."""


class Audit:
    """The audit log of an API server."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def mark(self) -> int:
        """Return what to give to `since` later; a request is logged before it is answered."""
        if not self._log.exists():
            return 0
        size = self._log.stat().st_size
        with self._log.open("rb") as log:
            log.seek(max(0, size - LONGEST_LINE))
            return size - len(log.read(size - log.tell()).rpartition(b"\n")[2])  # the last line may be half written

    def since(self, mark: int) -> list[Request]:
        """Return the requests that were answered since that mark."""
        if not self._log.exists():  # nobody has asked for anything yet
            return []
        with self._log.open("rb") as log:
            log.seek(mark)
            whole, _, _ = log.read().rpartition(b"\n")
        return list(requests(whole.splitlines()))


def requests(lines: Iterable[bytes]) -> Iterator[Request]:
    """Return the answered requests among the lines of a log."""
    for line in lines:
        event = msgspec.json.decode(line)
        if event["stage"] == "ResponseComplete" and "objectRef" in event:
            asked = event["objectRef"]
            resource = "/".join(filter(None, (asked.get("resource", ""), asked.get("subresource", ""))))
            yield Request(event["verb"], resource, event["responseStatus"]["code"])


def writes(of: Iterable[Request]) -> Counter[str]:
    """Return the writes by resource; the Lease of an election is none of a pipeline's."""
    return Counter(request.resource for request in of if request.is_write and request.resource != LEASES)


def reads(of: Iterable[Request]) -> int:
    """Return how many requests asked for no change; those of watches that still go on are not logged."""
    return sum(not request.is_write for request in of)
