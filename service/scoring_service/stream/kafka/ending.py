"""How a producer's client ends when it is not to finish: `stop` flushes first, and would try to write for ever."""

from aiokafka import AIOKafkaProducer


async def end(client: AIOKafkaProducer) -> None:
    """Disconnect a client; what it has not written is not written any more."""
    sender = client._sender.sender_task  # noqa: SLF001 - the client has no other way to give up
    if sender is not None and not sender.done():
        sender.cancel()
    client._closed = True  # noqa: SLF001 - it warns of being collected open otherwise
    await client.client.close()
