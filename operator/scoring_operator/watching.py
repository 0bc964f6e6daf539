"""Keeps the operator's eyes open: its watches, and after each list of theirs one of its own.

A watch that was cut off for longer than the API server remembers begins with a list. It shows what is there; what was
deleted meanwhile it leaves out without a word, and only a list that is known to be complete tells.
"""

import asyncio
import threading
from typing import Final

import structlog

from scoring_operator import handlers
from scoring_operator.errors import OperatorError
from scoring_operator.facts import Manifest
from scoring_operator.process import Process

LIST_AGAIN_S: Final = 1.0
"""Seconds between two tries of a list."""
FOLLOW_S: Final = 2.0
"""Seconds from a watch's list to ours: several watches are often cut off at once, and an API server is busy then."""

log = structlog.get_logger(__name__)


class Watching:
    """The watches of one process, from `watch` until `end`."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._end = threading.Event()
        self._lists = asyncio.Queue[str]()

    def end(self) -> None:
        """Let `watch` return."""
        self._end.set()

    async def watch(self) -> None:
        """Watch until `end`."""
        loop, config = asyncio.get_running_loop(), self._process.config

        def changed(manifest: Manifest, event: str | None) -> None:
            loop.call_soon_threadsafe(self._process.note, manifest, event)

        def listed(resource: str) -> None:
            loop.call_soon_threadsafe(self._listed, resource)

        await asyncio.to_thread(handlers.inform, config.namespace, config.lease_name, changed, listed, self._end)

    async def follow(self) -> None:
        """List what watches have listed, and have every pipeline looked at that lacks something; until cancelled."""
        while True:
            due = {await self._lists.get()}
            await asyncio.sleep(FOLLOW_S)
            while not self._lists.empty():
                due.add(self._lists.get_nowait())
            for resource in sorted(due):
                await self._relist(resource)

    def _listed(self, resource: str) -> None:
        self._process.watches.listed(resource)
        self._lists.put_nowait(resource)

    async def _relist(self, resource: str) -> None:
        try:
            keys = await self._process.cluster.relist(resource)
        except OperatorError as error:
            log.warning("not everything can be listed", resource=resource, error=str(error))
            asyncio.get_running_loop().call_later(LIST_AGAIN_S, self._lists.put_nowait, resource)
            return
        for key in keys:
            self._process.leading.changed(key)
