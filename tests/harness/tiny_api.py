"""A small API server in memory, for informers: discovery, lists and watches of a few kinds, and refusals on demand."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from harness.api_faults import Call, Event, refusal
from scoring_operator.cluster.kube.kinds import LEASE, WATCHED, Kind

Manifest = dict[str, Any]
KINDS: Final = (*WATCHED, LEASE)
LOOKED_FOR: Final = (
    Kind("Namespace", "", "v1", "namespaces"),
    Kind("CustomResourceDefinition", "apiextensions.k8s.io", "v1", "customresourcedefinitions"),
)
"""What kopf waits to discover, and never asks for if it is told what to watch where."""


class TinyApi:
    """One API server; what it holds is by plural and name."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Manifest]] = {kind.plural: {} for kind in KINDS}
        self.refuse: dict[str, int] = {}
        """Status of answers to watches, by plural."""
        self.refuse_lists: dict[str, int] = {}
        self.refused: Counter[str] = Counter()
        """Requests that were, by plural."""
        self._version = 100
        self._watches: list[tuple[str, asyncio.Queue[Event | None]]] = []

    def put(self, kind: Kind, name: str, *, told: bool = True) -> None:
        """Store an object; `told` says whether watches show it."""
        self._version += 1
        meta = {"namespace": "shop", "name": name, "uid": name, "resourceVersion": str(self._version)}
        self.objects[kind.plural][name] = {"metadata": meta}
        if told:
            self._tell(kind.plural, {"type": "ADDED", "object": self.objects[kind.plural][name]})

    def remove(self, kind: Kind, name: str) -> None:
        """Delete an object, without a word to any watch."""
        self._version += 1
        del self.objects[kind.plural][name]

    def say(self, kind: Kind, event: Event) -> None:
        """Show an event in all watches of a kind, and end them."""
        self._tell(kind.plural, event)
        self.cut(kind)

    def cut(self, kind: Kind) -> None:
        """End all watches of a kind."""
        self._tell(kind.plural, None)

    def watching(self, kind: Kind) -> bool:
        """Say whether a watch of a kind is under way."""
        return any(plural == kind.plural for plural, _ in self._watches)

    @asynccontextmanager
    async def listening(self, folder: Path) -> AsyncIterator[str]:
        """Yield the path of a kubeconfig."""
        runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        cluster = {"name": "tiny", "cluster": {"server": f"http://127.0.0.1:{runner.addresses[0][1]}"}}
        config = {
            "clusters": [cluster],
            "users": [{"name": "one", "user": {"token": "t"}}],
            "contexts": [{"name": "tiny", "context": {"cluster": "tiny", "user": "one"}}],
            "current-context": "tiny",
        }
        path = folder / "tiny.kubeconfig"
        path.write_text(json.dumps(config))
        try:
            yield str(path)
        finally:
            for _, events in self._watches:
                events.put_nowait(None)
            await runner.cleanup()

    def _tell(self, plural: str, event: Event | None) -> None:
        for watched, events in self._watches:
            if watched == plural:
                events.put_nowait(event)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        call = Call(request.method, request.path, dict(request.query))
        if (found := _discovered(request.path)) is not None:
            return web.json_response(found)
        if call.resource not in self.objects:
            return web.json_response(refusal(404), status=404)
        if status := (self.refuse if call.watches else self.refuse_lists).get(call.resource):
            self.refused[call.resource] += 1
            return web.json_response(refusal(status), status=status)
        if not call.watches:
            meta = {"resourceVersion": str(self._version)}
            return web.json_response({"metadata": meta, "items": list(self.objects[call.resource].values())})
        return await self._watch(request, call.resource)

    async def _watch(self, request: web.BaseRequest, plural: str) -> web.StreamResponse:
        response, events = web.StreamResponse(), asyncio.Queue[Event | None]()
        await response.prepare(request)
        self._watches.append((plural, events))
        try:
            while (event := await events.get()) is not None:
                await response.write(json.dumps(event).encode() + b"\n")
        finally:
            self._watches.remove((plural, events))
        return response


def _discovered(path: str) -> Manifest | None:
    if path == "/api":
        return {"versions": ["v1"]}
    if path == "/apis":
        return {
            "groups": [
                _group(kind) for kind in {kind.group: kind for kind in (*KINDS, *LOOKED_FOR) if kind.group}.values()
            ]
        }
    of_path = [kind for kind in (*KINDS, *LOOKED_FOR) if kind.path().rpartition("/")[0] == path]
    resources = [
        {"name": k.plural, "kind": k.name, "singularName": "", "namespaced": True, "verbs": ["list", "watch"]}
        for k in of_path
    ]
    return {"resources": resources} if resources else None


def _group(kind: Kind) -> Manifest:
    version = {"groupVersion": kind.api_version, "version": kind.version}
    return {"name": kind.group, "versions": [version], "preferredVersion": version}
