"""The loop that sends dead letters back: read, choose, send, and remember only what is acknowledged."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Final, NamedTuple, Protocol

from scoring_service.dead_letters.progress import Progress
from scoring_service.dead_letters.selection import DeadLetter, Returned, Selection, Skipped, origin_of, returned

SEND_AT_MOST: Final = 500
"""Records between two commits: what a run that is killed may send twice."""
SENDS_PER_S: Final = 10
"""How finely a rate is kept."""


Page = tuple[int, Sequence[DeadLetter]]
"""Dead letters of one partition, in order; at least one."""


class Stream(Protocol):
    """Both topics and the group that remembers."""

    async def kept(self) -> Mapping[int, tuple[int | None, str]]:
        """Return offset and text that the group keeps for each partition of the dead letter topic."""
        ...

    async def bounds(self) -> Mapping[int, tuple[int, int]]:
        """Return the first offset of each partition and its end of now."""
        ...

    def pages(self, starts: Mapping[int, int], ends: Mapping[int, int]) -> AsyncIterator[Page]:
        """Yield what is between `starts` and `ends`, partition by partition as it comes."""
        ...

    async def input_partitions(self) -> int:
        """Return the number of the input topic's partitions."""
        ...

    async def send(self, records: Sequence[Returned]) -> None:
        """Write to the input topic; returns once all are acknowledged."""
        ...

    async def commit(self, partition: int, offset: int, text: str) -> None:
        """Keep how far a partition has got."""
        ...


class Asked(NamedTuple):
    """What a run is to do."""

    selection: Selection
    pipeline: str
    """`namespace/name`: the others' dead letters stay."""
    topic: str
    """The input topic."""
    rate: float
    """Records a second, at most."""
    limit: int | None = None
    is_dry: bool = False


@dataclass
class Tally:
    """What a run has done so far."""

    total: int = 0
    """Offsets to look at."""
    read: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    """By reason; in a dry run what would be."""
    skipped: Counter[Skipped] = field(default_factory=Counter)


class Redrive:
    """One run."""

    def __init__(self, stream: Stream, asked: Asked, watch: Callable[[Tally], None] = lambda _: None) -> None:
        self._stream = stream
        self._asked = asked
        self._watch = watch
        self._progress: dict[int, Progress] = {}
        self._partitions = 0
        self.tally = Tally()
        self.stopping = asyncio.Event()
        """Set once somebody wants it to end; what has been sent is then committed."""

    async def run(self) -> None:
        """Send back what is asked for and on the topic now."""
        bounds = await self._stream.bounds()
        self._progress = {partition: Progress.of(*kept) for partition, kept in (await self._stream.kept()).items()}
        self._partitions = await self._stream.input_partitions()
        selection = self._asked.selection
        starts = {p: min(end, self._progress[p].start(selection, start)) for p, (start, end) in bounds.items()}
        ends = {partition: end for partition, (_, end) in bounds.items()}
        self.tally.total = sum(ends[partition] - starts[partition] for partition in ends)
        self._started_at = monotonic()
        async for page in self._stream.pages(starts, ends):
            await self._work_through(page)
            if self._is_over():
                return

    async def _work_through(self, page: Page) -> None:
        partition, letters = page
        chunk = max(1, min(SEND_AT_MOST, int(self._asked.rate / SENDS_PER_S)))
        batch: list[Returned] = []
        before = self.tally.sent.total()
        for letter in letters:
            self._look_at(partition, letter, batch)
            if len(batch) >= chunk or self._is_limit_reached():
                await self._send(partition, batch, letter.offset + 1)
                batch = []
                if self._is_over():
                    return
        if batch or self.tally.sent.total() == before:
            await self._send(partition, batch, letters[-1].offset + 1)

    def _look_at(self, partition: int, letter: DeadLetter, batch: list[Returned]) -> None:
        self.tally.read += 1
        origin = origin_of(letter)
        if origin is None:
            self.tally.skipped[Skipped.FOREIGN] += 1
            return
        asked = self._asked
        unwanted = Skipped.PIPELINE if origin.pipeline != asked.pipeline else asked.selection.unwanted(letter, origin)
        if unwanted is None and self._progress[partition].is_done(letter, origin):
            unwanted = Skipped.EARLIER
        if unwanted is not None:
            self.tally.skipped[unwanted] += 1
            return
        self.tally.sent[origin.reason] += 1
        batch.append(returned(letter, origin, asked.topic, self._partitions))

    async def _send(self, partition: int, batch: Sequence[Returned], offset: int) -> None:
        if not self._asked.is_dry:
            await self._stream.send(batch)
            self._progress[partition] = self._progress[partition].advanced(offset, self._asked.selection)
            await self._stream.commit(partition, offset, self._progress[partition].encode())
            await self._pace()
        self._watch(self.tally)

    async def _pace(self) -> None:
        """Wait until so many records have their time, or somebody wants an end."""
        due = self._started_at + self.tally.sent.total() / self._asked.rate
        try:
            async with asyncio.timeout(max(0.0, due - monotonic())):
                await self.stopping.wait()
        except TimeoutError:
            return

    def _is_limit_reached(self) -> bool:
        return self._asked.limit is not None and self.tally.sent.total() >= self._asked.limit

    def _is_over(self) -> bool:
        return self.stopping.is_set() or self._is_limit_reached()
