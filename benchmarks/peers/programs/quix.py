"""Quix Streams: one record at a time through a streaming dataframe; its promise comes from the environment."""

import os
from typing import Any

from quixstreams import Application, message_context
from quixstreams.models import Serializer, Topic

from benchmarks.peers.programs.core import Core, Taken, startup
from benchmarks.workers import ENV_GUARANTEE
from scoring_service.stream.ports import Message

GUARANTEES = {"AtLeastOnce": "at-least-once", "ExactlyOnce": "exactly-once"}
Addressed = tuple[str, Message]


class _Body(Serializer):
    """Writes an output's bytes as they are."""

    def __call__(self, value: Addressed, *_: Any, **__: Any) -> bytes:
        return value[1].value


def main() -> None:
    """Work until SIGTERM; the framework leaves the group."""
    settings = startup()
    core = Core(settings)
    app = Application(
        broker_address=",".join(settings.bootstrap_servers),
        consumer_group=settings.input.group,
        auto_offset_reset="earliest",
        processing_guarantee=GUARANTEES[os.environ[ENV_GUARANTEE]],
        auto_create_topics=False,
        loglevel="WARNING",
        consumer_extra_config={
            "session.timeout.ms": settings.delivery.session_timeout_ms,
            "heartbeat.interval.ms": 1000,
            "isolation.level": "read_committed",
            "fetch.queue.backoff.ms": 10,
        },
        producer_extra_config={"acks": "all", "partitioner": "murmur2_random"},
    )
    source = app.topic(settings.input.topic, key_deserializer="bytes", value_deserializer="bytes")
    outputs = {
        name: app.topic(name, key_serializer="bytes", value_serializer=_Body())
        for name in (settings.output.success_topic, settings.output.failure_topic)
    }

    def score(value: bytes, key: bytes | None, timestamp: int, _: Any) -> Addressed:
        context = message_context()
        (addressed,) = core.addressed([Taken(context.offset, timestamp, 0, key, value)], context.partition)
        return addressed

    def topic(value: Addressed, *_: Any) -> Topic:
        return outputs[value[0]]

    frame = app.dataframe(source).apply(score, metadata=True)
    frame.set_headers(lambda value, *_: value[1].headers).to_topic(topic)
    app.run()


if __name__ == "__main__":
    main()
