"""A proxy for the Kafka protocol that can hurt: latency, stalls, a narrow line, resets, one-way silence, broken frames.

It stands in front of a broker's door (see brokers.py) and forwards whole frames, so that it can count requests and
knows which request a response answers. No tools of the system, no rights.
"""

import asyncio
import fcntl
import random
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from harness.brokers import Door
from harness.state import state

PRODUCE: Final = 0
FETCH: Final = 1
SIZE: Final = struct.Struct(">i")
REQUEST: Final = struct.Struct(">hhi")
"""What a request begins with: the number of its kind, its version, its number on this connection."""
RESET: Final = struct.pack("ii", 1, 0)
"""To linger for no time: closing sends RST."""

Mutate = Callable[[int, bytes], bytes]
"""From the kind of a request and the response with its size in front to the bytes to send instead."""


@dataclass
class Rules:
    """What is done to the line; everything may change while it is in use."""

    latency_s: float = 0.0
    """Each way."""
    stalled_share: float = 0.0
    """Of frames that wait besides: a lost packet that is sent again."""
    stall_s: float = 0.2
    bytes_per_s: float = 0.0
    """Of each connection and way; 0: unlimited."""
    drops_requests: bool = False
    """What the client says is swallowed."""
    drops_responses: bool = False
    """What the broker says is swallowed."""
    slow: dict[int, float] = field(default_factory=dict)
    """Seconds that responses to requests of a kind take."""
    cut_after: int = 0
    """After so many requests more, all connections are reset, once; 0: never."""
    mutate: Mutate | None = None


class Proxy:
    """In front of one door."""

    def __init__(self, door: Door, seed: int = 0) -> None:
        self.door = door
        self.rules = Rules()
        self.requests: Counter[int] = Counter()
        """By kind, since it was made."""
        self.resets = 0
        self._random = random.Random(seed)
        self._open: set[asyncio.StreamWriter] = set()
        self._lines: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Proxy"]:
        """Forward while the block runs."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.door.front)
        try:
            yield self
        finally:
            server.close()
            self.cut()
            for line in list(self._lines):
                line.cancel()
            await asyncio.gather(*self._lines, return_exceptions=True)

    def cut(self) -> None:
        """Reset all connections."""
        self.resets += bool(self._open)
        for writer in list(self._open):
            sock: socket.socket = writer.get_extra_info("socket")
            with suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()
        self._open.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.current_task()
        assert line is not None
        self._lines.add(line)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.door.behind)
        except OSError:
            writer.transport.abort()
            return
        finally:
            self._lines.discard(line)
        self._lines.add(line)
        kinds: dict[int, int] = {}
        ends = {writer, far_writer}
        self._open |= ends
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._requests(reader, far_writer, kinds))
                tasks.create_task(self._responses(far_reader, writer, kinds))
        except* (OSError, EOFError, struct.error):
            pass  # one end is gone: so is the other
        finally:
            self._open -= ends
            self._lines.discard(line)
            for end in ends:
                end.transport.abort()

    async def _requests(self, reader: asyncio.StreamReader, to: asyncio.StreamWriter, kinds: dict[int, int]) -> None:
        while True:
            frame = await _frame(reader)
            kind, _, number = REQUEST.unpack_from(frame, SIZE.size)
            kinds[number] = kind
            self.requests[kind] += 1
            if self.rules.cut_after:
                self.rules.cut_after -= 1
                if not self.rules.cut_after:
                    self.cut()
                    raise EOFError
            if not self.rules.drops_requests:
                await self._pass(frame, to, 0.0)

    async def _responses(self, reader: asyncio.StreamReader, to: asyncio.StreamWriter, kinds: dict[int, int]) -> None:
        while True:
            frame = await _frame(reader)
            kind = kinds.pop(SIZE.unpack_from(frame, SIZE.size)[0], -1)
            if self.rules.drops_responses:
                continue
            if self.rules.mutate is not None:
                frame = self.rules.mutate(kind, frame)
            await self._pass(frame, to, self.rules.slow.get(kind, 0.0))

    async def _pass(self, frame: bytes, to: asyncio.StreamWriter, wait_s: float) -> None:
        rules = self.rules
        wait_s += rules.latency_s
        if rules.stalled_share and self._random.random() < rules.stalled_share:
            wait_s += rules.stall_s
        if rules.bytes_per_s:
            wait_s += len(frame) / rules.bytes_per_s
        if wait_s:
            await asyncio.sleep(wait_s)
        to.write(frame)
        await to.drain()


@asynccontextmanager
async def proxies(doors: Sequence[Door], seed: int = 0) -> AsyncIterator[list[Proxy]]:
    """Yield a proxy in front of each door."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Proxy(door, seed).listening()) for door in doors]


@asynccontextmanager
async def borrowed(doors: Sequence[Door], seed: int = 0) -> AsyncIterator[Proxy]:
    """Yield a proxy in front of a door that no other test run uses, once there is one."""
    while True:
        for door in doors:
            with (state() / f"door-{door.front}").open("w") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                async with Proxy(door, seed).listening() as proxy:
                    yield proxy
                return
        await asyncio.sleep(0.1)


async def _frame(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(SIZE.size)
    return head + await reader.readexactly(SIZE.unpack(head)[0])
