"""`scorer plan` on a real Kafka, as a person starts it: what it reads, and that it leaves no trace."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from harness import topics, workers
from harness.kafka import Broker
from harness.state import REPOSITORY
from scoring_service.contract.startup import Startup
from scoring_service.errors import StreamUnavailable
from scoring_service.generate import Generated, wallets
from scoring_service.stream.kafka import tail

pytestmark = pytest.mark.kafka

SAMPLE = REPOSITORY / "manifests" / "wallet-reputation.yaml"


def manifest(startup: Startup, folder: Path, liquidity: float) -> Path:
    """Write the pipeline's manifest with other weights, and return where."""
    found = yaml.safe_load(SAMPLE.read_text())
    found["spec"]["kafka"]["bootstrapServers"] = list(startup.bootstrap_servers)
    found["spec"]["input"] = {"topic": startup.input.topic, "group": startup.input.group}
    found["spec"]["scorer"]["walletReputation"]["weights"] = {"liquidityProvision": liquidity, "trading": 1 - liquidity}
    path = folder / f"{liquidity}.yaml"
    path.write_text(yaml.safe_dump(found))
    return path


async def ran(startup: Startup, folder: Path, *options: str) -> tuple[int | None, str, str]:
    """Run it to its end and return exit code and what it says on stdout and stderr."""
    files = (str(manifest(startup, folder, 0.25)), "--current", str(manifest(startup, folder, 0.5)))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        workers.SCORER, "plan", *files, "-o", "json", *options, stdout=pipe, stderr=pipe
    )
    async with asyncio.timeout(90):
        out, said = await process.communicate()
    return process.returncode, out.decode(), said.decode()


async def plan(startup: Startup, folder: Path, *options: str) -> dict[str, Any]:
    code, out, said = await ran(startup, folder, *options)
    assert code == 0, said
    answered: dict[str, Any] = json.loads(out)
    return answered


async def sow(startup: Startup, counts: list[int]) -> list[Generated]:
    """Write so many wallets to each partition, and return all in the order of their writing."""
    made = list(wallets(sum(counts), 5))
    partitions = [partition for partition, count in enumerate(counts) for _ in range(count)]
    records = [
        topics.Record(wallet.value, wallet.key, partition, workers.AS_OF_MS)
        for wallet, partition in zip(made, partitions, strict=True)
    ]
    await topics.produce(startup.bootstrap_servers[0], startup.input.topic, records)
    return made


async def commit(startup: Startup, partition: int, offset: int) -> None:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=list(startup.bootstrap_servers), group_id=startup.input.group, enable_auto_commit=False
    )
    async with consumer:
        place = topics.TopicPartition(startup.input.topic, partition)
        consumer.assign([place])
        await consumer.commit({place: offset})


async def groups(startup: Startup) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=list(startup.bootstrap_servers))
    await admin.start()
    try:
        return {name for name, *_ in await admin.list_consumer_groups()}
    finally:
        await admin.close()


async def test_the_last_records_are_scored_twice_each_partition_in_proportion(kafka: Broker, tmp_path: Path) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap, partitions=3)
    made = await sow(startup, [400, 200, 0])

    found = await plan(startup, tmp_path, "--last", "150", "--movers", "100")

    newest = {wallet.key.decode() for wallet in [*made[300:400], *made[550:600]]}
    movers = {mover["entity"] for mover in found["movers"]}
    assert (found["records"], found["compared"]) == (150, 150)
    assert len(movers) == 100
    assert movers <= newest


async def test_a_topic_with_fewer_records_is_read_whole_and_scores_as_a_file_does(
    kafka: Broker, tmp_path: Path
) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap, partitions=2)
    made = await sow(startup, [40, 25])
    file = tmp_path / "wallets.jsonl"
    file.write_bytes(b"\n".join(wallet.value for wallet in made))

    of_topic = await plan(startup, tmp_path)
    of_file = await plan(startup, tmp_path, "--file", str(file), "--as-of", str(workers.AS_OF_MS // 1000))

    assert of_topic["records"] == 65
    for side in ("before", "after"):
        means = of_topic[side].pop("mean"), of_file[side].pop("mean")
        assert means[0] == pytest.approx(means[1])
        assert of_topic[side] == of_file[side]
    assert of_topic["rankCorrelation"] == pytest.approx(of_file["rankCorrelation"])


async def test_offsets_stay_no_group_appears_and_nothing_is_written(kafka: Broker, tmp_path: Path) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap, partitions=2)
    await sow(startup, [30, 30])
    await commit(startup, 1, 7)
    groups_before = await groups(startup)

    found = await plan(startup, tmp_path)

    assert found["records"] == 60
    assert await topics.committed(kafka.bootstrap, startup.input.group) == {1: 7}
    assert {name for name in await groups(startup) - groups_before if "plan" in name} == set()
    assert len(await topics.read(kafka.bootstrap, startup.input.topic)) == 60
    for topic in (startup.output.success_topic, startup.output.failure_topic):
        assert await topics.read(kafka.bootstrap, topic, isolation_level="read_uncommitted") == []


async def test_records_of_an_aborted_transaction_are_left_out(kafka: Broker, tmp_path: Path) -> None:
    """Their offsets are among the last, and hold nothing: fewer records are found than asked for."""
    startup = await workers.a_pipeline(kafka.bootstrap, partitions=1)
    made = await sow(startup, [20])
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id=topics.unique("aborts"))
    async with producer:
        await producer.begin_transaction()
        for wallet in made[:5]:
            await producer.send_and_wait(startup.input.topic, wallet.value, wallet.key)
        await producer.abort_transaction()

    found = await plan(startup, tmp_path, "--last", "10")

    assert found["records"] == 4  # five that are aborted and the mark that says so


async def test_an_empty_topic_is_a_plan_of_nothing(kafka: Broker, tmp_path: Path) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap, partitions=2)

    assert (await plan(startup, tmp_path))["records"] == 0


async def test_a_topic_that_is_not_there_is_one_line_and_stays_so(kafka: Broker, tmp_path: Path) -> None:
    startup = workers.a_startup(kafka.bootstrap, topics.unique("absent"))

    code, out, said = await ran(startup, tmp_path)
    again, _, _ = await ran(startup, tmp_path)

    assert (code, out, again) == (1, "", 1)
    assert said == f"scorer: topic {startup.input.topic} does not exist\n"


async def test_a_topic_that_gives_nothing_is_given_up(kafka: Broker, tmp_path: Path) -> None:
    """As when a leader is gone for good: what was promised to be there does not come."""
    startup = await workers.a_pipeline(kafka.bootstrap, partitions=1)
    await sow(startup, [3])
    read: list[int] = []

    async def read_on(topic: tail.KafkaTail) -> None:
        async for _, records in topic.pages({0: 1}, {0: 100}, patience_s=1.0):
            read.extend(record.offset for record in records)

    async with tail.opened(startup, tmp_path) as topic:
        with pytest.raises(StreamUnavailable, match="has given nothing for 1 s"):
            await read_on(topic)

    assert read == [1, 2]
