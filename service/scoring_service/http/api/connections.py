"""How many clients may be connected, and how long each may take: whoever dawdles or floods is cut off.

uvicorn waits for the head of a request as long as bytes trickle in. What follows a refused head it reads to its end,
as fast as it comes: here it is read slowly, so that refusals cost the stream nothing.
"""

import asyncio
from typing import Any, Final, NamedTuple

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

DROP_EVERY_S: Final = 0.01
"""Between two reads of bytes that nobody wants; one read takes 256 KiB at most."""


class Limits(NamedTuple):
    """What one listener bears."""

    connections: int = 128
    look_every_s: float = 10.0
    """A connection without a request in hand at two looks in a row, and none in between, is cut."""


class Connection(H11Protocol):
    """One connection of the api listener."""

    def __init__(self, limits: Limits, **of_uvicorn: Any) -> None:
        super().__init__(**of_uvicorn)
        self._limits = limits
        self._looking: asyncio.TimerHandle | None = None
        self._seen: Any = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Keep a connection, unless there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            transport.abort()
            return
        self._looking = self.loop.call_later(self._limits.look_every_s, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking."""
        if self._looking is not None:
            self._looking.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what came; after an answer, the rest of its request comes slowly."""
        super().data_received(data)
        is_answered = self.cycle is not None and self.cycle.response_complete
        if is_answered and self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing():
            self.transport.pause_reading()
            self.loop.call_later(DROP_EVERY_S, self.transport.resume_reading)

    def _look(self) -> None:
        is_idle = self.cycle is None or self.cycle.response_complete
        if self.transport.is_closing() or (is_idle and self.cycle is self._seen):
            self.transport.abort()
            return
        self._seen = self.cycle
        self._looking = self.loop.call_later(self._limits.look_every_s, self._look)
