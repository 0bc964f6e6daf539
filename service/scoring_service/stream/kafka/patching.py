"""What is replaced in the client, for want of a setting."""

import aiokafka.client
import aiokafka.conn
import aiokafka.consumer.consumer
from aiokafka.protocol.metadata import MetadataRequest

from scoring_service.stream.kafka.committed import AttentiveCoordinator
from scoring_service.stream.kafka.frames import DistrustfulConnection


class _WithoutCreation(MetadataRequest):  # type: ignore[misc] # aiokafka is untyped
    """A question about topics that does not create them."""

    def __init__(self, topics: list[str] | None = None) -> None:
        super().__init__(topics, allow_auto_topic_creation=False)


def patch() -> None:
    """Make every client of this process ask without creating what is missing, and believe only what it is answered."""
    aiokafka.client.MetadataRequest = _WithoutCreation
    aiokafka.conn.AIOKafkaConnection = DistrustfulConnection
    aiokafka.consumer.consumer.GroupCoordinator = AttentiveCoordinator
