"""A connection for questions that neither consumer nor producer ask: no group joined, nothing read or written."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final

from aiokafka import errors
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.protocol.api import Request, Response

from scoring_service.contract.startup import Startup
from scoring_service.errors import StreamUnavailable
from scoring_service.stream.kafka import settings
from scoring_service.stream.kafka.authentication import authenticated
from scoring_service.stream.kafka.faults import translated
from scoring_service.stream.kafka.patching import patch
from scoring_service.stream.kafka.secrets import Secrets

TIMEOUT_MS: Final = 10_000
GROUP_COORDINATOR: Final = 0
COMING: Final = frozenset(
    {
        errors.GroupLoadInProgressError.errno,
        errors.GroupCoordinatorNotAvailableError.errno,
        errors.NotCoordinatorForGroupError.errno,
    }
)
"""What brokers answer while a group's coordinator is on its way: on a fresh cluster, or after one has died."""
PATIENCE_S: Final = 8.0
AGAIN_S: Final = 0.1


class Connection:
    """Single questions to the brokers of one cluster."""

    def __init__(self, client: AIOKafkaClient) -> None:
        self.client = client

    async def ask(self, request: Request) -> Response:
        """Ask any broker."""
        return await self.client.send(self.client.get_random_node(), request)

    async def ask_coordinator(self, group: str, request: Request, code_of: Callable[[Response], int]) -> Response:
        """Ask the broker that keeps a group; `code_of` finds the error code in its answer.

        Raises:
            aiokafka.errors.GroupAuthorizationFailedError: The group may not be described.
            aiokafka.errors.KafkaError: There is no coordinator, not even after some patience.
        """
        deadline = monotonic() + PATIENCE_S
        while True:
            try:
                node = await self.client.coordinator_lookup(GROUP_COORDINATOR, group)
                answer = await self.client.send(node, request, group=ConnectionGroup.COORDINATION)
            except errors.GroupCoordinatorNotAvailableError:
                if monotonic() >= deadline:
                    raise
            else:
                if code_of(answer) not in COMING or monotonic() >= deadline:
                    return answer
            await asyncio.sleep(AGAIN_S)


@asynccontextmanager
async def connected(startup: Startup, client_id: str, secrets: Secrets) -> AsyncIterator[Connection]:
    """Yield a connection to the brokers that `startup` names.

    Raises:
        StreamUnavailable: None of them answers, or takes our credentials.
    """
    patch()
    credentials = await authenticated(startup, secrets)
    client = AIOKafkaClient(
        bootstrap_servers=list(startup.bootstrap_servers),
        client_id=client_id,
        request_timeout_ms=TIMEOUT_MS,
        **settings.security(credentials),
    )
    try:
        with translated("connect to", ",".join(startup.bootstrap_servers)):
            await client.bootstrap()
        yield Connection(client)
    finally:
        await client.close()


def refuse(code: int, request: str, name: str) -> None:
    """Raise our error for the error code of an answer; 0 is none."""
    if code:
        with translated(request, name):
            raise errors.for_code(code)()


def unknown(code: int) -> StreamUnavailable:
    """Return the error for an answer that says neither yes nor no."""
    return StreamUnavailable(f"the brokers do not answer for now: {errors.for_code(code).__name__}")
