"""How a lane's batches become durable: the one difference between the two guarantees.

outbox.py        at least once: outputs are acknowledged, the offset is committed later
transactions.py  exactly once: outputs and offset in one transaction
"""

from collections.abc import Callable
from typing import Protocol

from scoring_service.codec import ScoredBatch
from scoring_service.contract.worker_status import HeldReason
from scoring_service.worker.buffer import Batch

Hold = Callable[[HeldReason | None], None]
"""Tells a lane that it is held, or with None that it no longer is."""


class Delivery(Protocol):
    """What a lane needs to deliver."""

    @property
    def commits(self) -> bool:
        """Whether delivering commits the offset as well."""
        ...

    @property
    def max_records(self) -> int:
        """Records of a batch, at most: the more a delivery costs, the more it should carry."""
        ...

    @property
    def gather_s(self) -> float:
        """Seconds to wait for a fuller batch from now on."""
        ...

    async def begin(self) -> None:
        """Prepare, before the committed offset is read: afterwards nobody else delivers for this partition.

        Raises:
            StreamUnavailable, StreamMisconfigured: Not now.
        """
        ...

    async def settle(self, offset: int) -> None:
        """Make the decision where to begin the group's, if it must be before the first delivery.

        Raises:
            Fenced: The partition has a newer owner.
            StreamUnavailable, StreamMisconfigured: Not now; `begin` again.
        """
        ...

    async def deliver(self, batch: Batch, scored: ScoredBatch, committed: int | None, hold: Hold) -> None:
        """Return once every output of a batch is durable, however long that takes.

        Args:
            batch: What was scored.
            scored: What became of it; changed where an output is more than its topic takes.
            committed: The group's offset as this lane knows it.
            hold: Told what keeps the batch.

        Raises:
            Fenced: The partition has a newer owner; the batch is theirs.
        """
        ...

    async def close(self) -> None:
        """Let go of the partition."""
        ...
