"""All ports of one stream together."""

from collections.abc import Callable
from typing import NamedTuple

from scoring_service.stream.ports.consumer import Consumer
from scoring_service.stream.ports.inspector import Inspector
from scoring_service.stream.ports.producer import Producer
from scoring_service.stream.ports.transactional import TransactionalProducer


class Streams(NamedTuple):
    """Both ends of a stream; nothing connects yet."""

    consumer: Consumer
    producer: Producer
    transactional: Callable[[int], TransactionalProducer]
    """From an input partition to the producer of its transactions."""
    inspector: Inspector
