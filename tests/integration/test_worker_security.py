"""Workers on a Kafka that asks who is there: every way in scores; a wrong one is named, and heals without a restart."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness import topics, workers
from harness.certificates import Authority
from harness.kafka_secure import SecureBroker
from harness.mounted import MUTUAL, TLS, MountedSecrets, sasl
from scoring_service.contract.startup import Startup
from scoring_service.contract.worker_status import HeldReason

pytestmark = pytest.mark.kafka

RECORDS = 40


@pytest.fixture
def secrets(secure_kafka: SecureBroker, tmp_path: Path) -> MountedSecrets:
    """Right Secrets for every way in."""
    found = MountedSecrets(tmp_path / workers.SECRETS)
    found.trust(secure_kafka.authority.certificate)
    found.user("worker", secure_kafka.passwords["worker"])
    found.present(secure_kafka.authority.issue("worker"))
    return found


WAYS: dict[str, dict[str, Any]] = {
    "PLAIN": {"tls": TLS, "sasl": sasl("PLAIN")},
    "SCRAM-SHA-256": {"tls": TLS, "sasl": sasl("SCRAM-SHA-256")},
    "SCRAM-SHA-512": {"tls": TLS, "sasl": sasl("SCRAM-SHA-512")},
    "a client certificate": {"tls": MUTUAL, "sasl": None},
}


async def a_pipeline(broker: SecureBroker, way: str) -> Startup:
    """Create the topics of a pipeline that goes in by the door for `way`."""
    startup = await workers.a_pipeline(broker.plain, partitions=2)
    door = broker.mutual if way == "a client certificate" else broker.sasl
    return msgspec.structs.replace(startup, bootstrap_servers=(door,), **WAYS[way])


@pytest.mark.parametrize("way", WAYS)
async def test_records_are_scored_over_every_way_in(
    secure_kafka: SecureBroker, secrets: MountedSecrets, scoring_data: Path, tmp_path: Path, way: str
) -> None:
    startup = await a_pipeline(secure_kafka, way)
    wallets = workers.real_wallets(scoring_data)[:RECORDS]
    places = await topics.produce(secure_kafka.plain, startup.input.topic, wallets)

    async with workers.running(startup, tmp_path) as worker:
        await worker.until(lambda s: s.scored_total == RECORDS and all(lane.lag == 0 for lane in s.lanes))
        assert await worker.terminate() == 0

    scores = await topics.read(secure_kafka.plain, startup.output.success_topic)
    assert sorted(map(workers.source, scores)) == sorted(workers.sources(places, startup.input.topic))


def _spoil_password(secrets: MountedSecrets) -> None:
    secrets.user("worker", "guessed")


def _spoil_authority(secrets: MountedSecrets) -> None:
    secrets.trust(Authority("somebody else").certificate)


def _spoil_certificate(secrets: MountedSecrets) -> None:
    secrets.present(Authority("somebody else").issue("worker"))


WRONG = {
    "a wrong PLAIN password": ("PLAIN", _spoil_password, "refuses the name or the password"),
    "a wrong SCRAM password": ("SCRAM-SHA-512", _spoil_password, "refuses the name or the password"),
    "a foreign authority": ("SCRAM-SHA-256", _spoil_authority, "the broker's certificate is refused"),
    "a foreign client certificate": ("a client certificate", _spoil_certificate, "refuses the client's certificate"),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_what_is_refused_keeps_the_worker_off_kafka_until_it_is_right(
    secure_kafka: SecureBroker, secrets: MountedSecrets, scoring_data: Path, tmp_path: Path, wrong: str
) -> None:
    way, spoil, message = WRONG[wrong]
    startup = await a_pipeline(secure_kafka, way)
    await topics.produce(secure_kafka.plain, startup.input.topic, workers.real_wallets(scoring_data)[:RECORDS])
    right = secrets.contents()
    spoil(secrets)

    async with workers.running(startup, tmp_path) as worker:
        status = await worker.until(lambda s: bool(s.held))
        assert (status.held, status.ready, status.lanes) == (HeldReason.CREDENTIALS_INVALID, False, ())
        assert message in status.held_message
        assert status.held_message.startswith(startup.bootstrap_servers[0])

        secrets.restore(right)
        status = await worker.until(lambda s: s.scored_total == RECORDS)
        assert (status.held, status.held_message) == ("", "")
        assert await worker.terminate() == 0


async def test_a_missing_key_is_named_and_scoring_begins_when_it_comes(
    secure_kafka: SecureBroker, secrets: MountedSecrets, scoring_data: Path, tmp_path: Path
) -> None:
    startup = await a_pipeline(secure_kafka, "SCRAM-SHA-512")
    await topics.produce(secure_kafka.plain, startup.input.topic, workers.real_wallets(scoring_data)[:RECORDS])
    secrets.write("kafka-user", username="worker")

    async with workers.running(startup, tmp_path) as worker:
        status = await worker.until(lambda s: bool(s.held))
        assert (status.held, status.held_message) == (
            HeldReason.CREDENTIALS_MISSING,
            "Secret kafka-user has no key password",
        )
        assert status.ready is False

        secrets.user("worker", secure_kafka.passwords["worker"])
        await worker.until(lambda s: s.scored_total == RECORDS and not s.held)
        assert await worker.terminate() == 0
