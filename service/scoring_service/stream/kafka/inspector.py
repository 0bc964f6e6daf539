"""What a client may do, asked of the brokers: they tell it for topics and groups, and let it try for transactions."""

from collections.abc import Iterator, Sequence
from typing import Final

from aiokafka import errors
from aiokafka.protocol.transaction import EndTxnRequest

from scoring_service.contract.acls import Acl, Missing, Resource
from scoring_service.contract.startup import Startup
from scoring_service.stream.kafka import topics
from scoring_service.stream.kafka.authorised import AuthorisedOnGroup, AuthorisedOnTopics, allows, group_code
from scoring_service.stream.kafka.connection import Connection, connected, unknown
from scoring_service.stream.kafka.faults import translated
from scoring_service.stream.kafka.secrets import Secrets
from scoring_service.stream.ports import Inspector

NOBODY: Final = "permissions"
"""End of a transactional id that no lane has, theirs end with the partition: ending its transaction ends none."""
NO_PRODUCER: Final = (-1, -1)
"""Id and epoch."""
DENIED: Final = frozenset(
    {
        errors.TopicAuthorizationFailedError.errno,
        errors.GroupAuthorizationFailedError.errno,
        errors.TransactionalIdAuthorizationFailed.errno,
    }
)


class KafkaInspector(Inspector):
    """A connection of its own for each inspection."""

    def __init__(self, startup: Startup, client_id: str, secrets: Secrets) -> None:
        self._startup = startup
        self._client_id = client_id
        self._secrets = secrets

    async def missing(self, needed: Sequence[Acl]) -> tuple[Missing, ...]:
        async with connected(self._startup, self._client_id, self._secrets) as connection:
            with translated("ask for the permissions of", self._client_id):
                found = {
                    Resource.TOPIC: await _on_topics(connection, _of(Resource.TOPIC, needed)),
                    Resource.GROUP: await _on_groups(connection, _of(Resource.GROUP, needed)),
                    Resource.TRANSACTIONAL_ID: await _on_ids(connection, _of(Resource.TRANSACTIONAL_ID, needed)),
                }
        lacking = {missing.acl: missing for some in found.values() for missing in some}
        return tuple(lacking[acl] for acl in needed if acl in lacking)


def _of(resource: Resource, needed: Sequence[Acl]) -> list[Acl]:
    return [acl for acl in needed if acl.resource is resource]


async def _on_topics(connection: Connection, needed: Sequence[Acl]) -> list[Missing]:
    if not needed:
        return []
    answer = await connection.ask(AuthorisedOnTopics(sorted({acl.name for acl in needed})))
    told = {name: (code, field) for code, name, _, _, field in answer.topics}
    return [missing for acl in needed for missing in _judged(acl, *told[acl.name])]


async def _on_groups(connection: Connection, needed: Sequence[Acl]) -> list[Missing]:
    found: list[Missing] = []
    for acl in needed:
        try:
            answer = await connection.ask_coordinator(acl.name, AuthorisedOnGroup(acl.name), group_code)
        except errors.GroupAuthorizationFailedError:
            found.append(Missing(acl=acl))
            continue
        ((code, *_, field),) = answer.groups
        found += _judged(acl, code, field)
    return found


async def _on_ids(connection: Connection, needed: Sequence[Acl]) -> list[Missing]:
    """Try to end a transaction that nobody has begun: brokers look at the permission first."""
    found: list[Missing] = []
    for acl in needed:
        producer, epoch = NO_PRODUCER
        answer = await connection.ask(EndTxnRequest(f"{acl.name}{NOBODY}", producer, epoch, False))  # noqa: FBT003 - to abort
        if answer.error_code in DENIED:
            found.append(Missing(acl=acl))
    return found


def _judged(acl: Acl, code: int, field: int) -> Iterator[Missing]:
    """Yield what is missing, by an answer's error code and its bit field."""
    if code == topics.MISSING:
        yield Missing(acl=acl, exists=False)
    elif code in DENIED or (not code and not allows(field, acl.operation)):
        yield Missing(acl=acl)
    elif code:
        raise unknown(code)
