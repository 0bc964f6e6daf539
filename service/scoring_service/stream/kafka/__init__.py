"""The aiokafka adapter: the only place that imports aiokafka.

consumer.py    one member of a group on one topic
producer.py    prepared batches, acknowledged by all in-sync replicas
settings.py    every setting of the client, with its reason
faults.py      the client's errors as ours
"""

from scoring_service.stream.kafka.consumer import KafkaConsumer
from scoring_service.stream.kafka.producer import KafkaProducer

__all__ = ["KafkaConsumer", "KafkaProducer"]
