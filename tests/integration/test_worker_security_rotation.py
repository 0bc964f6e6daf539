"""Credentials change under load: nothing is lost, no worker restarts, and no secret is ever shown."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import pytest
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from harness import kafka_secure, topics, workers
from harness.certificates import Authority
from harness.feed import feeding
from harness.kafka_secure import SecureBroker
from harness.mounted import MUTUAL, TLS, MountedSecrets, sasl
from harness.prerequisites import needed
from harness.waiting import eventually
from scoring_service.contract.startup import Startup
from scoring_service.contract.worker_status import HeldReason, WorkerStatus
from scoring_service.errors import CredentialsInvalid
from scoring_service.stream.kafka import Secrets
from scoring_service.stream.kafka.authentication import verify
from scoring_service.stream.kafka.settings import security

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

ROUNDS = 3
SCRAM: Final = "SCRAM-SHA-512"
REAUTHENTICATION_MS = 5_000
LOAD_S = 30.0


@pytest.fixture
def secrets(secure_kafka: SecureBroker, tmp_path: Path) -> MountedSecrets:
    found = MountedSecrets(tmp_path / workers.SECRETS)
    found.trust(secure_kafka.authority.certificate)
    return found


@pytest.mark.parametrize(("guarantee", "rotations"), [("AtLeastOnce", 20), ("ExactlyOnce", 5)])
async def test_many_passwords_under_load_lose_nothing_restart_nothing_and_are_never_shown(
    secure_kafka: SecureBroker,
    secrets: MountedSecrets,
    scoring_data: Path,
    tmp_path: Path,
    guarantee: str,
    rotations: int,
) -> None:
    passwords = [f"canary-{n}-Kq7ZtW" for n in range(rotations + 1)]
    startup = _logging_in(await workers.a_pipeline(secure_kafka.plain, guarantee=guarantee), secure_kafka)
    await _set_password(secure_kafka, secrets, passwords[0])
    wallets = workers.real_wallets(scoring_data)

    async with workers.running(startup, tmp_path) as worker:
        await worker.until(_is_reading)
        async with feeding(secure_kafka.plain, startup.input.topic, wallets) as feed:
            for turn, password in enumerate(passwords[1:], start=1):
                await _set_password(secure_kafka, secrets, password)
                await _taken(worker, turn)
        shown = await _finished(worker, len(feed.places))

    await _nothing_is_lost(secure_kafka, startup, feed.places)
    assert not [password for password in passwords if password in shown]
    secrets.user("worker", passwords[-2])
    with pytest.raises(CredentialsInvalid):
        await verify(startup, Secrets(startup, secrets.folder).read())


async def test_authorities_and_certificates_change_under_load_and_the_old_ones_are_refused(
    secure_kafka: SecureBroker, secrets: MountedSecrets, scoring_data: Path, tmp_path: Path
) -> None:
    startup = await workers.a_pipeline(secure_kafka.plain)
    startup = msgspec.structs.replace(startup, bootstrap_servers=(secure_kafka.mutual,), tls=MUTUAL)
    old = secure_kafka.authority
    own = [old.issue("worker")]
    secrets.present(own[0])

    async with workers.running(startup, tmp_path) as worker:
        await worker.until(_is_reading)
        async with feeding(secure_kafka.plain, startup.input.topic, workers.real_wallets(scoring_data)) as feed:
            for turn in range(ROUNDS):
                new = Authority(f"authority {turn}")
                secrets.trust(old.certificate, new.certificate)
                await _taken(worker, 3 * turn + 1)
                await secure_kafka.trust(old, new)
                await secure_kafka.present(new.issue("broker"))
                own.append(new.issue("worker"))
                secrets.present(own[-1])
                await _taken(worker, 3 * turn + 2)
                await secure_kafka.trust(new)
                secrets.trust(new.certificate)
                await _taken(worker, 3 * turn + 3)
                old = new
        shown = await _finished(worker, len(feed.places))

    await _nothing_is_lost(secure_kafka, startup, feed.places)
    assert not [line for issued in own for line in issued.private_key.splitlines()[1:-1] if line in shown]
    secrets.present(own[-2])
    with pytest.raises(CredentialsInvalid, match="refuses the client's certificate"):
        await verify(startup, Secrets(startup, secrets.folder).read())
    await secure_kafka.trust(secure_kafka.authority)
    await secure_kafka.present(secure_kafka.authority.issue("broker"))


async def test_a_wrong_password_beside_a_session_that_works_is_reported_and_the_right_one_is_taken(
    secure_kafka: SecureBroker, secrets: MountedSecrets, scoring_data: Path, tmp_path: Path
) -> None:
    startup = _logging_in(await workers.a_pipeline(secure_kafka.plain), secure_kafka)
    await _set_password(secure_kafka, secrets, "canary-before")
    wallets = workers.real_wallets(scoring_data)

    async with workers.running(startup, tmp_path) as worker:
        await worker.until(_is_reading)
        async with feeding(secure_kafka.plain, startup.input.topic, wallets) as feed:
            secrets.user("worker", "canary-wrong")
            status = await worker.until(lambda s: "refuses the name or the password" in s.last_error)
            assert (status.held, status.ready) == ("", True)
            later = await worker.until(lambda s: s.scored_total > status.scored_total + 100)
            assert "refuses the name or the password" in later.last_error

            secrets.write("kafka-user", username="worker")
            await worker.until(lambda s: s.last_error == "Secret kafka-user has no key password")

            await _set_password(secure_kafka, secrets, "canary-after")
            await _taken(worker, 1)
            assert (await worker.until(lambda s: not s.last_error)).held == ""
        shown = await _finished(worker, len(feed.places))

    await _nothing_is_lost(secure_kafka, startup, feed.places)
    assert "canary" not in shown


async def test_a_revoked_password_is_not_called_an_outage_and_a_new_one_ends_it(
    secure_kafka: SecureBroker, secrets: MountedSecrets, scoring_data: Path, tmp_path: Path
) -> None:
    startup = _logging_in(await workers.a_pipeline(secure_kafka.plain), secure_kafka)
    await _set_password(secure_kafka, secrets, "canary-revoked")
    wallets = workers.real_wallets(scoring_data)

    async with workers.running(startup, tmp_path) as worker:
        await worker.until(_is_reading)
        await secure_kafka.set_password("worker", "canary-new", SCRAM)
        secure_kafka.restart()
        status = await worker.until(lambda s: bool(s.held), within_s=90)
        assert status.held == HeldReason.CREDENTIALS_INVALID
        places = await topics.produce(secure_kafka.plain, startup.input.topic, wallets)

        secrets.user("worker", "canary-new")
        shown = await _finished(worker, len(places))

    await _nothing_is_lost(secure_kafka, startup, places)
    assert "canary" not in shown


@pytest.fixture(scope="module")
def impatient_kafka() -> Iterator[SecureBroker]:
    """A Kafka that ends every connection whose client has not logged in again after five seconds."""
    settings = {"connections.max.reauth.ms": str(REAUTHENTICATION_MS)}
    with needed(), kafka_secure.secure_broker(settings=settings) as broker:
        yield broker


@pytest.mark.parametrize("guarantee", ["AtLeastOnce", "ExactlyOnce"])
async def test_brokers_that_want_a_new_login_every_five_seconds_cost_nothing(
    impatient_kafka: SecureBroker, scoring_data: Path, tmp_path: Path, guarantee: str
) -> None:
    """The client cannot log in again on a connection (KIP-368): it is cut off, and connects anew."""
    startup = await workers.a_pipeline(impatient_kafka.plain, guarantee=guarantee)
    startup = _logging_in(startup, impatient_kafka)
    secrets = MountedSecrets(tmp_path / workers.SECRETS)
    secrets.trust(impatient_kafka.authority.certificate)
    secrets.user("worker", impatient_kafka.passwords["worker"])
    host, _, port = impatient_kafka.sasl.rpartition(":")
    credentials = Secrets(startup, secrets.folder).read()

    async with workers.running(startup, tmp_path) as worker:
        await worker.until(_is_reading)
        witness = await create_conn(host, int(port), **security(credentials))
        until = time.monotonic() + LOAD_S
        async with feeding(impatient_kafka.plain, startup.input.topic, workers.real_wallets(scoring_data)) as feed:
            await worker.until(lambda s: s.scored_total > 0 and time.monotonic() > until, within_s=LOAD_S + 30)
        with pytest.raises(KafkaConnectionError):
            await witness.send(MetadataRequest([]))
        await _finished(worker, len(feed.places))

    await _nothing_is_lost(impatient_kafka, startup, feed.places)


def _logging_in(startup: Startup, broker: SecureBroker) -> Startup:
    return msgspec.structs.replace(startup, bootstrap_servers=(broker.sasl,), tls=TLS, sasl=sasl(SCRAM))


async def _set_password(broker: SecureBroker, secrets: MountedSecrets, password: str) -> None:
    await broker.set_password("worker", password, SCRAM)
    secrets.user("worker", password)


def _is_reading(status: WorkerStatus) -> bool:
    return len(status.lanes) == 6 and all(lane.state == "Ready" for lane in status.lanes)


async def _taken(worker: workers.Process, changes: int) -> None:
    """Wait until clients have been built anew for that many changes, and every lane reads again."""

    def taken() -> int:
        return sum(line.get("why") == "credentials changed" for line in worker.said())

    await eventually(taken, lambda count: count == changes, within_s=60)
    before = await worker.until(_is_reading)
    await worker.until(lambda s: _is_reading(s) and s.scored_total > before.scored_total)


async def _finished(worker: workers.Process, count: int) -> str:
    """Wait until everything is scored, stop the worker, and return all that it ever showed."""
    # the ends of partitions are asked for once a second: a lag of 0 may be from before the last records
    status = await worker.until(
        lambda s: _is_reading(s) and s.scored_total >= count and all(lane.lag == 0 for lane in s.lanes), within_s=90
    )
    shown = f"{status}{(await worker.get('/metrics')).decode()}"
    assert await worker.terminate() == 0
    return shown + worker.output()


async def _nothing_is_lost(broker: SecureBroker, startup: Startup, places: list[topics.Place]) -> None:
    """Compare what came out with what went in, by the source that every output names."""
    scores = Counter(map(workers.source, await topics.read(broker.plain, startup.output.success_topic)))
    lost = set(workers.sources(places, startup.input.topic)) - scores.keys()
    doubled = sum(count - 1 for count in scores.values())
    print(f"{startup.delivery.guarantee}: {len(places)} records, {len(lost)} lost, {doubled} doubled")
    assert places
    assert not lost
    assert len(scores) == len(places)
    assert not doubled or startup.delivery.guarantee == "AtLeastOnce"
