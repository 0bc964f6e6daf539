"""Workers on a Kafka that asks who is there: every way in scores; a wrong one is named, and heals without a restart."""

from pathlib import Path

import msgspec
import pytest

from harness import topics, workers
from harness.kafka_secure import SecureBroker
from harness.mounted import MUTUAL, TLS, MountedSecrets, sasl
from scoring_service.contract.startup import Startup

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


WAYS = {
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
