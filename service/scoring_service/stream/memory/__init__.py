"""An in-process twin of the stream: topics, a consumer group with rebalances, committed offsets, and faults on demand.

It has aiokafka's traps on purpose: polls wake before the listener hears of an assignment, pauses vanish with it,
and a new assignment is read from the committed offsets until somebody seeks.
"""

from scoring_service.stream.memory.broker import MemoryBroker, StoredRecord
from scoring_service.stream.memory.consumer import MemoryConsumer
from scoring_service.stream.memory.inspector import MemoryInspector
from scoring_service.stream.memory.producer import MemoryProducer
from scoring_service.stream.memory.transactions import MemoryTransactions
from scoring_service.stream.ports import Streams


def streams(broker: MemoryBroker, topic: str, group: str) -> Streams:
    """Return both ends of a stream for one worker."""
    return Streams(
        MemoryConsumer(broker, topic, group),
        MemoryProducer(broker),
        lambda partition: MemoryTransactions(broker, broker.group(topic, group), partition),
        MemoryInspector(broker),
    )


__all__ = [
    "MemoryBroker",
    "MemoryConsumer",
    "MemoryInspector",
    "MemoryProducer",
    "MemoryTransactions",
    "StoredRecord",
    "streams",
]
