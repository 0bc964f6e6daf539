"""The operator's own listener: /livez, /readyz and /metrics."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

STUCK_S: Final = 120.0
"""Seconds after which a running reconcile counts as stuck: far beyond all its timeouts together."""


@asynccontextmanager
async def listener(
    port: int,
    *,
    is_ready: Callable[[], bool],
    longest_running_s: Callable[[], float],
    registry: CollectorRegistry,
) -> AsyncIterator[int]:
    """Answer while the context lasts; yield the port that was taken.

    Args:
        port: To bind on all addresses; 0 takes a free one of 127.0.0.1 (each address would get another).
        is_ready: Whether everything was listed once and the work goes on.
        longest_running_s: Age of the oldest running reconcile.
        registry: Metrics to export.
    """

    async def livez(_: web.Request) -> web.Response:
        stuck = longest_running_s() > STUCK_S
        return web.Response(text="a reconcile is stuck" if stuck else "ok", status=500 if stuck else 200)

    async def readyz(_: web.Request) -> web.Response:
        ready = is_ready()
        return web.Response(text="ok" if ready else "not everything is listed yet", status=200 if ready else 503)

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
