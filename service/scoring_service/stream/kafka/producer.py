"""A producer of prepared batches, through aiokafka.

A batch that fails for good leaves a gap in its partition's sequence, which the broker holds against every later batch
of the same producer id. So after such a failure the client is replaced; others may finish on the old one.
"""

import asyncio
from collections.abc import Sequence

import structlog
from aiokafka import AIOKafkaProducer, errors

from scoring_service.contract.startup import Startup
from scoring_service.errors import MessageTooLarge, StreamMisconfigured, StreamUnavailable
from scoring_service.stream.kafka import settings
from scoring_service.stream.kafka.authentication import authenticated
from scoring_service.stream.kafka.batches import batches
from scoring_service.stream.kafka.ending import end
from scoring_service.stream.kafka.faults import missing, translated
from scoring_service.stream.kafka.patching import patch
from scoring_service.stream.kafka.secrets import Secrets
from scoring_service.stream.ports import Message, Producer

START_TIMEOUT_S = 15.0
"""The client asks for its producer id for ever."""
RETIRE_S = 30.0
"""How long a replaced client may take to finish what others sent through it."""

log = structlog.get_logger(__name__)


class KafkaProducer(Producer):
    """Acknowledged by all in-sync replicas, idempotent."""

    def __init__(self, startup: Startup, client_id: str, secrets: Secrets) -> None:
        self._startup = startup
        self._client_id = client_id
        self._secrets = secrets
        self._client: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._retired: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        patch()
        await self._started()

    async def partitions(self, topic: str) -> int:
        client = await self._started()
        known = client.client.cluster.partitions_for_topic(topic)
        if known is None:
            with translated("describe", topic):
                known = (await client.client.fetch_all_metadata()).partitions_for_topic(topic)
            if known is None:
                raise missing(topic)
            client.client.add_topic(topic)
        return len(known)

    async def send(self, topic: str, partition: int, messages: Sequence[Message]) -> None:
        client = await self._started()
        await self.partitions(topic)
        try:
            with translated("write", topic):
                await asyncio.gather(
                    *[await client.send_batch(b, topic, partition=partition) for b in batches(client, messages)]
                )
        except (MessageTooLarge, StreamUnavailable, StreamMisconfigured):
            self._replace(client)
            raise

    def renew(self) -> None:
        if self._client is not None:
            self._replace(self._client)

    async def close(self) -> None:
        self.renew()
        if self._retired:
            await asyncio.gather(*self._retired)

    async def _started(self) -> AIOKafkaProducer:
        if self._client is not None:
            return self._client
        async with self._starting:
            if self._client is None:
                credentials = await authenticated(self._startup, self._secrets)
                client = AIOKafkaProducer(**settings.producer(self._startup, self._client_id, credentials))
                try:
                    with translated("connect to", ",".join(self._startup.bootstrap_servers)):
                        async with asyncio.timeout(START_TIMEOUT_S):
                            await client.start()
                except BaseException:
                    await end(client)
                    raise
                self._client = client
        return self._client

    def _replace(self, client: AIOKafkaProducer) -> None:
        """Let `client` finish in the background; the next request starts another."""
        if self._client is client:
            self._client = None
            task = asyncio.create_task(_retire(client))
            self._retired.add(task)
            task.add_done_callback(self._retired.discard)


async def _retire(client: AIOKafkaProducer) -> None:
    """Let a client finish what was sent through it, and end it whether it has or not."""
    try:
        async with asyncio.timeout(RETIRE_S):
            await client.stop()
    except TimeoutError:
        log.warning("a producer did not finish", deadline_s=RETIRE_S)
        await end(client)
    except errors.KafkaError as error:
        log.warning("a producer did not finish", error=str(error))
