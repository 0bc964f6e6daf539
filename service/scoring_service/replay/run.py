"""One replay: records in their order, each when it is due, again if the brokers are in trouble.

Records are written in batches, one after another, each acknowledged before the next is begun, so the order within a key
stands whatever happens. A batch whose acknowledgement is lost is written again: each record is there at least once.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from scoring_service.errors import StreamUnavailable
from scoring_service.replay.pace import Pace
from scoring_service.replay.recording import Recorded
from scoring_service.stream.partitions import partitions_of
from scoring_service.stream.ports import Message, Producer

AT_MOST: Final = 500
"""Records of one batch: so many may be there twice after trouble."""
AT_MOST_BYTES: Final = 256 * 1024
FIRST_BACKOFF_S: Final = 0.25
LONGEST_BACKOFF_S: Final = 10.0


class Trouble(NamedTuple):
    """A write that did not work, and is tried again."""

    error: StreamUnavailable
    again_in_s: float


class Stopped(Exception):
    """Somebody wants an end while the brokers are in trouble."""


class Replay:
    """One run."""

    def __init__(
        self,
        producer: Producer,
        topic: str,
        pace: Pace,
        *,
        retry_for_s: float = 300.0,
        watch: Callable[[int], None] = lambda _: None,
        warn: Callable[[Trouble], None] = lambda _: None,
    ) -> None:
        self._producer = producer
        self._topic = topic
        self._pace = pace
        self._retry_for_s = retry_for_s
        self._watch = watch
        self._warn = warn
        self.sent = 0
        self.last = 0
        """Number of the last record of the file that is acknowledged, as are all before it."""
        self.stopping = asyncio.Event()
        """Set once somebody wants it to end; what has been begun is then acknowledged."""

    async def run(self, records: Iterable[Recorded]) -> bool:
        """Send records; return whether all are sent.

        Raises:
            MessageTooLarge: The topic takes no record of that size; `last` says which came before its batch.
            StreamMisconfigured: The topic is missing or forbidden.
            StreamUnavailable: The brokers were in trouble for longer than a retry may take.
        """
        began, first = asyncio.get_running_loop().time(), None
        batch: list[Recorded] = []
        try:
            for record in records:
                first = record.moment if first is None else first
                due = began
                if first is not None and record.moment is not None:
                    due += self._pace.due(first, record.moment)
                if batch and (self._is_full(batch, record) or due > asyncio.get_running_loop().time()):
                    await self._write(batch)
                    batch = []
                await self._until(due)
                if self.stopping.is_set():
                    return False
                batch.append(record)
            await self._write(batch)
        except Stopped:
            return False
        return True

    @staticmethod
    def _is_full(batch: Sequence[Recorded], following: Recorded) -> bool:
        size = sum(len(record.value) for record in batch) + len(following.value)
        return len(batch) >= AT_MOST or size > AT_MOST_BYTES

    async def _until(self, due: float) -> None:
        """Wait until a moment of the loop's clock, or until somebody wants an end."""
        if due <= asyncio.get_running_loop().time():
            return
        try:
            async with asyncio.timeout_at(due):
                await self.stopping.wait()
        except TimeoutError:
            return

    async def _write(self, batch: Sequence[Recorded]) -> None:
        """Write a batch, each partition's part in order."""
        if not batch:
            return
        count = await self._partitions()
        parts: dict[int, list[Message]] = defaultdict(list)
        for record, partition in zip(batch, partitions_of([record.key or b"" for record in batch], count), strict=True):
            stamp = None if record.moment is None else int(record.moment * 1000)
            parts[partition].append(Message(record.key, record.value, [], stamp))
        for partition, messages in parts.items():
            await self._send(partition, messages)
        self.sent += len(batch)
        self.last = batch[-1].number
        self._watch(len(batch))

    async def _partitions(self) -> int:
        backoff = _Backoff(self._retry_for_s)
        while True:
            try:
                return await self._producer.partitions(self._topic)
            except StreamUnavailable as error:
                await self._pause(backoff, error)

    async def _send(self, partition: int, messages: Sequence[Message]) -> None:
        backoff = _Backoff(self._retry_for_s)
        while True:
            try:
                return await self._producer.send(self._topic, partition, messages)
            except StreamUnavailable as error:
                await self._pause(backoff, error)

    async def _pause(self, backoff: "_Backoff", error: StreamUnavailable) -> None:
        """Wait before the next attempt; raises the error if there is none any more."""
        pause_s = backoff.next()
        if pause_s is None:
            raise error
        self._warn(Trouble(error, pause_s))
        await self._until(asyncio.get_running_loop().time() + pause_s)
        if self.stopping.is_set():
            raise Stopped


class _Backoff:
    """Pauses that double, for so long."""

    def __init__(self, longest_s: float) -> None:
        self._ends = asyncio.get_running_loop().time() + longest_s
        self._pause_s = FIRST_BACKOFF_S

    def next(self) -> float | None:
        """Return the next pause in seconds; None if the time is up."""
        if asyncio.get_running_loop().time() >= self._ends:
            return None
        pause_s, self._pause_s = self._pause_s, min(LONGEST_BACKOFF_S, 2 * self._pause_s)
        return pause_s
