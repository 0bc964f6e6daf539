"""Composition root of one worker process: the live file, the worker and its listeners, side by side.

SIGTERM or SIGINT asks for a drain: finish what is in flight, commit, leave the group, return. Anything unforeseen
ends all parts together and is the caller's to report.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from scoring_service.contract.names import SECRETS_DIRECTORY
from scoring_service.contract.startup import Startup
from scoring_service.http.api.connections import Limits
from scoring_service.http.api.face import Beside, scoring_by_request
from scoring_service.http.api.key_files import KeyFiles
from scoring_service.http.listener import listening
from scoring_service.metrics.requests import Requests
from scoring_service.revision import Revisions
from scoring_service.scorers import registry
from scoring_service.stream.kafka import KafkaConsumer, KafkaInspector, KafkaProducer, KafkaTransactions, Secrets
from scoring_service.stream.kafka.rotation import Rotation
from scoring_service.stream.ports import Streams
from scoring_service.worker.identity import Identity
from scoring_service.worker.rejoining import Why
from scoring_service.worker.worker import Worker

DISTRIBUTION = "scoring-operator"


class Mounts(NamedTuple):
    """The folders whose files change while a worker runs."""

    live: Path
    secrets: Path = Path(SECRETS_DIRECTORY)


OpenStreams = Callable[[Startup, str, Secrets], Streams]
"""From the start-up file, a client id and the mounted Secrets to both ends of a stream."""


def kafka_streams(startup: Startup, client_id: str, secrets: Secrets) -> Streams:
    """Return both ends of the Kafka that `startup` names; nothing connects yet."""
    return Streams(
        KafkaConsumer(startup, client_id, secrets),
        KafkaProducer(startup, client_id, secrets),
        lambda partition: KafkaTransactions(startup, client_id, partition, secrets),
        KafkaInspector(startup, client_id, secrets),
    )


async def run(startup: Startup, mounts: Mounts, pod: str = "", open_streams: OpenStreams = kafka_streams) -> None:
    """Run one worker until SIGTERM or SIGINT has drained it."""
    async with started(startup, mounts, pod, open_streams) as worker:
        loop = asyncio.get_running_loop()
        for signalled in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signalled, worker.stop)
        await worker.stopping.wait()


@asynccontextmanager
async def started(
    startup: Startup, mounts: Mounts, pod: str = "", open_streams: OpenStreams = kafka_streams
) -> AsyncIterator[Worker]:
    """Run one worker beside the block, in this event loop; leaving the block drains it."""
    name = f"{startup.namespace}/{startup.pipeline}"
    own_version = version(DISTRIBUTION)
    build = partial(registry.build, may_keep_state=startup.delivery.guarantee != "ExactlyOnce")
    revisions = Revisions(
        mounts.live,
        build,
        name,
        own_version,
        keeps_dead_letters=bool(startup.output.dead_letter_topic),
        warmup_s=startup.input.warming.duration_ms / 1000,
    )
    secrets = Secrets(startup, mounts.secrets)
    streams = open_streams(startup, pod or startup.pipeline, secrets)
    worker = Worker(Identity(own_version, pod, monotonic()), startup, streams, revisions)
    worker.metrics.credentials = lambda: secrets.accepted
    async with (
        asyncio.TaskGroup() as tasks,
        listening(worker, startup.ops_host, startup.ops_port),
        answering(worker, mounts.secrets),
    ):
        watching = tasks.create_task(revisions.watch())
        rotating = tasks.create_task(Rotation(startup, secrets, worker.admission).run())
        working = tasks.create_task(worker.run())
        yield worker
        worker.stop()
        await working
        watching.cancel()
        rotating.cancel()


@asynccontextmanager
async def answering(worker: Worker, secrets: Path, limits: Limits = Limits()) -> AsyncIterator[KeyFiles | None]:  # noqa: B008 - immutable
    """Score by request beside the block, if the pipeline asks for it, and yield the keys of those who may ask.

    `secrets` is the folder of mounted Secrets.
    """
    startup = worker.startup
    if startup.api is None:
        yield None
        return
    files = KeyFiles(secrets / startup.api.keys_secret)
    requests = worker.metrics.requests = Requests()
    beside = Beside(
        pipeline=f"{startup.namespace}/{startup.pipeline}",
        version=worker.identity.version,
        serving=lambda: worker.revisions.current,
        stream_is_behind=worker.is_behind,
        restart=lambda: worker.rejoining.ask(Why.REQUESTED),
        requests=requests,
    )
    async with scoring_by_request(beside, startup.api, files, limits) as worker.api_port:
        yield files
