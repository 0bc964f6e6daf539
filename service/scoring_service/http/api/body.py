"""Bytes of a request: no more of them are held than agreed, and nobody takes for ever to send them."""

import asyncio
from typing import Final

from fastapi import Request

from scoring_service.http.api.refusals import RefusalReason, Refused

WITHIN_S: Final = 10.0


async def read(request: Request, most: int, within_s: float = WITHIN_S) -> bytes:
    """Return the body, of at most so many bytes.

    Raises:
        Refused: It has more, does not come in time, or ends before it is complete.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise _too_large(most)
    try:
        async with asyncio.timeout(within_s):
            return await _collected(request, most)
    except TimeoutError:
        raise Refused(408, RefusalReason.SLOW, f"the body: expected all of it within {within_s:.0f} s") from None


async def _collected(request: Request, most: int) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, RefusalReason.CUT_OFF, "the body: expected all of it, the client went before")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > most:
            raise _too_large(most)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


def _too_large(most: int) -> Refused:
    return Refused(413, RefusalReason.TOO_LARGE, f"the body: expected at most {most} bytes, got more")
