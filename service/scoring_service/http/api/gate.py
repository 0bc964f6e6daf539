"""What a request passes before a route sees it, in this order: an id, a key, the client's rate, a place.

Everything is decided by the head of the request: whoever is refused has no body read.
"""

import asyncio
import re
import uuid
from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import Any, Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scoring_service.http.api import keys
from scoring_service.http.api.buckets import Buckets
from scoring_service.http.api.key_files import KeyFiles
from scoring_service.http.api.refusals import RefusalReason, Refused, answer
from scoring_service.http.api.room import Room
from scoring_service.metrics.requests import Requests

OPEN: Final = frozenset({"/openapi.json"})
"""Paths that need no key, to be read with GET."""
REQUEST_ID: Final = "x-request-id"
RETRY_AFTER_S: Final = 5
PIECE_BYTES: Final = 64 * 1024
"""Of an answer that are written before a slow client is waited for."""
READ_WITHIN_S: Final = 10.0
"""How long it is waited for with each piece: it keeps a place meanwhile."""

_is_sane = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}").fullmatch

log = structlog.get_logger(__name__)


class Gate:
    """Lets through what may pass, and gives every answer its id."""

    def __init__(  # noqa: PLR0913, RUF100 - wired once, in face.py
        self,
        inner: ASGIApp,
        files: KeyFiles,
        buckets: Buckets,
        room: Room,
        requests: Requests,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._inner = inner
        self._files = files
        self._buckets = buckets
        self._room = room
        self._requests = requests
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        identity = scope.setdefault("state", {})["request_id"] = _request_id(headers)
        structlog.contextvars.bind_contextvars(request_id=identity)
        numbered = _Numbered(send, identity)
        try:
            if scope["method"] == "GET" and scope["path"] in OPEN:
                await self._inner(scope, receive, numbered)
            else:
                await self._admitted(headers, scope, receive, numbered)
        except TimeoutError:
            log.warning("answer is not read", path=scope["path"][:64])
        except Refused as refused:
            await answer(refused.code, refused.refusal, identity, refused.headers)(scope, receive, numbered)
        finally:
            self._requests.answered[numbered.code] += 1

    async def _admitted(self, headers: dict[bytes, bytes], scope: Scope, receive: Receive, send: "_Numbered") -> None:
        began = self._now()
        client = self._client(headers)
        wait_s = self._buckets.take(client, began)
        if wait_s:
            often = f"client {client} asks more often than it may: ask again in {ceil(wait_s)} s"
            raise Refused(429, RefusalReason.RATE, often, retry_after_s=ceil(wait_s))
        with self._room.place():
            await self._inner(scope, receive, send)
        took_s = round(self._now() - began, 4)
        log.info("request", client=client, method=scope["method"], path=scope["path"][:64], code=send.code, s=took_s)

    def _client(self, headers: dict[bytes, bytes]) -> str:
        if not self._files.keys.hashes:
            none = "no API key is configured: nobody may ask"
            raise Refused(503, RefusalReason.NO_KEYS, none, retry_after_s=RETRY_AFTER_S)
        key = keys.presented(headers)
        if key is None:
            wanted = "expected a key as Authorization: Bearer or X-API-Key, got none"
            raise Refused(401, RefusalReason.KEY_MISSING, wanted)
        client = self._files.keys.client(key)
        if client is None:
            raise Refused(401, RefusalReason.KEY_UNKNOWN, "the key is nobody's")
        return client


class _Numbered:
    """Sends an answer with its id, in pieces, so that a client who does not read is waited for."""

    def __init__(self, send: Send, identity: str) -> None:
        self._send = send
        self._identity = identity
        self.code = 500
        """Of the answer; what ends without one is a defect."""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.code = message["status"]
            message["headers"] = [*message["headers"], (REQUEST_ID.encode(), self._identity.encode())]
            await self._send(message)
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        for first in range(0, max(1, len(body)), PIECE_BYTES):
            is_last = first + PIECE_BYTES >= len(body)
            piece: dict[str, Any] = {"body": body[first : first + PIECE_BYTES], "more_body": more or not is_last}
            async with asyncio.timeout(READ_WITHIN_S):
                await self._send({"type": "http.response.body", **piece})


def _request_id(headers: dict[bytes, bytes]) -> str:
    """Return the client's id of the request if it is a sober one, else one of our own."""
    given = headers.get(REQUEST_ID.encode(), b"").decode("latin-1")
    return given if _is_sane(given) else uuid.uuid4().hex
