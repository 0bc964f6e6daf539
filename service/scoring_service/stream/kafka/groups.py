"""A consumer group seen from outside: its members, its offsets and the text beside them."""

from collections.abc import Mapping
from typing import NamedTuple

from aiokafka.protocol.api import Response
from aiokafka.protocol.commit import OffsetCommitRequest, OffsetFetchRequest

from scoring_service.stream.kafka.authorised import AuthorisedOnGroup, group_code
from scoring_service.stream.kafka.connection import Connection, refuse
from scoring_service.stream.kafka.faults import translated

NO_MEMBER = (-1, "")
"""Generation and member id of who commits from outside: refused by the brokers while the group has members."""
DEFAULT_RETENTION = -1


class Member(NamedTuple):
    """Somebody in a group."""

    client_id: str
    host: str


class Kept(NamedTuple):
    """What a group keeps for one partition."""

    offset: int | None
    """None: nothing."""
    text: str


async def members(connection: Connection, group: str) -> list[Member]:
    """Return who is in a group."""
    with translated("describe group", group):
        answer = await connection.ask_coordinator(group, AuthorisedOnGroup(group), group_code)
    ((code, _, _, _, _, found, _),) = answer.groups
    refuse(code, "describe group", group)
    return [Member(client_id, host.lstrip("/")) for _, client_id, host, _, _ in found]


async def kept(connection: Connection, group: str, topic: str, partitions: list[int]) -> dict[int, Kept]:
    """Return what a group keeps for partitions of a topic."""
    request = OffsetFetchRequest(group, [(topic, partitions)])
    with translated("ask for the offsets of group", group):
        answer = await connection.ask_coordinator(group, request, lambda fetched: int(fetched.error_code))
    refuse(answer.error_code, "ask for the offsets of group", group)
    ((_, found),) = answer.topics
    for _, _, _, code in found:
        refuse(code, "ask for the offsets of group", group)
    return {partition: Kept(offset if offset >= 0 else None, text or "") for partition, offset, text, _ in found}


async def keep(connection: Connection, group: str, topic: str, offsets: Mapping[int, int]) -> None:
    """Make `offsets` those of a group without members.

    Raises:
        StreamUnavailable: Somebody has joined it meanwhile.
    """
    generation, member = NO_MEMBER
    places = [(partition, offset, "") for partition, offset in offsets.items()]
    request = OffsetCommitRequest(group, generation, member, DEFAULT_RETENTION, [(topic, places)])
    with translated("set the offsets of group", group):
        answer = await connection.ask_coordinator(group, request, _first_code)
    for _, code in answer.topics[0][1]:
        refuse(code, "set the offsets of group", group)


def _first_code(answer: Response) -> int:
    code: int = answer.topics[0][1][0][1]
    return code
