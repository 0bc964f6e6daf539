"""What administrators ask of a broker and the client has no method for: passwords, settings, permissions.

Kafka's own tools do the same and take eight seconds of a Java machine for each.
"""

import asyncio
import hashlib
import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiokafka.conn import create_conn
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Array,
    Boolean,
    CompactArray,
    CompactBytes,
    CompactString,
    Int8,
    Int16,
    Int32,
    Schema,
    String,
    TaggedFields,
)

SCRAM: Final = {"SCRAM-SHA-256": (1, "sha256"), "SCRAM-SHA-512": (2, "sha512")}
"""Kafka's number of a mechanism, and its hash."""
WITHIN_S: Final = 10.0
TICK_S: Final = 0.02
ITERATIONS: Final = 4096
KINDS: Final = {"topic": 2, "group": 3, "cluster": 4, "transactional id": 5}
"""Kafka's numbers of what permissions are about; the cluster's name is `kafka-cluster`."""
OPERATIONS: Final = {"All": 2, "Read": 3, "Write": 4, "Create": 5, "Describe": 8, "IdempotentWrite": 12}
LITERAL: Final = 3
ALLOW: Final = 3
BROKER: Final = 4
"""Kafka's number of this kind of resource."""

Acl = tuple[int, str, int, str, str, int, int]
"""Kind, name, pattern, principal, host, operation and permission, by Kafka's numbers."""


async def set_password(bootstrap: str, user: str, password: str, mechanism: str) -> None:
    """Change a user's password for one mechanism.

    Raises:
        RuntimeError: The broker refuses.
    """
    number, digest = SCRAM[mechanism]
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac(digest, password.encode(), salt, ITERATIONS)
    answer = await _ask(bootstrap, _AlterScram([(user, number, ITERATIONS, salt, salted, {})]))
    _check([(code, message) for _, code, message, _ in answer.results])


async def configure_broker(bootstrap: str, node: str, changes: Mapping[str, str]) -> None:
    """Change settings of a running broker.

    Raises:
        RuntimeError: It refuses.
    """
    answer = await _ask(
        bootstrap, _AlterConfigs([(BROKER, node, [(name, 0, value) for name, value in changes.items()])])
    )
    _check([(code, message) for code, message, *_ in answer.responses])


async def allow(bootstrap: str, principal: str, operation: str, kind: str, name: str) -> None:
    """Let `principal` do one thing.

    Raises:
        RuntimeError: The broker refuses.
    """
    acl = _acl(principal, operation, kind, name)
    answer = await _ask(bootstrap, CreateAclsRequest(*acl))
    _check(answer.creation_responses)
    await _until_known(bootstrap, acl, known=True)


async def forbid(bootstrap: str, principal: str, operation: str, kind: str, name: str) -> None:
    """Take back what `allow` gave.

    Raises:
        RuntimeError: The broker refuses.
    """
    acl = _acl(principal, operation, kind, name)
    answer = await _ask(bootstrap, DeleteAclsRequest(*acl))
    _check([(code, message) for code, message, _ in answer.filter_responses])
    await _until_known(bootstrap, acl, known=False)


async def _until_known(bootstrap: str, acl: Acl, *, known: bool) -> None:
    """Wait for the broker's own copy: the controller answers before brokers have heard of it."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            answer = await _ask(bootstrap, DescribeAclsRequest(*acl))
            if bool(answer.resources) is known:
                return
            await asyncio.sleep(TICK_S)


def _acl(principal: str, operation: str, kind: str, name: str) -> Acl:
    return KINDS[kind], name, LITERAL, principal, "*", OPERATIONS[operation], ALLOW


def _check(results: Sequence[tuple[int, str]]) -> None:
    if refused := [message or str(code) for code, message in results if code]:
        raise RuntimeError(f"the broker refuses: {refused}")


async def _ask(bootstrap: str, request: "Request[Any]") -> Any:
    host, _, port = bootstrap.rpartition(":")
    connection = await create_conn(host, int(port))
    try:
        return await connection.send(request)
    finally:
        await connection.close()


class _AlterScramResponse(Response):  # type: ignore[misc] # aiokafka is untyped
    API_KEY = 51
    API_VERSION = 0
    FLEXIBLE_VERSION = True
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", CompactString("utf-8")),
                ("error_code", Int16),
                ("error_message", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AlterScramV0(RequestStruct):  # type: ignore[misc] # aiokafka is untyped
    API_KEY = 51
    API_VERSION = 0
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _AlterScramResponse
    SCHEMA = Schema(
        (
            "deletions",
            CompactArray(("name", CompactString("utf-8")), ("mechanism", Int8), ("tags", TaggedFields)),
        ),
        (
            "upsertions",
            CompactArray(
                ("name", CompactString("utf-8")),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AlterScram(Request[_AlterScramV0]):  # type: ignore[misc] # aiokafka is untyped
    API_KEY = 51

    def __init__(self, upsertions: list[Any]) -> None:
        self._upsertions = upsertions

    def build(self, request_struct_class: type[_AlterScramV0]) -> _AlterScramV0:
        return request_struct_class([], self._upsertions, {})


class _AlterConfigsResponse(Response):  # type: ignore[misc] # aiokafka is untyped
    API_KEY = 44
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "responses",
            Array(
                ("error_code", Int16),
                ("error_message", String("utf-8")),
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
            ),
        ),
    )


class _AlterConfigsV0(RequestStruct):  # type: ignore[misc] # aiokafka is untyped
    API_KEY = 44
    API_VERSION = 0
    RESPONSE_TYPE = _AlterConfigsResponse
    SCHEMA = Schema(
        (
            "resources",
            Array(
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
                ("configs", Array(("name", String("utf-8")), ("operation", Int8), ("value", String("utf-8")))),
            ),
        ),
        ("validate_only", Boolean),
    )


class _AlterConfigs(Request[_AlterConfigsV0]):  # type: ignore[misc] # aiokafka is untyped
    API_KEY = 44

    def __init__(self, resources: list[Any]) -> None:
        self._resources = resources

    def build(self, request_struct_class: type[_AlterConfigsV0]) -> _AlterConfigsV0:
        return request_struct_class(self._resources, False)
