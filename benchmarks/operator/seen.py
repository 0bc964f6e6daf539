"""The newest objects of a namespace as a watcher sees them, and when one was first seen to be as it should."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from benchmarks.operator.kube import Api

from scoring_operator.cluster.kube.cache import version_of
from scoring_operator.cluster.kube.kinds import Kind
from scoring_operator.facts import Manifest

Name = tuple[str, str]
"""Kind and name."""

Holds = Callable[[Manifest | None], bool]
"""Asked of an object each time that it changes; None: it is gone."""


class Seen:
    """What a watcher of one namespace knows."""

    def __init__(self, api: Api, namespace: str, kinds: Iterable[Kind]) -> None:
        self.objects: dict[Name, Manifest] = {}
        self._api = api
        self._namespace = namespace
        self._kinds = tuple(kinds)
        self._waiting: dict[Name, list[tuple[Holds, asyncio.Future[float]]]] = defaultdict(list)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator["Seen"]:
        """Watch inside the block; a watch that ends fails it."""
        async with asyncio.TaskGroup() as group:
            watches = [group.create_task(self._watch(kind, await self._list(kind))) for kind in self._kinds]
            yield self
            for watch in watches:
                watch.cancel()

    def names(self, kind: str) -> list[str]:
        """Return the names of the objects of a kind, in order."""
        return sorted(name for of, name in self.objects if of == kind)

    async def until(self, kind: str, name: str, holds: Holds) -> float:
        """Return when the object was first seen for which `holds`, of `time.perf_counter`; now, if it does already."""
        if holds(self.objects.get((kind, name))):
            return time.perf_counter()
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting[kind, name].append((holds, future))
        return await future

    def note(self, kind: str, event: str, manifest: Manifest) -> None:
        """Take note of an event of a watch, or of an object of a list."""
        name = kind, manifest["metadata"]["name"]
        if event == "DELETED":
            self.objects.pop(name, None)
        else:
            self.objects[name] = manifest
        if name not in self._waiting:
            return
        now, present = time.perf_counter(), self.objects.get(name)
        waiting = [(holds, future) for holds, future in self._waiting.pop(name) if not future.done()]
        for holds, future in waiting:
            if holds(present):
                future.set_result(now)
            else:
                self._waiting[name].append((holds, future))

    async def _list(self, kind: Kind) -> str:
        found = await self._api.get(kind.path(self._namespace))
        for item in found["items"]:
            self.note(kind.name, "ADDED", item)
        return str(version_of(found))

    async def _watch(self, kind: Kind, version: str) -> None:
        async for event, manifest in self._api.watch(kind.path(self._namespace), version):
            self.note(kind.name, event, manifest)


def newer(than: Manifest) -> Holds:
    """Return a condition: the object is there in a later version than `than`."""
    return lambda seen: seen is not None and version_of(seen) > version_of(than)


def replaced(former: Manifest) -> Holds:
    """Return a condition: an object of that name is there, and is another one than `former`."""
    return lambda seen: seen is not None and seen["metadata"]["uid"] != former["metadata"]["uid"]
