"""Faust-streaming: an agent that takes batches of 500. At least once."""

import asyncio
import sys
from collections import defaultdict
from typing import Any

import faust

from benchmarks.peers.programs.core import BATCH_RECORDS, Core, Taken, startup

WITHIN_S = 0.03


def application() -> faust.App:
    """Return the application with its one agent."""
    settings = startup()
    core = Core(settings)
    app = faust.App(
        settings.input.group,
        broker=[f"aiokafka://{server}" for server in settings.bootstrap_servers],
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        consumer_auto_offset_reset="earliest",
        broker_session_timeout=settings.delivery.session_timeout_ms / 1000,
        broker_heartbeat_interval=1.0,
        producer_acks=-1,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
    )
    source = app.topic(settings.input.topic, key_type=bytes, value_type=bytes)
    outputs = {
        name: app.topic(name, key_type=bytes, value_type=bytes)
        for name in (settings.output.success_topic, settings.output.failure_topic)
    }

    @app.agent(source)
    async def score(stream: Any) -> None:
        async for events in stream.take_events(BATCH_RECORDS, within=WITHIN_S):
            taken: dict[int, list[Taken]] = defaultdict(list)
            for event in events:
                m = event.message
                stamp = round(m.timestamp * 1000)
                taken[m.partition].append(Taken(m.offset, stamp, m.timestamp_type, m.key, m.value))
            sent = [
                await outputs[name].send(key=o.key, value=o.value, partition=partition, headers=list(o.headers))
                for partition, records in taken.items()
                for name, o in core.addressed(records, partition)
            ]
            await asyncio.gather(*sent)

    return app


if __name__ == "__main__":
    found = application()
    sys.argv[1:] = ["worker", "--without-web", "--loglevel", "WARN"]
    found.main()
