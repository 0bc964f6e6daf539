"""An administrator's requests and watches, as cheap as aiohttp makes them: what is measured has the same two cores."""

import base64
import json
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
import yaml

from scoring_operator.facts import Manifest

JSON: Final = "application/json"
MERGE: Final = "application/merge-patch+json"
NOT_FOUND: Final = 404
CONNECTIONS: Final = 32
LONGEST_LINE: Final = 4 * 1024**2
"""Bytes of one event of a watch that are read at once."""


class Refused(RuntimeError):
    """The API server does not do what it was asked; the text is what it says."""

    def __init__(self, code: int, what: str, said: str) -> None:
        super().__init__(f"{what}: {code} {said[:500]}")
        self.code = code


class Api:
    """Requests to one API server; paths are whole, as `Kind.path` gives them."""

    def __init__(self, session: aiohttp.ClientSession, server: str) -> None:
        self._session = session
        self._server = server

    async def call(self, verb: str, path: str, body: Any = None, content_type: str = JSON) -> Manifest:
        """Return the answer.

        Raises:
            Refused: It is none of success.
        """
        data = None if body is None else msgspec.json.encode(body)
        headers = {"Content-Type": content_type, "Accept": JSON}
        async with self._session.request(verb, self._server + path, data=data, headers=headers) as answer:
            content = await answer.read()
            if answer.status >= 300:
                raise Refused(answer.status, f"{verb} {path}", content.decode(errors="replace"))
        found: Manifest = msgspec.json.decode(content)
        return found

    async def create(self, path: str, body: Manifest) -> Manifest:
        """Create an object in the list at `path`."""
        return await self.call("POST", path, body)

    async def get(self, path: str) -> Manifest:
        """Return an object, or a list."""
        return await self.call("GET", path)

    async def merge(self, path: str, body: Manifest) -> Manifest:
        """Merge-patch an object."""
        return await self.call("PATCH", path, body, MERGE)

    async def delete(self, path: str) -> None:
        """Delete an object at once; one that is gone already is fine."""
        try:
            await self.call("DELETE", path, {"gracePeriodSeconds": 0, "propagationPolicy": "Background"})
        except Refused as error:
            if error.code != NOT_FOUND:
                raise

    async def watch(self, path: str, version: str) -> AsyncIterator[tuple[str, Manifest]]:
        """Yield what happens to the objects of a list after `version`: ADDED, MODIFIED or DELETED, and the object."""
        url = f"{self._server}{path}?watch=1&resourceVersion={version}&timeoutSeconds=86400"
        async with self._session.get(url, timeout=aiohttp.ClientTimeout(total=None)) as answer:
            async for line in answer.content:
                event = msgspec.json.decode(line)
                if event["type"] == "ERROR":
                    raise Refused(event["object"].get("code", 0), f"watch {path}", json.dumps(event["object"]))
                yield event["type"], event["object"]
        raise Refused(0, f"watch {path}", "it ended")


@asynccontextmanager
async def logged_in(kubeconfig: Path) -> AsyncIterator[Api]:
    """Yield the access that a kubeconfig with a client certificate gives."""
    server, context = _read(kubeconfig)
    connector = aiohttp.TCPConnector(limit=CONNECTIONS, ssl=context)
    async with aiohttp.ClientSession(connector=connector, read_bufsize=LONGEST_LINE) as session:
        yield Api(session, server)


def _read(kubeconfig: Path) -> tuple[str, ssl.SSLContext]:
    config = yaml.safe_load(kubeconfig.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    context = ssl.create_default_context(cadata=_decoded(cluster["certificate-authority-data"]))
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as pair:  # what ssl reads a certificate from is a file
        pair.write(_decoded(user["client-certificate-data"]) + _decoded(user["client-key-data"]))
        pair.flush()
        context.load_cert_chain(pair.name)
    return cluster["server"], context


def _decoded(data: str) -> str:
    return base64.b64decode(data).decode()
