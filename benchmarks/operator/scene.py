"""What every measurement works with: one operator, its namespace and pipelines, and all that tells about them."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
from benchmarks.operator.audit import Audit, writes
from benchmarks.operator.contestants import Running
from benchmarks.operator.kube import Api
from benchmarks.operator.sampling import Samples
from benchmarks.operator.seen import Holds, Seen
from benchmarks.process import usage

from scoring_operator.cluster.kube.kinds import PIPELINE
from scoring_operator.facts import Manifest

QUIET_S: Final = 4.0
"""Without a write, after which an operator is at rest: while something is under way it looks every two seconds."""
QUIET_WITHIN_S: Final = 300.0
LIMIT_S: Final = 60.0
"""After which what does not come is not waited for."""
AT_ONCE: Final = 8
"""Requests of the measurement in flight where it makes many."""


@dataclass
class Scene:
    """One operator at work."""

    api: Api
    namespace: str
    operator: Running
    seen: Seen
    audit: Audit
    samples: Samples
    asked_url: str
    """Where the stand-ins tell how often each pod was asked."""
    names: list[str] = field(default_factory=list)
    """Of the pipelines."""

    @property
    def pid(self) -> int:
        """Of the operator's process."""
        pid = self.operator.pid
        if pid is None:
            raise ValueError("expected an operator that runs")
        return pid

    def cpu_s(self) -> float:
        """Return the CPU seconds that the operator's process has used."""
        return usage(self.pid).cpu_s

    async def merge(self, name: str, spec: Manifest) -> Manifest:
        """Change the spec of a pipeline; return it as stored."""
        return await self.api.merge(PIPELINE.path(self.namespace, name), {"spec": spec})

    async def until(self, kind: str, name: str, holds: Holds, within_s: float = LIMIT_S) -> float:
        """Return when the object was first seen for which `holds`.

        Raises:
            TimeoutError: It was not; the text names the object.
        """
        try:
            async with asyncio.timeout(within_s):
                return await self.seen.until(kind, name, holds)
        except TimeoutError:
            raise TimeoutError(f"{kind} {name} was not as it should within {within_s:g} s") from None

    async def quiet(self) -> None:
        """Wait until the operator has written nothing for a while.

        Raises:
            TimeoutError: It writes and writes.
        """
        mark, since = self.audit.mark(), time.monotonic()
        began = since
        while (now := time.monotonic()) - since < QUIET_S:
            await asyncio.sleep(0.5)
            if writes(self.audit.since(mark)):
                since = now
            mark = self.audit.mark()
            if now - began > QUIET_WITHIN_S:
                raise TimeoutError(f"it still writes after {QUIET_WITHIN_S:g} s")

    async def asked(self) -> dict[str, int]:
        """Return how often each pod has been asked for its status."""
        async with aiohttp.ClientSession() as session, session.get(self.asked_url) as answer:
            found: dict[str, int] = await answer.json()
        return found


def is_ready(manifest: Manifest | None) -> bool:
    """Tell whether a pipeline says that it is Ready in its present generation."""
    conditions: list[dict[str, Any]] = ((manifest or {}).get("status") or {}).get("conditions") or []
    return manifest is not None and any(
        condition["type"] == "Ready"
        and condition["status"] == "True"
        and condition.get("observedGeneration") == manifest["metadata"]["generation"]
        for condition in conditions
    )
