"""How a client ends that is not to finish. `stop` would flush first, and wait for answers that never come.

Closing waits until what is written has left, which a peer that does not read prevents for minutes: so it is bounded,
and what is left of the connections is cut.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

CLOSE_TIMEOUT_S = 2.0


async def end(client: AIOKafkaProducer) -> None:
    """Disconnect a producer; what it has not written is not written any more."""
    sender = client._sender.sender_task  # noqa: SLF001 - the client has no other way to give up
    if sender is not None and not sender.done():
        sender.cancel()
    client._closed = True  # noqa: SLF001 - it warns of being collected open otherwise
    await _cut(client.client, client.client.close())


async def leave_behind(client: AIOKafkaConsumer) -> None:
    """Disconnect a consumer whose farewell takes too long; its group notices at the session timeout."""
    coordinator, fetcher = client._coordinator, client._fetcher  # noqa: SLF001 - cancelling `stop` leaves them running
    for name in ("_coordination_task", "_heartbeat_task", "_commit_refresh_task"):
        task = getattr(coordinator, name, None)
        if task is not None:
            task.cancel()
    if fetcher is not None:
        await _cut(client._client, fetcher.close())  # noqa: SLF001
    await _cut(client._client, client._client.close())  # noqa: SLF001


async def ended(ending: Coroutine[Any, Any, None], within_s: float) -> str:
    """Return once it has ended, or is given up; say what went wrong, or nothing.

    It gets a task of its own: a client in trouble may pass on the cancellation of one of its tasks, and whoever awaits
    that dies without a word.
    """
    task = asyncio.create_task(ending)
    try:
        await asyncio.wait([task], timeout=within_s)
    finally:
        is_late = task.cancel()
    if is_late:
        return f"it takes more than {within_s:.0f} s"
    if task.cancelled():
        return "the client was cut short by itself"
    error = task.exception()
    return "" if error is None else str(error) or type(error).__name__


async def _cut(client: Any, closing: Coroutine[Any, Any, None]) -> None:
    """Close what closes in time, and abort what is left of the connections."""
    transports = [c._writer.transport for c in client._conns.values() if c._writer is not None]  # noqa: SLF001
    if await ended(closing, CLOSE_TIMEOUT_S):
        for transport in transports:
            transport.abort()
