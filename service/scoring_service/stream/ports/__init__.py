"""The seam to a stream: what the worker needs of a consumer group and of a producer, and no more.

A partition is an `int`: a pipeline reads one topic. Adapters raise `StreamUnavailable` for what a retry may
mend and `StreamMisconfigured` for what only a person can; nothing of their library crosses the seam.
Neither side creates topics.

records.py        what goes over it, in and out
consumer.py       one member of a group, and who hears of its partitions
producer.py       writes that are acknowledged, maybe twice there
transactional.py  exactly-once: writes and the offset after their input, all or nothing
inspector.py      what this client may do
streams.py        all of them together
"""

from scoring_service.stream.ports.consumer import Bounds, Consumer, GroupListener
from scoring_service.stream.ports.inspector import Inspector
from scoring_service.stream.ports.producer import Producer
from scoring_service.stream.ports.records import Message, Parcel, Record
from scoring_service.stream.ports.streams import Streams
from scoring_service.stream.ports.transactional import TransactionalProducer

__all__ = [
    "Bounds",
    "Consumer",
    "GroupListener",
    "Inspector",
    "Message",
    "Parcel",
    "Producer",
    "Record",
    "Streams",
    "TransactionalProducer",
]
