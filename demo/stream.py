"""Where records go in and come out: a real Kafka if this machine has one to give, else the in-process stream."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Protocol

from demo.ledger import Output
from scoring_operator.cluster.local.launch import Launch
from scoring_service.generate import Generated


class Stream(Protocol):
    """A broker, and how workers reach it."""

    @property
    def source(self) -> str:
        """One line for people: what it is."""
        ...

    @property
    def bootstrap(self) -> str:
        """What the manifest says of it."""
        ...

    def launch(self, logs: Path) -> Launch:
        """Return how to start workers that reach it."""
        ...

    async def create(self, topic: str, partitions: int) -> None:
        """Create a topic."""
        ...

    async def write(self, topic: str, records: Sequence[Generated]) -> list[str]:
        """Write records and return the `topic/partition/offset` of each, acknowledged."""
        ...

    def read(self, topic: str) -> AsyncIterator[Sequence[Output]]:
        """Yield records from the start of a topic as they come, for ever."""
        ...

    async def close(self, *topics: str) -> None:
        """Delete `topics` and let go of the broker."""
        ...
