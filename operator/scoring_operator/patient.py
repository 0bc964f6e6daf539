"""The HTTP session that kopf watches with: it asks again for as long as it takes, and tells of lists.

kopf takes many an answer for final, and with it the whole operator ends, or hangs half ended: any error inside a watch
but 410, 410 at the start of one, twelve seconds of refusals of a list, a definition that is gone. None of them is. So
kopf is never shown one. What may pass is asked for again; a watch that cannot go on is shown as one that is too old,
which kopf answers with a list. Credentials that are refused are read anew.
"""

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import aiohttp
import structlog

from scoring_operator.cluster.kube.client import NOT_FOUND, RETRY_AFTER_MOST_S, UNAUTHORIZED, may_pass, resource_of

FORBIDDEN: Final = 403
"""May pass: API servers say so as well while they start."""
REFUSED: Final = 400
AGAIN_S: Final = (0.5, 5.0)
"""Seconds until something is asked for again, at first and at most."""
LIST_AGAIN_S: Final = 30.0
"""Seconds at most until a watch that cannot begin lists everything once more, which is much to ask for."""
ENDED: Final = re.compile(rb'\s*\{\s*"type"\s*:\s*"ERROR"')
TOO_OLD: Final = json.dumps({"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}}).encode()

Listed = Callable[[str], None]
"""Told the plural of the resource of which a watch has begun to list everything: it was cut off, or is new."""

log = structlog.get_logger(__name__)


class PatientSession:
    """As much of `aiohttp.ClientSession` as kopf uses."""

    def __init__(self, begin: Callable[[], aiohttp.ClientSession], listed: Listed) -> None:
        """`begin` logs in, and returns a session with what it has found; an OSError of it is no answer."""
        self._begin, self._session, self._listed = begin, begin(), listed
        self._pauses_s = dict[str, float]()
        """Before a list, by the path of a watch that cannot begin."""
        self.closed = False

    @property
    def headers(self) -> Any:
        """What goes with every request."""
        return self._session.headers

    async def close(self) -> None:
        """Close all connections."""
        self.closed = True
        await self._session.close()

    async def request(self, *, url: str, **options: Any) -> Any:
        """Return an answer that refuses nothing, but for what there may not be: the discovery of a kind."""
        pause_s = AGAIN_S[0]
        while True:
            answer, why, retry_after_s = await self._ask(url, options)
            if answer is not None:
                return answer
            if pause_s == AGAIN_S[0]:
                log.warning("watches wait for an answer", error=f"{url}: {why}")
            await asyncio.sleep(max(random.uniform(pause_s / 2, pause_s), min(retry_after_s, RETRY_AFTER_MOST_S)))
            pause_s = min(2 * pause_s, AGAIN_S[1])

    async def _ask(self, url: str, options: dict[str, Any]) -> tuple[Any, str, float]:
        """Return an answer, or None, why, and the seconds that it asks to wait."""
        session = self._session
        try:
            answer = await session.request(url=url, **options)
            if "watch=true" in url:
                return await self._of_watch(answer, session)
            await answer.read()  # here, where it can be asked for again
            if answer.status >= REFUSED and (answer.status != NOT_FOUND or "limit=" in url):
                return await self._refused(answer, session)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return None, str(error) or type(error).__name__, 0.0
        self._tell_of_list(answer)
        return answer, "", 0.0

    async def _of_watch(self, answer: aiohttp.ClientResponse, session: aiohttp.ClientSession) -> tuple[Any, str, float]:
        path = answer.url.path
        if answer.status < REFUSED:
            self._pauses_s.pop(path, None)
            return Watch(answer), "", 0.0
        answer.release()
        if may_pass(answer.status) or answer.status == FORBIDDEN:
            return await self._refused(answer, session)
        pause_s = self._pauses_s[path] = min(2 * self._pauses_s.get(path, AGAIN_S[0]), LIST_AGAIN_S)
        await asyncio.sleep(random.uniform(pause_s / 2, pause_s))
        return TooOld(), "", 0.0

    async def _refused(self, answer: aiohttp.ClientResponse, session: aiohttp.ClientSession) -> tuple[None, str, float]:
        if answer.status == UNAUTHORIZED and session is self._session:
            self._session = self._begin()
            await session.close()
        after = answer.headers.get("Retry-After", "")
        return None, str(answer.status), float(after) if after.isdecimal() else 0.0

    def _tell_of_list(self, answer: aiohttp.ClientResponse) -> None:
        query = answer.url.query
        if "limit" in query and "continue" not in query:
            self._listed(resource_of(answer.url.path))


class TooOld:
    """The answer to a watch that cannot go on from where it was."""

    status = 200
    closed = True

    @property
    def content(self) -> "TooOld":
        """What is shown."""
        return self

    async def iter_chunked(self, _: int) -> AsyncIterator[bytes]:
        """Yield what is shown."""
        yield TOO_OLD + b"\n"

    def close(self) -> None:
        """End it."""

    async def __aenter__(self) -> "TooOld":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()


class Watch(TooOld):
    """A watch under way, whose errors are all shown as too old."""

    closed = False

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        """Yield what the API server shows, until it is an error."""
        rest = b""
        async for chunk in self._answer.content.iter_chunked(size):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if ENDED.match(line):
                    log.warning("a watch has ended", error=line[:500].decode(errors="replace"))
                    yield TOO_OLD + b"\n"
                    return
                yield line + b"\n"

    def close(self) -> None:
        """End it."""
        self.closed = True
        self._answer.close()
