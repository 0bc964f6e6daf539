"""The aiokafka adapter: the only place that imports aiokafka.

consumer.py    one member of a group on one topic
producer.py    acknowledged by all in-sync replicas
transactions.py  outputs and offset of one partition, all or nothing
batches.py     messages as prepared batches
ending.py      how a client ends that is not to finish
settings.py    every setting of the client, with its reason
faults.py      the client's errors as ours
patching.py    what is replaced in the client (frames.py: its connections, which check what they are answered)

inspector.py   what this client may do (authorised.py: the questions)
groups.py      a consumer group seen from outside (group_offsets.py: its offsets, set by hand)
dead_letters.py  dead letters on their way back
tail.py        the end of an input topic, without a group (reading.py: both of these, page by page)
connection.py  single questions to the brokers (topics.py: about topics)

credentials.py     names, passwords and certificates, from mounted files (secrets.py, secret_files.py, certificates.py)
authentication.py  whether brokers accept them
rotation.py        what happens when the files change
"""

from scoring_service.stream.kafka.consumer import KafkaConsumer
from scoring_service.stream.kafka.inspector import KafkaInspector
from scoring_service.stream.kafka.producer import KafkaProducer
from scoring_service.stream.kafka.secrets import Secrets
from scoring_service.stream.kafka.transactions import KafkaTransactions

__all__ = ["KafkaConsumer", "KafkaInspector", "KafkaProducer", "KafkaTransactions", "Secrets"]
