"""What the api listener is made of, and its life: beside a worker, on the same event loop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from threading import Event
from typing import NamedTuple

from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp

from scoring_service.contract.names import API_LISTENING_EVENT
from scoring_service.contract.startup import StartupApi
from scoring_service.http.api.buckets import Buckets
from scoring_service.http.api.connections import Connection, Limits
from scoring_service.http.api.declared import Declared
from scoring_service.http.api.gate import Gate
from scoring_service.http.api.key_files import KeyFiles
from scoring_service.http.api.refusals import Refusal, RefusalReason, Refused, answer
from scoring_service.http.api.room import Room
from scoring_service.http.api.routes import Scoring, router
from scoring_service.http.api.yielding import Yielding
from scoring_service.http.serving import Listener, serving
from scoring_service.metrics.requests import Requests
from scoring_service.revision import Serving

GRACE_S = 5
"""For answers that are under way when the worker ends."""

_SAID = {
    404: (RefusalReason.NOT_FOUND, "there is no such route"),
    405: (RefusalReason.METHOD, "the route has no such method"),
    500: (RefusalReason.INTERNAL, "a defect: the log has it under this request's id"),
}


class Beside(NamedTuple):
    """What the listener asks of the worker that it stands beside."""

    pipeline: str
    """`namespace/name`."""
    version: str
    """Of the worker package."""
    serving: Callable[[], Serving | None]
    """What scores now."""
    stream_is_behind: Callable[[], bool]
    """Whether the stream has records to score, in hand or still at its brokers."""
    restart: Callable[[], None]
    """Have the worker drain, leave its group and join it anew."""
    requests: Requests


@asynccontextmanager
async def scoring_by_request(
    beside: Beside, startup: StartupApi, files: KeyFiles, limits: Limits
) -> AsyncIterator[int]:
    """Score by request while the block runs and yield the port; `files` say who may ask.

    Raises:
        OSError: The address cannot be bound.
    """
    await files.look()
    room, closing = Room(beside.requests), Event()
    app = _application(beside, startup, room, closing)
    gate = Gate(app, files, Buckets(startup.requests_per_second, startup.burst), room, beside.requests)
    options = {"http": partial(Connection, limits), "ws": "none", "server_header": False}
    watching = asyncio.create_task(files.watch())
    try:
        async with serving(
            Listener(gate, startup.host, startup.port, API_LISTENING_EVENT, grace_s=GRACE_S, options=options)
        ) as port:
            try:
                yield port
            finally:
                closing.set()
    finally:
        watching.cancel()
        room.close()


def _application(beside: Beside, startup: StartupApi, room: Room, closing: Event) -> ASGIApp:
    scoring = Scoring(
        beside.pipeline,
        beside.version,
        beside.serving,
        room,
        beside.requests,
        lambda: Yielding(beside.stream_is_behind, closing.wait),
        startup.max_body_bytes,
    )
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        exception_handlers={Refused: _refused, 404: _failed, 405: _failed, 500: _failed},
    )
    app.include_router(router(scoring, beside.restart if startup.admin else None))
    app.router.routes.append(Declared(scoring))
    return app


async def _refused(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)  # noqa: S101 - it is registered for nothing else
    return answer(refused.code, refused.refusal, request.state.request_id, refused.headers)


async def _failed(request: Request, error: Exception) -> Response:
    code = getattr(error, "status_code", 500)
    reason, said = _SAID[code]
    headers = getattr(error, "headers", None) or {}
    return answer(code, Refusal(error=said, reason=reason), request.state.request_id, headers)
