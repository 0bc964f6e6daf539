"""uvicorn in the worker's own event loop, without its signal handlers: the worker decides when it is over."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import structlog
import uvicorn
from starlette.types import ASGIApp

log = structlog.get_logger(__name__)


class Listener(NamedTuple):
    """One listener of a worker."""

    app: ASGIApp
    host: str
    port: int
    """0 takes a free one."""
    event: str
    """Of the log line that tells the port once connections are accepted."""
    grace_s: int = 0
    """How long answers that are under way may take at the end."""
    options: dict[str, Any] = {}
    """More of uvicorn's own."""


@contextlib.asynccontextmanager
async def serving(listener: Listener) -> AsyncIterator[int]:
    """Serve while the block runs and yield the port.

    Raises:
        OSError: The address cannot be bound.
    """
    with socket.create_server((listener.host, listener.port)) as bound:
        # asyncio sets it only on sockets that name their protocol; without it a body waits 40 ms behind its headers
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = _Server(
            uvicorn.Config(
                listener.app,
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=listener.grace_s or None,
                **listener.options,
            )
        )
        running = asyncio.create_task(server.serve(sockets=[bound]))
        await server.ready.wait()
        port = bound.getsockname()[1]
        log.info(listener.event, port=port, host=listener.host)
        try:
            yield port
        finally:
            server.should_exit = True
            server.force_exit = not listener.grace_s
            await running


class _Server(uvicorn.Server):
    """A server that leaves signals alone and says when it accepts connections."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start accepting connections."""
        await super().startup(sockets=sockets)
        self.ready.set()
