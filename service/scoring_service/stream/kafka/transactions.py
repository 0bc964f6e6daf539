"""Transactions of one input partition, through a client of its own: the client cannot fence by group generation.

The transactional id names the partition, so starting shuts out every earlier owner and decides what it left open. After
any error the client is dropped: only a start decides a transaction whose end is in doubt, and makes late writes of
this one harmless too.
"""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer, TopicPartition

from scoring_service.contract.startup import Startup
from scoring_service.errors import MessageTooLarge, StreamUnavailable
from scoring_service.stream.kafka import settings
from scoring_service.stream.kafka.batches import batches
from scoring_service.stream.kafka.ending import end
from scoring_service.stream.kafka.faults import translated
from scoring_service.stream.kafka.patching import patch
from scoring_service.stream.kafka.secrets import Secrets
from scoring_service.stream.ports import Parcel, TransactionalProducer

START_TIMEOUTS_S = (5.0, 10.0, 15.0)
"""For the first try, the second, and all others. Short at first: who asks a silent broker notices only so that another
has its place. The first transaction of a cluster takes longer: it makes the brokers create their log of transactions.
"""
WRITE_TIMEOUT_S = 8.0
"""Less than `settings.TRANSACTION_TIMEOUT_MS`: we give up before the brokers do, who would fence us."""


class KafkaTransactions(TransactionalProducer):
    """One transactional producer of aiokafka."""

    def __init__(self, startup: Startup, client_id: str, partition: int, secrets: Secrets) -> None:
        self._startup = startup
        self._client_id = client_id
        self._secrets = secrets
        self._place = TopicPartition(startup.input.topic, partition)
        self._group = startup.input.group
        self._id = settings.transactional_id(startup, partition)
        self._client: AIOKafkaProducer | None = None
        self._failed_starts = 0

    async def start(self) -> None:
        await self.close()
        patch()
        known = self._secrets.current  # who joined the group has tried them
        client = AIOKafkaProducer(**settings.transactional(self._startup, self._client_id, known, self._id))
        try:
            with translated("begin transactions as", self._id):
                async with asyncio.timeout(START_TIMEOUTS_S[min(self._failed_starts, len(START_TIMEOUTS_S) - 1)]):
                    await client.start()
                    # now, and not at the first failure: whom it asks then may be silent
                    await client.client.set_topics(self._startup.output.topics)
        except BaseException:
            self._failed_starts += 1
            await end(client)
            raise
        self._client, self._failed_starts = client, 0

    async def write(self, parcels: Sequence[Parcel], next_offset: int) -> None:
        client = self._client
        if client is None:
            raise StreamUnavailable(f"{self._id} has not been started")
        try:
            with translated("write a transaction of", self._id):
                async with asyncio.timeout(WRITE_TIMEOUT_S):
                    await self._transact(client, parcels, next_offset)
        except BaseException:
            self._client = None
            await end(client)
            raise

    async def _transact(self, client: AIOKafkaProducer, parcels: Sequence[Parcel], next_offset: int) -> None:
        await client.begin_transaction()
        parts = [asyncio.ensure_future(_send(client, place, parcel)) for place, parcel in enumerate(parcels)]
        offsets = client.send_offsets_to_transaction({self._place: next_offset}, self._group)
        parts.append(asyncio.ensure_future(offsets))  # not first: while the last markers are written, it waits longer
        try:
            await asyncio.gather(*parts)
        finally:
            for part in parts:
                part.cancel()
        await client.commit_transaction()

    async def close(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            await end(client)


async def _send(client: AIOKafkaProducer, place: int, parcel: Parcel) -> None:
    """Return once a parcel is acknowledged: a commit would not notice one that was refused."""
    try:
        with translated("write", parcel.topic):
            sends = [
                await client.send_batch(batch, parcel.topic, partition=parcel.partition)
                for batch in batches(client, parcel.messages)
            ]
            await asyncio.gather(*sends)
    except MessageTooLarge as error:
        raise MessageTooLarge(str(error), place) from error
