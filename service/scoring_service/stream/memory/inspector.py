"""What a client may do on the in-process stream: everything with topics that exist, but for what a test forbids."""

from collections.abc import Iterator, Sequence

from scoring_service.contract.acls import Acl, Missing, Resource
from scoring_service.errors import StreamMisconfigured
from scoring_service.stream.memory.broker import MemoryBroker
from scoring_service.stream.ports import Inspector


class MemoryInspector(Inspector):
    """Knows the topics of its broker."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self.denied: set[Acl] = set()

    async def missing(self, needed: Sequence[Acl]) -> tuple[Missing, ...]:
        self._broker.check("missing")
        return tuple(self._lacking(needed))

    def _lacking(self, needed: Sequence[Acl]) -> Iterator[Missing]:
        for acl in needed:
            if acl in self.denied:
                yield Missing(acl=acl)
            elif acl.resource is Resource.TOPIC and not self._exists(acl.name):
                yield Missing(acl=acl, exists=False)

    def _exists(self, topic: str) -> bool:
        try:
            self._broker.partitions(topic)
        except StreamMisconfigured:
            return False
        return True
