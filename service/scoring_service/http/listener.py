"""The ops listener: its routes, and how it is served."""

from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI

from scoring_service.contract.names import LISTENING_EVENT
from scoring_service.http import documented, ops
from scoring_service.http.ops import Observed
from scoring_service.http.prompt import PromptProtocol
from scoring_service.http.serving import Listener, serving


def application(worker: Observed) -> FastAPI:
    """Return the application of the ops listener."""
    app = FastAPI(title=documented.SERVICE, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(ops.router(worker))
    app.include_router(documented.router(worker))
    return app


def listening(worker: Observed, host: str, port: int) -> AbstractAsyncContextManager[int]:
    """Serve `worker` while the block runs and yield the port; port 0 takes a free one.

    Raises:
        OSError: The address cannot be bound.
    """
    options = {"http": PromptProtocol}
    return serving(Listener(application(worker), host, port, LISTENING_EVENT, options=options))
