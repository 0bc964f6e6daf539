"""An API server as an operator sees it through a bad line: a proxy in front of the real one that hurts by rules."""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

import aiohttp
from aiohttp import web
from yarl import URL

from harness.api_faults import Call, Do, Faults, Rule, Stream, error_event, refusal

HOP_BY_HOP: Final = {"host", "connection", "transfer-encoding", "content-length", "content-encoding", "accept-encoding"}


class Asked(NamedTuple):
    """A request that has reached the real API server."""

    at: float
    """Monotonic seconds."""
    call: Call
    status: int


class Watch(NamedTuple):
    """A watch that is under way."""

    request: web.BaseRequest
    response: web.StreamResponse
    far: aiohttp.ClientResponse


class ApiProxy:
    """A proxy in front of one API server."""

    def __init__(self, server: str, pki: Path, seed: int = 0) -> None:
        """Stand before `server`, a URL; `pki` is the folder of its certificates."""
        self.faults = Faults(seed)
        self.asked: list[Asked] = []
        self._server, self._pki = server, pki
        self._watches: list[Watch] = []
        self._open: list[web.BaseRequest] = []
        self._lists: dict[str, bytes] = {}

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Yield the URL of this end."""
        far = ssl.create_default_context(cafile=str(self._pki / "ca.crt"))
        near = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        near.load_cert_chain(self._pki / "apiserver.crt", self._pki / "apiserver.key")
        connector = aiohttp.TCPConnector(ssl=far, limit=0)
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as self._session:
            server = web.Server(self._answer, access_log=None)
            runner = web.ServerRunner(server, shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=near)
            await site.start()
            try:
                yield f"https://127.0.0.1:{runner.addresses[0][1]}"
            finally:
                self.cut()
                await runner.cleanup()
            await asyncio.sleep(0.1)  # aiohttp closes TLS connections in later turns of the loop

    def cut(self) -> None:
        """Reset every connection."""
        for request in self._open:
            _reset(request)

    def refuse(self) -> None:
        """Let nobody through from now on, until `faults.heal()`."""
        self.faults.rules.insert(0, Rule(Do.RESET))
        self.cut()

    def cut_watches(self) -> None:
        """Reset the connections of all watches."""
        for watch in self._watches:
            _reset(watch.request)
            watch.far.close()

    async def end_watches(self, status: int) -> None:
        """End all watches with an event that says so."""
        for watch in list(self._watches):
            with suppress(ConnectionError):
                await watch.response.write(_line(error_event(status)))
                await watch.response.write_eof()
            watch.far.close()

    def since(self, at: float) -> list[Asked]:
        """Return what has reached the API server after `at`, in monotonic seconds."""
        return [asked for asked in self.asked if asked.at >= at]

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        call = Call(request.method, request.path, dict(request.query))
        self._open.append(request)
        try:
            return await self._passed(request, call)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return _reset(request)
        finally:
            self._open.remove(request)

    async def _passed(self, request: web.BaseRequest, call: Call) -> web.StreamResponse:
        rule = self.faults.of(call)
        if rule is None:
            return await (self._watch(request, call) if call.watches else self._ask(request, call))
        if rule.do is Do.ANSWER:
            after = {"Retry-After": str(rule.retry_after_s)} if rule.retry_after_s else {}
            return web.json_response(refusal(rule.status), status=rule.status, headers=after)
        if rule.do is Do.STALE:
            stale = self._lists.get(_question(call))
            return web.Response(body=stale, content_type="application/json") if stale else _reset(request)
        if rule.do is Do.FORGET:
            await self._ask(request, call)
        if rule.do is Do.HANG:
            await asyncio.sleep(rule.lasts_s)
        return _reset(request)

    async def _ask(self, request: web.BaseRequest, call: Call) -> web.Response:
        async with self._sent(request) as far:
            body = await far.read()
            self.asked.append(Asked(time.monotonic(), call, far.status))
            if call.lists and far.status == 200:
                self._lists[_question(call)] = body
            return web.Response(body=body, status=far.status, headers=_passed_on(far.headers))

    async def _watch(self, request: web.BaseRequest, call: Call) -> web.StreamResponse:
        async with self._sent(request) as far:
            response = web.StreamResponse(status=far.status, headers=_passed_on(far.headers))
            await response.prepare(request)
            self._watches.append(watch := Watch(request, response, far))
            try:
                await self._shown(call, far, response)
            finally:
                self._watches.remove(watch)
            return response

    async def _shown(self, call: Call, far: aiohttp.ClientResponse, response: web.StreamResponse) -> None:
        stream, buffer = Stream(call, self.faults), b""
        async for chunk in far.content.iter_any():
            *lines, buffer = (buffer + chunk).split(b"\n")
            for line in filter(None, lines):
                for event in stream.passed(json.loads(line)):
                    await response.write(_line(event))

    def _sent(self, request: web.BaseRequest) -> Any:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        url = self._server + request.raw_path
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=3)
        return self._session.request(
            request.method,
            URL(url, encoded=True),
            headers=headers,
            data=request.content if request.can_read_body else None,
            timeout=timeout,
        )


def through(kubeconfig: str, url: str, path: Path) -> str:
    """Write a kubeconfig that is another one's, but for the URL of the API server; return its path."""
    config = json.loads(Path(kubeconfig).read_text())
    config["clusters"][0]["cluster"]["server"] = url
    path.write_text(json.dumps(config))
    return str(path)


def _line(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode() + b"\n"


def _question(call: Call) -> str:
    return f"{call.path}?{call.query.get('labelSelector', '')}"


def _passed_on(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}


def _reset(request: web.BaseRequest) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)
