"""Records that are read again before a lane begins, for the state that its scorer keeps of them.

Nothing of them is delivered, committed or counted: their outcomes are those of another time.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from time import monotonic
from typing import Final

from scoring_service.errors import StreamUnavailable
from scoring_service.stream.ports import Record
from scoring_service.worker.buffer import Batch, Buffer

LOOK_EVERY_S: Final = 0.1
"""How often a rewind without records asks whether there are any left: logs have offsets that no record has."""


class Rewind:
    """The way from `first` up to the record at `until`, which is the first that the lane itself takes."""

    def __init__(
        self, first: int, until: int, within_s: float, buffer: Buffer, position: Callable[[], Awaitable[int]]
    ) -> None:
        """Begin.

        Args:
            first: Offset to read from.
            until: Offset of the lane.
            within_s: Seconds from now, at most; a negative number is none.
            buffer: For what is read again.
            position: Returns the offset at which the next poll continues.
        """
        self.first = first
        self._until = until
        self._deadline = monotonic() + within_s
        self._buffer = buffer
        self._position = position
        self._is_closed = False

    def offer(self, records: Sequence[Record]) -> Sequence[Record]:
        """Take over what is read again, and return the records that are the lane's own."""
        again = [record for record in records if record.offset < self._until]
        if again:
            self._buffer.offer(again)
        return records[len(again) :]

    async def batches(self) -> AsyncIterator[Batch]:
        """Yield what is read again, until that is all, the time is up, or the lane is closed."""
        while not self._is_closed and monotonic() < self._deadline and not await self.has_arrived():
            if (batch := await self._next()) is not None:
                yield batch

    async def has_arrived(self) -> bool:
        """Tell whether nothing is left to be read again."""
        try:
            return not self._buffer.records and await self._position() >= self._until
        except StreamUnavailable:  # on its way to another owner
            return False

    async def _next(self) -> Batch | None:
        """Return the next batch; None if none comes soon."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S):
                return await self._buffer.take()
        return None

    def close(self) -> None:
        """Let `batches` end, and drop what waits."""
        self._is_closed = True
        self._buffer.close()

    @property
    def is_full(self) -> bool:
        """Whether the partition should be paused."""
        return self._buffer.is_full

    @property
    def is_low(self) -> bool:
        """Whether a paused partition should be read again."""
        return self._buffer.is_low
