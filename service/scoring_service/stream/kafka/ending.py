"""How a client ends that is not to finish. `stop` would flush first, and wait for answers that never come.

Closing waits until what is written has left, which a peer that does not read prevents for minutes: so it is bounded,
and what is left of the connections is cut.
"""

import asyncio
from collections.abc import Awaitable
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


async def _cut(client: Any, closing: Awaitable[None]) -> None:
    """Close what closes in time, and abort what is left of the connections."""
    transports = [c._writer.transport for c in client._conns.values() if c._writer is not None]  # noqa: SLF001
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await closing
    except TimeoutError:
        for transport in transports:
            transport.abort()
