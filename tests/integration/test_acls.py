"""The table of ACLs on a broker that denies everything else: it is enough, and no line of it can go."""

import asyncio
import sys
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition, errors

from harness import acls, topics, wallets, workers
from harness.dead_letters import a_dead_letter
from harness.kafka_secure import SecureBroker
from harness.mounted import TLS, MountedSecrets, sasl
from scoring_service.contract.acls import Missing, redrive_acls, transactional_prefix, worker_acls
from scoring_service.contract.names import STARTUP_FILE
from scoring_service.contract.startup import Startup
from scoring_service.stream.kafka import settings
from scoring_service.stream.kafka.inspector import KafkaInspector
from scoring_service.stream.kafka.secrets import Secrets

pytestmark = pytest.mark.kafka

USER = "worker"
RECORDS = 40
SETTLE_S = 20


@pytest.fixture
def secrets(strict_kafka: SecureBroker, tmp_path: Path) -> Path:
    found = MountedSecrets(tmp_path / workers.SECRETS)
    found.trust(strict_kafka.authority.certificate)
    found.user(USER, strict_kafka.passwords[USER])
    return found.folder


async def a_pipeline(broker: SecureBroker, guarantee: str = "AtLeastOnce") -> Startup:
    """Create the topics of a pipeline with dead letters, and two records in its input."""
    startup = await workers.a_pipeline(broker.plain, partitions=2, guarantee=guarantee)
    dead = f"{startup.input.topic}-dead"
    await topics.create(broker.plain, dead, partitions=2)
    return msgspec.structs.replace(
        startup,
        bootstrap_servers=(broker.sasl,),
        tls=TLS,
        sasl=sasl("SCRAM-SHA-512"),
        output=msgspec.structs.replace(startup.output, dead_letter_topic=dead),
    )


async def missing(startup: Startup, secrets: Path, expected: list[Missing]) -> tuple[Missing, ...]:
    """Return what the inspector says, once it is as expected or the broker must have taken note of every change."""
    inspector = KafkaInspector(startup, "inspector", Secrets(startup, secrets))
    deadline = asyncio.get_running_loop().time() + SETTLE_S
    while True:
        found = await inspector.missing(worker_acls(startup))
        if list(found) == expected or asyncio.get_running_loop().time() > deadline:
            return found
        await asyncio.sleep(0.1)


async def produce(broker: SecureBroker, startup: Startup) -> None:
    """Write records that are scored and records that are not."""
    good = topics.Record(wallets.encoded(wallets.a_wallet(wallets.a_swap())), timestamp_ms=workers.AS_OF_MS)
    await topics.produce(broker.plain, startup.input.topic, [good, topics.Record(b"{")] * (RECORDS // 2))


@pytest.mark.parametrize("guarantee", ["AtLeastOnce", "ExactlyOnce"])
async def test_exactly_the_table_is_enough_to_score_and_commit(
    strict_kafka: SecureBroker, secrets: Path, tmp_path: Path, guarantee: str
) -> None:
    startup = await a_pipeline(strict_kafka, guarantee)
    await acls.allow(strict_kafka, USER, *worker_acls(startup))
    await produce(strict_kafka, startup)
    assert await missing(startup, secrets, []) == ()

    async with workers.running(startup, tmp_path) as worker:
        status = await worker.until(lambda s: s.scored_total + s.rejected_total == RECORDS)
        assert await worker.terminate() == 0

    assert (status.scored_total, status.rejected_total) == (RECORDS // 2, RECORDS // 2)
    assert len(await topics.read(strict_kafka.plain, startup.output.dead_letter_topic)) == RECORDS // 2
    committed = sum((await topics.committed(strict_kafka.plain, startup.input.group)).values())
    assert committed == RECORDS


LINES = ["input", "success", "failure", "dead letters", "group", "transactions"]


@pytest.mark.parametrize("line", range(len(LINES)), ids=LINES)
async def test_the_check_names_exactly_the_line_that_is_missing(
    strict_kafka: SecureBroker, secrets: Path, line: int
) -> None:
    startup = await a_pipeline(strict_kafka, "ExactlyOnce")
    table = worker_acls(startup)
    assert len(table) == len(LINES)
    await acls.allow(strict_kafka, USER, *(acl for acl in table if acl is not table[line]))

    expected = [Missing(acl=table[line])]
    assert list(await missing(startup, secrets, expected)) == expected


@pytest.mark.parametrize("line", range(len(LINES)), ids=LINES)
async def test_without_any_one_line_a_worker_does_not_do_its_work(
    strict_kafka: SecureBroker, secrets: Path, tmp_path: Path, line: int
) -> None:
    startup = await a_pipeline(strict_kafka, "ExactlyOnce")
    table = worker_acls(startup)
    await acls.allow(strict_kafka, USER, *(acl for acl in table if acl is not table[line]))
    await produce(strict_kafka, startup)

    async with workers.running(startup, tmp_path) as worker:
        status = await worker.until(lambda s: bool(s.last_error))

    assert table[line].name.rstrip(".") in status.last_error
    assert status.scored_total + status.rejected_total < RECORDS


async def transact(startup: Startup, secrets: Path) -> None:
    """Do what an exactly-once lane does: write outputs and the input's offset in one transaction."""
    own = settings.producer(startup, "transacting", Secrets(startup, secrets).current)
    producer = AIOKafkaProducer(**own | {"transactional_id": f"{transactional_prefix(startup)}0"})
    try:
        await producer.start()
        async with producer.transaction():
            for topic in (startup.output.success_topic, startup.output.failure_topic):
                await producer.send(topic, b"{}")
            await producer.send_offsets_to_transaction({TopicPartition(startup.input.topic, 0): 0}, startup.input.group)
    finally:
        await producer.stop()


async def test_the_table_is_enough_for_transactions(strict_kafka: SecureBroker, secrets: Path) -> None:
    startup = await a_pipeline(strict_kafka, "ExactlyOnce")
    await acls.allow(strict_kafka, USER, *worker_acls(startup))
    assert await missing(startup, secrets, []) == ()

    await transact(startup, secrets)

    (written,) = await topics.read_at_least(strict_kafka.plain, startup.output.success_topic, 1, within_s=20)
    assert written.value == b"{}"


async def test_without_its_line_no_transaction_begins(strict_kafka: SecureBroker, secrets: Path) -> None:
    startup = await a_pipeline(strict_kafka, "ExactlyOnce")
    *others, transactional = worker_acls(startup)
    await acls.allow(strict_kafka, USER, *others)
    await missing(startup, secrets, [Missing(acl=transactional)])

    with pytest.raises(errors.TransactionalIdAuthorizationFailed):
        await transact(startup, secrets)


async def scorer(startup: Startup, secrets: Path, folder: Path, *arguments: str) -> tuple[int | None, str]:
    path = folder / STARTUP_FILE
    path.write_bytes(startup.encode())
    where = ("--startup", str(path), "--secrets", str(secrets))
    command = (sys.executable, "-m", "scoring_service.cli", *arguments, *where)
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    async with asyncio.timeout(60):
        _, said = await process.communicate()
    return process.returncode, said.decode()


async def test_a_workers_lines_are_enough_for_a_reset(
    strict_kafka: SecureBroker, secrets: Path, tmp_path: Path
) -> None:
    startup = await a_pipeline(strict_kafka)
    await acls.allow(strict_kafka, USER, *worker_acls(startup))

    code, said = await scorer(startup, secrets, tmp_path, "reset", "--to-earliest")

    assert (code, said) == (0, "")


@pytest.mark.parametrize("line", [None, 0, 1, 2], ids=["all", "without dead letters", "without input", "without group"])
async def test_a_redrive_needs_all_of_its_lines_and_no_more(
    strict_kafka: SecureBroker, secrets: Path, tmp_path: Path, line: int | None
) -> None:
    startup = await a_pipeline(strict_kafka)
    await topics.produce(strict_kafka.plain, startup.output.dead_letter_topic, [a_dead_letter(startup)])
    table = redrive_acls(startup)
    await acls.allow(strict_kafka, USER, *(acl for acl in table if line is None or acl is not table[line]))

    code, said = await scorer(startup, secrets, tmp_path, "redrive")

    back = await topics.read(strict_kafka.plain, startup.input.topic)
    assert (code, len(back)) == ((0, 1) if line is None else (1, 0))
    assert line is None or table[line].name in said
