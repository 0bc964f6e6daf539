"""Messages as prepared batches of the client: one append per message, one request per partition."""

from collections.abc import Iterator, Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder

from scoring_service.stream.ports import Message


def batches(client: AIOKafkaProducer, messages: Sequence[Message]) -> Iterator[BatchBuilder]:
    """Fill as few batches as will hold `messages`, in order; a batch takes its first message whatever its size."""
    batch = client.create_batch()
    for message in messages:
        if not _appended(batch, message):
            yield batch
            batch = client.create_batch()
            _appended(batch, message)
    batch.close()
    yield batch


def _appended(batch: BatchBuilder, message: Message) -> bool:
    # the client's docstring says seconds for the timestamp; it writes what it is given, and Kafka reads milliseconds
    return (
        batch.append(timestamp=message.timestamp, key=message.key, value=message.value, headers=message.headers)
        is not None
    )
