"""What a topic is, asked of the brokers."""

from typing import Final

from aiokafka import errors

from scoring_service.errors import StreamMisconfigured
from scoring_service.stream.kafka.authorised import AuthorisedOnTopics
from scoring_service.stream.kafka.connection import Connection, refuse
from scoring_service.stream.kafka.faults import translated

MISSING: Final = errors.UnknownTopicOrPartitionError.errno


async def partitions_of(connection: Connection, topic: str) -> list[int]:
    """Return the numbers of a topic's partitions, ascending.

    Raises:
        StreamMisconfigured: The topic does not exist, or may not be described.
    """
    with translated("describe", topic):
        answer = await connection.ask(AuthorisedOnTopics([topic]))
    ((code, _, _, partitions, _),) = answer.topics
    if code == MISSING:
        raise StreamMisconfigured(f"topic {topic} does not exist")
    refuse(code, "describe", topic)
    return sorted(number for _, number, *_ in partitions)
