"""The port of exactly-once: outputs and the offset after their input, all or nothing."""

from collections.abc import Sequence
from typing import Protocol

from scoring_service.stream.ports.records import Parcel


class TransactionalProducer(Protocol):
    """Writes for one input partition: outputs and the offset after their input, all or nothing.

    Of all that were started for a partition only the latest can write: `start` fences the others.
    """

    async def start(self) -> None:
        """Fence whoever wrote for this partition before; returns once all of theirs is decided.

        It may be called again, and must be after any error of `write`.
        """
        ...

    async def write(self, parcels: Sequence[Parcel], next_offset: int) -> None:
        """Write `parcels` and commit `next_offset` for the group in one transaction.

        After `StreamUnavailable` it may have happened or not: start again, then read what is committed.

        Raises:
            Fenced: A newer owner has started.
            MessageTooLarge: A parcel is more than its topic takes; `place` says which. Nothing was written.
        """
        ...

    async def close(self) -> None:
        """Disconnect; an open transaction is aborted. Bounded in time."""
        ...
