"""In-memory twin of a Lease: versions, conflicts, and whatever a test lets go wrong."""

import itertools
from collections.abc import Callable

from scoring_operator.election.record import Record, Seen
from scoring_operator.errors import Conflict, OperatorError


class MemoryLease:
    """A Lease that several candidates share."""

    def __init__(self) -> None:
        self.seen: Seen | None = None
        self.faults: list[OperatorError] = []
        """What the next requests raise instead of doing anything."""
        self.watches: list[Callable[[Seen], None]] = []
        """Told of each version."""
        self._versions = itertools.count(1)

    async def read(self) -> Seen | None:
        """Return the present version."""
        self._fail()
        return self.seen

    async def write(self, record: Record, version: int | None) -> Seen:
        """Store a record; one that is stored already is no new version, as on an API server."""
        self._fail()
        if version != (self.seen.version if self.seen else None):
            raise Conflict(f"the Lease is not at version {version}")
        if self.seen is None or self.seen.record != record:
            self.seen = Seen(record, next(self._versions))
            for watch in self.watches:
                watch(self.seen)
        return self.seen

    def _fail(self) -> None:
        if self.faults:
            raise self.faults.pop(0)
