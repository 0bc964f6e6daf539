"""How many clients may be connected, and how long each may take: whoever dawdles or floods is cut off.

uvicorn waits for the head of a request as long as bytes trickle in, and reads what follows a refused head to its end.
"""

import asyncio
from typing import Any, NamedTuple

from uvicorn.protocols.http.h11_impl import H11Protocol


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

    def _look(self) -> None:
        is_idle = self.cycle is None or self.cycle.response_complete
        if self.transport.is_closing() or (is_idle and self.cycle is self._seen):
            self.transport.abort()
            return
        self._seen = self.cycle
        self._looking = self.loop.call_later(self._limits.look_every_s, self._look)
