"""Workers on a Kafka that asks who is there: every way in scores; a wrong one is named, and heals without a restart."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from harness import topics, twin, workers
from harness.certificates import Authority
from harness.kafka_secure import SecureBroker
from harness.mounted import MUTUAL, TLS, MountedSecrets, sasl
from scoring_service.contract.startup import Startup, StartupSasl, StartupTls
from scoring_service.contract.worker_status import HeldReason
from scoring_service.errors import CredentialsInvalid, StreamUnavailable
from scoring_service.stream.kafka import Secrets
from scoring_service.stream.kafka.authentication import verify

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


ODD: dict[str, tuple[str, StartupTls | None, StartupSasl | None, str]] = {
    "TLS where there is none": ("plain", TLS, None, "it may expect other TLS or SASL settings"),
    "no TLS where there is": ("sasl", None, sasl("PLAIN"), "it may expect other TLS or SASL settings"),
    "no login where one is wanted": ("sasl", TLS, None, "it may expect other TLS or SASL settings"),
    "a login where none is wanted": ("plain", None, sasl("PLAIN"), "the broker expects no SASL here"),
    "no client certificate where one is wanted": ("mutual", TLS, None, "refuses the client's certificate or its lack"),
    "the authorities of the image": ("sasl", StartupTls(), sasl("PLAIN"), "the broker's certificate is refused"),
}


@pytest.mark.parametrize("odd", ODD)
async def test_settings_that_do_not_fit_the_listener_are_told(
    secure_kafka: SecureBroker, secrets: MountedSecrets, odd: str
) -> None:
    door, tls, login, message = ODD[odd]
    startup = twin.a_startup(bootstrap_servers=(getattr(secure_kafka, door),), tls=tls, sasl=login)

    with pytest.raises(StreamUnavailable, match=message):
        await verify(startup, Secrets(startup, secrets.folder).read())


async def test_another_host_name_than_the_certificates_is_refused(
    secure_kafka: SecureBroker, secrets: MountedSecrets
) -> None:
    elsewhere = secure_kafka.sasl.replace("127.0.0.1", "localhost")
    startup = twin.a_startup(bootstrap_servers=(elsewhere,), tls=TLS, sasl=sasl("PLAIN"))

    with pytest.raises(CredentialsInvalid, match="certificate is not valid for 'localhost'"):
        await verify(startup, Secrets(startup, secrets.folder).read())


async def test_one_bootstrap_server_that_takes_the_credentials_is_enough(
    secure_kafka: SecureBroker, secrets: MountedSecrets
) -> None:
    servers = ("127.0.0.1:1", secure_kafka.sasl.replace("127.0.0.1", "localhost"), secure_kafka.sasl)
    startup = twin.a_startup(bootstrap_servers=servers, tls=TLS, sasl=sasl("PLAIN"))

    await verify(startup, Secrets(startup, secrets.folder).read())


async def test_a_run_on_the_command_line_takes_its_secrets_from_a_folder(
    secure_kafka: SecureBroker, secrets: MountedSecrets, scoring_data: Path, tmp_path: Path
) -> None:
    startup = await workers.a_pipeline(secure_kafka.plain, partitions=2)
    await topics.produce(secure_kafka.plain, startup.input.topic, workers.real_wallets(scoring_data)[:RECORDS])
    login = {"scram": {"mechanism": "SCRAM-SHA-512", "secret": {"name": "kafka-user"}}}
    authority = {"caSecret": {"name": "kafka-ca", "key": "ca.crt"}}
    spec = {
        "kafka": {"bootstrapServers": [secure_kafka.sasl], "tls": authority, "sasl": login},
        "input": {"topic": startup.input.topic},
        "output": {"successTopic": startup.output.success_topic, "failureTopic": startup.output.failure_topic},
        "scorer": {"walletReputation": {"variant": "zeru-v1"}},
    }
    resource = {"apiVersion": "scoring.dev/v1alpha1", "kind": "ScoringPipeline", "spec": spec}
    path = tmp_path / "pipeline.yaml"
    path.write_text(yaml.safe_dump({**resource, "metadata": {"name": startup.pipeline}}))

    options = ("--secrets", str(secrets.folder), "--exit-when-idle")
    process = await asyncio.create_subprocess_exec(workers.SCORER, "run", path, *options)
    async with asyncio.timeout(60):
        code = await process.wait()

    assert code == 0
    assert len(await topics.read(secure_kafka.plain, startup.output.success_topic)) == RECORDS
