"""The port of at-least-once: messages in, and word of them once they are durable."""

from collections.abc import Awaitable, Sequence
from typing import Protocol

from scoring_service.stream.ports.records import Message


class Producer(Protocol):
    """A producer that acknowledges only what is durable."""

    async def start(self) -> None: ...

    async def partitions(self, topic: str) -> int:
        """Return the number of a topic's partitions, as far as this client knows by now.

        Raises:
            StreamMisconfigured: There is no such topic, or it may not be described; the message names it.
        """
        ...

    def send(self, topic: str, partition: int, messages: Sequence[Message]) -> Awaitable[None]:
        """Write messages in order to one partition; the awaitable ends when all are acknowledged.

        After an error none, some or all of them may have been written.

        Raises:
            MessageTooLarge: One message, or all of them together, is more than the topic takes.
        """
        ...

    def renew(self) -> None:
        """Use a new client from the next write on; writes under way finish on the old one."""
        ...

    async def close(self) -> None:
        """Flush and disconnect; bounded in time."""
        ...
