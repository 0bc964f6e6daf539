"""The loop that a team writes first: stdlib json, one record at a time, send_and_wait and commit for each.

It keeps the same promise as the worker (at least once, failures to their own topic) and computes the same scores,
through the plain implementation that the tests use as their oracle. Nothing in it is slowed down on purpose.
"""

import asyncio
import json
import sys
import time
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from oracle import zeru
from scoring_service.contract.startup import Startup


async def run(startup: Startup) -> None:
    """Consume, score and produce until the process is killed."""
    servers = list(startup.bootstrap_servers)
    consumer = AIOKafkaConsumer(
        startup.input.topic,
        bootstrap_servers=servers,
        group_id=startup.input.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
        session_timeout_ms=startup.delivery.session_timeout_ms,
    )
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", enable_idempotence=True)
    async with consumer, producer:
        async for record in consumer:
            began = time.perf_counter()
            topic, answer = score(record.value, record.timestamp / 1000, startup)
            answer["timestamp"] = int(time.time())
            answer["processing_time_ms"] = int((time.perf_counter() - began) * 1000)
            await producer.send_and_wait(topic, json.dumps(answer).encode(), key=record.key)
            await consumer.commit()


def score(value: bytes, as_of: float, startup: Startup) -> tuple[str, dict[str, Any]]:
    """Return the topic and the body for one record's answer, in the requirement's format."""
    try:
        wallet = json.loads(value)
        found = zeru.score(wallet, as_of)
    except (ValueError, KeyError, TypeError) as error:
        failure = {"wallet_address": None, "error": str(error), "categories": []}
        return startup.output.failure_topic, failure
    category = {"category": "dexes", "score": found["final"], "features": found["features"]}
    return startup.output.success_topic, {
        "wallet_address": wallet["wallet_address"],
        "zscore": f"{found['final']:.18f}",
        "categories": [category],
    }


if __name__ == "__main__":
    asyncio.run(run(Startup.decode(sys.stdin.buffer.read())))
