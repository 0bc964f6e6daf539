"""Records with keys of their own, fed at a rate, and the moments when their outputs become visible.

All contestants keep the input's key, whatever else they carry, so outputs are matched by it. The reader reads what is
committed: an output of a transaction counts when the transaction does. Both moments are of one process' clock; the
reader looks every 2 ms.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from types import TracebackType

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks import topics

_TICK_S = 0.005
_LOOK_S = 0.002
_KEY = b"%012d"


class Flow:
    """A topic that is fed, and what the contestants make of it."""

    def __init__(
        self,
        bootstrap: str,
        topic: str,
        records: Sequence[tuple[bytes, bytes]],
        outputs: Mapping[str, Sequence[str]],
        partitions: int = topics.PARTITIONS,
    ) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._values = [value for _, value in records]
        self._contestant = {name: contestant for contestant, names in outputs.items() for name in names}
        self._partitions = partitions
        self._tasks: list[asyncio.Task[None]] = []
        self.rate = 0.0
        """Records per second; it may change at any time."""
        self.sent: dict[bytes, float] = {}
        """Moment of sending by key."""
        self.seen: dict[str, dict[bytes, float]] = {contestant: {} for contestant in outputs}
        """By contestant, the moment when the output of a key was first visible."""
        self.doubled: Counter[str] = Counter()
        """By contestant, outputs of a key that had one."""

    async def __aenter__(self) -> "Flow":
        await topics.create(self._bootstrap, [self._topic, *self._contestant], partitions=self._partitions)
        self._tasks = [asyncio.create_task(self._feed()), asyncio.create_task(self._read())]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        await topics.delete(self._bootstrap, [self._topic, *self._contestant])
        for error in ended:
            if isinstance(error, Exception) and kind is None:
                raise error

    async def answered(self, contestant: str, timeout_s: float = 30.0) -> None:
        """Return once a contestant has written an output.

        Raises:
            TimeoutError: It has not, in time.
        """
        async with asyncio.timeout(timeout_s):
            while not self.seen[contestant]:
                await asyncio.sleep(0.05)

    async def drained(self, timeout_s: float) -> bool:
        """Feed no more, and return whether all that was sent is answered in time."""
        self.rate = 0.0
        await asyncio.sleep(2 * _TICK_S)
        until = time.perf_counter() + timeout_s
        while time.perf_counter() < until:
            if all(len(seen) >= len(self.sent) for seen in self.seen.values()):
                return True
            await asyncio.sleep(0.05)
        return False

    def partition(self, key: bytes) -> int:
        """Return the input partition of a key."""
        return int(key) % self._partitions

    async def _feed(self) -> None:
        due = 0.0
        async with AIOKafkaProducer(bootstrap_servers=self._bootstrap, linger_ms=0) as producer:
            before = time.perf_counter()
            while True:
                now = time.perf_counter()
                due += (now - before) * self.rate
                before = now
                while due >= 1.0:
                    due -= 1.0
                    number = len(self.sent)
                    key, value = _KEY % number, self._values[number % len(self._values)]
                    self.sent[key] = time.perf_counter()
                    await producer.send(self._topic, value, key=key, partition=number % self._partitions)
                await asyncio.sleep(_TICK_S)

    async def _read(self) -> None:
        async with AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
        ) as reader:
            reader.assign(topics.places(list(self._contestant), self._partitions))
            while True:
                polled = await reader.getmany(timeout_ms=200)
                now = time.perf_counter()
                for place, records in polled.items():
                    contestant = self._contestant[place.topic]
                    seen = self.seen[contestant]
                    for record in records:
                        if seen.setdefault(record.key, now) != now:
                            self.doubled[contestant] += 1
                await asyncio.sleep(_LOOK_S)
