"""HTTP that waits for scoring once per answer, to be woken, and hardly again.

Every system call gives the interpreter away for a moment, and if scoring takes it meanwhile, whoever asked waits for a
whole switch interval. So that is short until the answer has left, and head and body leave in one write.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from scoring_service import switching

_FINAL_HEAD = tuple(b"HTTP/1.1 %d" % hundred for hundred in range(2, 6))


class PromptProtocol(H11Protocol):
    """uvicorn's protocol, in a hurry, on a transport that keeps a head until its body comes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn says the same
        """Begin a connection."""
        super().connection_made(_Joining(transport))  # type: ignore[arg-type] # it is one, by delegation

    def data_received(self, data: bytes) -> None:
        """Begin to answer; that goes on in the next turn of the loop, and ahead of the hurry's end."""
        super().data_received(data)
        switching.hurry()


class _Joining:
    """A transport that holds what begins an answer back until the next write, or the end."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write a body with its head; a head alone waits."""
        if not self._head and data.startswith(_FINAL_HEAD):
            self._head = data
        else:
            self._flush(data)

    def close(self) -> None:
        """Write what waits, and close."""
        self._flush()
        self._transport.close()

    def _flush(self, data: bytes = b"") -> None:
        joined, self._head = self._head + data, b""
        if joined:
            self._transport.write(joined)
