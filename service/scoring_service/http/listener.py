"""uvicorn in the worker's own event loop, without its signal handlers: the worker decides when it is over."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import structlog
import uvicorn
from fastapi import FastAPI

from scoring_service.contract.names import LISTENING_EVENT
from scoring_service.http import documented, ops
from scoring_service.http.ops import Observed
from scoring_service.http.prompt import PromptProtocol

log = structlog.get_logger(__name__)


def application(worker: Observed) -> FastAPI:
    """Return the application of the ops listener."""
    app = FastAPI(title=documented.SERVICE, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(ops.router(worker))
    app.include_router(documented.router(worker))
    return app


@contextlib.asynccontextmanager
async def listening(worker: Observed, host: str, port: int) -> AsyncIterator[int]:
    """Serve `worker` while the block runs and yield the port; port 0 takes a free one.

    Raises:
        OSError: The address cannot be bound.
    """
    with socket.create_server((host, port)) as bound:
        # asyncio sets it only on sockets that name their protocol; without it a body waits 40 ms behind its headers
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        app = application(worker)
        server = _Server(uvicorn.Config(app, http=PromptProtocol, log_config=None, access_log=False, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        await server.ready.wait()
        port = bound.getsockname()[1]
        log.info(LISTENING_EVENT, port=port, host=host)
        try:
            yield port
        finally:
            server.should_exit = True
            server.force_exit = True
            await serving


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
