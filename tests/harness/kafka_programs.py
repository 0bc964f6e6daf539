"""The programs that Kafka comes with, from the jars of the broker: its scripts are not among them."""

from typing import Final

from harness import kafka_java
from harness.state import Missing

CLASSES: Final = {
    "kafka-configs.sh": "kafka.admin.ConfigCommand",
    "kafka-console-consumer.sh": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "kafka-consumer-groups.sh": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "kafka-get-offsets.sh": "org.apache.kafka.tools.GetOffsetShell",
    "kafka-topics.sh": "org.apache.kafka.tools.TopicCommand",
    "kafka-transactions.sh": "org.apache.kafka.tools.TransactionsCommand",
}
"""What a script starts, by its name."""


def started(script: str) -> list[str]:
    """Return the command that does what a script does.

    Raises:
        Missing: This machine cannot run it.
    """
    if lacking := kafka_java.missing():
        raise Missing(f"no programs of Kafka: install {lacking}")
    return ["java", "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", f"{kafka_java.fetch()}/*", CLASSES[script]]
