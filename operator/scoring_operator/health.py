"""The operator's own listener: /livez, /readyz and /metrics.

Live: no reconcile is stuck, the event loop wakes up in time, and the watch shows what the API server answers. Ready:
everything was listed once. A standby is both, or a rollout would wait for ever for a second leader.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

STUCK_S: Final = 120.0
"""Seconds after which a running reconcile counts as stuck: far beyond all its timeouts together."""
LOOP_LATE_S: Final = 5.0
"""Seconds that the event loop may be late: the Lease is lost at ten."""
WATCH_LATE_S: Final = 30.0
"""Seconds that the watch may owe a version: kopf connects again within five."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What says whether this process is well, in seconds."""

    stuck_s: float
    """Age of the oldest running reconcile."""
    loop_late_s: float
    """How late the event loop woke up last."""
    watch_late_s: float
    """For how long the watch has owed a version of the Lease."""


def ailment(pulse: Pulse) -> str:
    """Return why this process should be restarted; empty while it should not."""
    if pulse.stuck_s > STUCK_S:
        return f"a reconcile has been running for {pulse.stuck_s:.0f} s"
    if pulse.loop_late_s > LOOP_LATE_S:
        return f"the event loop woke up {pulse.loop_late_s:.0f} s late"
    if pulse.watch_late_s > WATCH_LATE_S:
        return f"the watch has not shown a change of the Lease for {pulse.watch_late_s:.0f} s"
    return ""


@asynccontextmanager
async def listener(
    port: int, *, waits_for: Callable[[], str], pulse: Callable[[], Pulse], registry: CollectorRegistry
) -> AsyncIterator[int]:
    """Answer while the context lasts; yield the port that was taken.

    Args:
        port: To bind on all addresses; 0 takes a free one of 127.0.0.1 (each address would get another).
        waits_for: Why this process is not ready; empty once it is.
        pulse: How it is.
        registry: Metrics to export.
    """

    async def livez(_: web.Request) -> web.Response:
        return _verdict(ailment(pulse()))

    async def readyz(_: web.Request) -> web.Response:
        return _verdict(waits_for())

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, host=None if port else "127.0.0.1", port=port)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _verdict(reason: str) -> web.Response:
    return web.Response(text=reason or "ok", status=503 if reason else 200)
