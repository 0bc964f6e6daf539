"""One request to the API server: bounded in time, repeated where that is safe, its refusals as our errors.

All our requests may be repeated: they state what should be, and name the object by uid or version where it matters.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from kubernetes.aio.client import ApiClient

from scoring_operator.cluster.kube import undeclared
from scoring_operator.errors import ClusterUnavailable, Conflict, InvalidManifest
from scoring_operator.facts import Manifest

APPLY: Final = "application/apply-patch+yaml"
MERGE: Final = "application/merge-patch+json"
STEPS: Final = "application/json-patch+json"
Body = Manifest | Sequence[Manifest] | None
Answered = Callable[[str, str, str, int, float], None]
"""Told of each answer: host, verb, resource (`deployments`, `scoringpipelines/status`), status code, seconds."""
TIMEOUT: Final = (3.0, 10.0)
"""Seconds to connect, and to answer."""
ATTEMPTS: Final = 3
RETRY_FIRST_S: Final = 0.2
RETRY_AFTER_MOST_S: Final = 5.0

OK: Final = 200
MULTIPLE_CHOICES: Final = 300
UNAUTHORIZED: Final = 401
NOT_FOUND: Final = 404
TIMED_OUT: Final = 408
CONFLICT: Final = 409
TOO_MANY_REQUESTS: Final = 429
SERVER_ERROR: Final = 500


class NotFound(Conflict):
    """The object, or its namespace, is gone."""


class UndeclaredFields(InvalidManifest):
    """The definition does not know some fields of what is applied."""

    def __init__(self, message: str, paths: Sequence[undeclared.Path]) -> None:
        super().__init__(message)
        self.paths = paths


class KubeClient:
    """Requests to one API server."""

    def __init__(self, api: ApiClient, answered: Answered = lambda *_: None) -> None:
        """Tell `answered` of each answer, also of those that are asked for again; code 0 is none."""
        self._api = api
        self._answered = answered
        self._host = urlsplit(api.configuration.host).netloc

    async def request(
        self,
        verb: str,
        path: str,
        *,
        body: Body = None,
        content_type: str = "application/json",
        query: Mapping[str, Any] | None = None,
    ) -> Manifest:
        """Return the answer's body.

        Raises:
            ClusterUnavailable: No answer, or one that asks to come back later, three times in a row.
            NotFound: There is no such object or namespace.
            Conflict: The object is not the one that was named.
            UndeclaredFields: The definition does not know fields of the body.
            InvalidManifest: The API server refuses the body, or refuses us.
        """
        answer: Manifest = json.loads(await self._repeated(verb, path, body, content_type, query or {}))
        return answer

    async def text(self, path: str, query: Mapping[str, Any] | None = None) -> str:
        """Return the body of an answer that is no JSON, as a log; raises as `request` does."""
        return await self._repeated("GET", path, None, "application/json", query or {})

    async def close(self) -> None:
        """Close all connections."""
        await self._api.close()  # type: ignore[no-untyped-call]  # the library's annotations are partial

    async def _repeated(self, verb: str, path: str, body: Body, content_type: str, query: Mapping[str, Any]) -> str:
        for attempt in range(ATTEMPTS):
            began = time.monotonic()
            try:
                status, content, retry_after_s = await self._send(verb, path, body, content_type, query)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                status, content, retry_after_s = 0, str(error) or type(error).__name__, 0.0
            self._answered(self._host, verb, resource_of(path), status, time.monotonic() - began)
            if not may_pass(status) or undeclared.fields(content):
                return _answer(status, content, f"{verb} {path}")
            if attempt < ATTEMPTS - 1:
                await asyncio.sleep(min(RETRY_AFTER_MOST_S, max(retry_after_s, RETRY_FIRST_S * 2**attempt)))
        raise ClusterUnavailable(f"{verb} {path}: {status or 'no answer'} {_message(content)}")

    async def _send(
        self, verb: str, path: str, body: Body, content_type: str, query: Mapping[str, Any]
    ) -> tuple[int, str, float]:
        method, url, headers, data, _ = await self._api.param_serialize(
            verb,
            path,
            query_params=list(query.items()),
            header_params={"Content-Type": content_type, "Accept": "application/json"},
            body=body,
            auth_settings=["BearerToken"],
        )
        answer = await self._api.call_api(method, url, headers, data, _request_timeout=_timeout())
        content = (await answer.read()).decode()  # type: ignore[no-untyped-call]  # the same
        after = answer.headers.get("Retry-After", "")
        return answer.status, content, float(after) if after.isdecimal() else 0.0


def resource_of(path: str) -> str:
    """Return what a path is about: `pods`, or `scoringpipelines/status`; neither namespace nor name."""
    _, root, *parts = path.split("/")
    parts = parts[2 if root == "apis" else 1 :]
    if parts[0] == "namespaces" and len(parts) > 2:
        parts = parts[2:]
    return "/".join([parts[0], *parts[2:]])


def _timeout() -> aiohttp.ClientTimeout:
    connect_s, answer_s = TIMEOUT
    return aiohttp.ClientTimeout(total=connect_s + answer_s, connect=connect_s, sock_read=answer_s)


def may_pass(status: int) -> bool:
    """Tell whether the same request may be answered otherwise in a while; 0: there was no answer."""
    return status in (0, UNAUTHORIZED, TIMED_OUT, TOO_MANY_REQUESTS) or status >= SERVER_ERROR


def _answer(status: int, content: str, what: str) -> str:
    if OK <= status < MULTIPLE_CHOICES:
        return content
    message = _message(content)
    if paths := undeclared.fields(content):
        raise UndeclaredFields(message, paths)
    if status == NOT_FOUND:
        raise NotFound(message)
    if status == CONFLICT or _names_another_object(content):
        raise Conflict(message)
    raise InvalidManifest(message or f"{what}: {status}")


def _names_another_object(content: str) -> bool:
    """Tell whether the uid that we sent is not the stored one: a patch then answers 422, not 409."""
    details = _said(content).get("details") or {}
    return any(cause.get("field") == "metadata.uid" for cause in details.get("causes") or ())


def _message(content: str) -> str:
    """Return what the API server says; it answers with a Status object, proxies before it with anything."""
    return str(_said(content).get("message", content))[:1024]


def _said(content: str) -> Manifest:
    try:
        said = json.loads(content)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
