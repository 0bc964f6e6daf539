"""What keeps a worker from working is told in sentences, by the real brokers."""

from pathlib import Path

import msgspec
import pytest

from harness import topics, workers
from harness.kafka import Broker
from scoring_service.contract.acls import worker_acls
from scoring_service.contract.startup import Startup
from scoring_service.errors import StreamUnavailable
from scoring_service.stream.kafka.inspector import KafkaInspector
from scoring_service.stream.kafka.secrets import Secrets

pytestmark = pytest.mark.kafka


def inspector(startup: Startup, secrets: Path = Path("nowhere")) -> KafkaInspector:
    return KafkaInspector(startup, "inspector", Secrets(startup, secrets))


async def test_nothing_is_missing_where_everybody_may_do_everything(kafka: Broker) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap, guarantee="ExactlyOnce")

    assert await inspector(startup).missing(worker_acls(startup)) == ()


async def test_a_topic_that_does_not_exist_is_named_and_not_created(kafka: Broker) -> None:
    startup = await workers.a_pipeline(kafka.bootstrap)
    elsewhere = msgspec.structs.replace(startup.output, dead_letter_topic=topics.unique("nowhere"))
    needed = worker_acls(msgspec.structs.replace(startup, output=elsewhere))

    for _ in range(2):
        missing = await inspector(startup).missing(needed)
        assert [str(one) for one in missing] == [f"topic {elsewhere.dead_letter_topic} does not exist"]


async def test_brokers_that_do_not_answer_are_no_missing_permission() -> None:
    startup = workers.a_startup("127.0.0.1:1", "nobody")

    with pytest.raises(StreamUnavailable, match=r"cannot connect to 127\.0\.0\.1:1"):
        await inspector(startup).missing(worker_acls(startup))
