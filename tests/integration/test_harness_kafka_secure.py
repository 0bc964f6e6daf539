"""The Kafka that asks who is there also denies, if it is told to, what nobody allowed."""

from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError

from harness import topics, twin
from harness.kafka_secure import SecureBroker
from harness.mounted import TLS, MountedSecrets, sasl
from scoring_service.stream.kafka import Secrets
from scoring_service.stream.kafka.settings import security

pytestmark = pytest.mark.kafka


async def test_a_user_may_do_what_was_allowed_until_it_is_taken_back(
    strict_kafka: SecureBroker, tmp_path: Path
) -> None:
    topic = topics.unique("allowed")
    mounted = MountedSecrets(tmp_path)
    mounted.trust(strict_kafka.authority.certificate)
    mounted.user("worker", strict_kafka.passwords["worker"])
    await topics.create(strict_kafka.plain, topic)
    with pytest.raises(TopicAuthorizationFailedError):
        await _write(strict_kafka, topic, mounted)

    await strict_kafka.allow("worker", "Write", "topic", topic)
    await _write(strict_kafka, topic, mounted)
    await strict_kafka.forbid("worker", "Write", "topic", topic)

    with pytest.raises(TopicAuthorizationFailedError):
        await _write(strict_kafka, topic, mounted)
    assert len(await topics.read(strict_kafka.plain, topic)) == 1


async def _write(broker: SecureBroker, topic: str, mounted: MountedSecrets) -> None:
    startup = twin.a_startup(tls=TLS, sasl=sasl("SCRAM-SHA-256"))
    options = security(Secrets(startup, mounted.folder).read())
    async with AIOKafkaProducer(bootstrap_servers=broker.sasl, enable_idempotence=False, **options) as producer:
        await producer.send_and_wait(topic, b"value")
